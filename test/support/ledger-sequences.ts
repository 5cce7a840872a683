import fc from 'fast-check';
import type { LedgerAccount, OperationDraft } from '../../src/model/ledger.js';
import {
  accountWith,
  draftWith,
  PAYMENT_RECORDS,
  requestHashFor,
  requestIdFor,
} from './ledger-drafts.js';
import {
  type ModelBook,
  modelBalance,
  modelCeiling,
  modelFind,
  modelFloor,
} from './ledger-model.js';

/** An amount named by what it is near to; `offset` is added. */
type AmountStep = { near: 'small' | 'most' | 'floor' | 'ceiling'; offset: bigint; small: bigint };

type MovementStep = { debit: number; credit: number; amount: AmountStep };

type ChangeStep = { account: number; floor: bigint | null | undefined; state: number };

/** What one caller asks for, before amounts are known. */
export type OperationStep = {
  movements: MovementStep[];
  changes: ChangeStep[];
  /** Draws one of few request ids, so that some come again. */
  request: number;
  scope: bigint;
  /** Content of the request; the same id with another one is a reuse. */
  content: number;
  asked: number;
  /** The batch ends here. */
  cut: boolean;
  /** How far the clock moves before the next batch: back, too. */
  clockMs: number;
};

/** A random book and what is asked of it. */
export type Sequence = { accounts: LedgerAccount[]; steps: OperationStep[] };

/** Accounts of the book: two that bear the limits of the system, one that is missing, and a mix of the others. */
const MISSING = 98n;
const MISSING_PARTNER = 99n;
const FIRST = 101n;
const KINDS = [
  'WALLET',
  'WALLET',
  'WALLET',
  'POOL',
  'UNCLAIMED',
  'CLOCK',
  'CLOCK',
  'USAGE',
] as const;
const NEAR_LIMIT = 9n * 10n ** 18n - 10n ** 16n;

const floor = fc.constantFrom<(bigint | null)[]>(null, 0n, 0n, 0n, -1n, -500n, -(10n ** 16n));

function accountArbitrary(index: number): fc.Arbitrary<LedgerAccount> {
  const kind = KINDS[index] ?? 'WALLET';
  const unit = kind === 'CLOCK' || kind === 'USAGE' ? 'MILLISECOND' : 'CREDIT';
  return fc
    .record({
      floor: kind === 'USAGE' ? fc.constant(null) : floor,
      state: fc.oneof(
        { weight: 18, arbitrary: fc.constant('OPEN') },
        fc.constantFrom('FROZEN', 'CLOSED'),
      ),
      updateTime: fc.integer({ min: 99_990, max: 100_060 }),
    })
    .map((parts) =>
      accountWith({
        ...parts,
        id: FIRST + BigInt(index),
        kind,
        unit,
        state: parts.state as LedgerAccount['state'],
      }),
    );
}

/** The issuers stand near the ends of what 64 bits bear, and their sum is zero. */
const issuers = [-NEAR_LIMIT, NEAR_LIMIT].map((balance, index) =>
  accountWith({ id: BigInt(index + 1), kind: 'ISSUER', masterId: null, floor: null, balance }),
);

const amountStep: fc.Arbitrary<AmountStep> = fc.record({
  near: fc.constantFrom('small', 'small', 'small', 'most', 'floor', 'floor', 'ceiling'),
  offset: fc.constantFrom(-1n, 0n, 0n, 1n),
  small: fc.bigInt({ min: 1n, max: 700n }),
});

const place = fc.integer({ min: 0, max: 1_000 });

const operationStep: fc.Arbitrary<OperationStep> = fc.record({
  movements: fc.oneof(
    { weight: 5, arbitrary: fc.array(movementStep(), { minLength: 1, maxLength: 1 }) },
    { weight: 3, arbitrary: fc.array(movementStep(), { minLength: 0, maxLength: 4 }) },
  ),
  changes: fc.oneof(
    { weight: 6, arbitrary: fc.constant<ChangeStep[]>([]) },
    { weight: 1, arbitrary: fc.array(changeStep(), { minLength: 1, maxLength: 3 }) },
  ),
  request: fc.integer({ min: 0, max: 60 }),
  scope: fc.constantFrom(0n, 7n, 7n, 7n),
  content: fc.constantFrom(0, 0, 0, 1),
  asked: place,
  cut: fc.boolean(),
  clockMs: fc.constantFrom(0, 0, 1, 5, -3, -1_000, 1_000),
});

function movementStep(): fc.Arbitrary<MovementStep> {
  return fc.record({ debit: place, credit: place, amount: amountStep });
}

function changeStep(): fc.Arbitrary<ChangeStep> {
  return fc.record({
    account: place,
    floor: fc.option(floor, { nil: undefined }),
    state: fc.integer({ min: 0, max: 11 }),
  });
}

/** Random books with random work. */
export const sequences: fc.Arbitrary<Sequence> = fc
  .record({
    accounts: fc.tuple(...KINDS.map((_, index) => accountArbitrary(index))),
    steps: fc.array(operationStep, { minLength: 1, maxLength: 40, size: 'max' }),
  })
  .map(({ accounts, steps }) => ({ accounts: [...issuers, ...accounts], steps }));

/** Makes a step's draft, its amounts chosen by how the book stands before the operation. */
export function draftOfStep(book: ModelBook, step: OperationStep, id: bigint): OperationDraft {
  const ids = book.accounts.map((account) => account.id);
  const pick = (index: number) =>
    index % 37 === 0 ? MISSING : (ids[index % ids.length] ?? MISSING);
  const movements = step.movements.flatMap(({ debit, credit, amount }) => {
    const from = pick(debit);
    const unit = modelFind(book, from)?.unit ?? 'CREDIT';
    const partners = ids.filter((other) => {
      return other !== from && (modelFind(book, other)?.unit ?? unit) === unit;
    });
    const to =
      credit % 37 === 0 ? MISSING_PARTNER : (partners[credit % partners.length] ?? MISSING_PARTNER);
    const size = amountOf(book, from, to, amount);
    return [{ debit: from, credit: to, unit: unit as 'CREDIT' | 'MILLISECOND', amount: size }];
  });
  const states = ['OPEN', 'OPEN', 'OPEN', 'FROZEN', 'CLOSED'] as const;
  const changes = step.changes.map(({ account, floor: newFloor, state }) => {
    const newState = states[state];
    return {
      account: pick(account),
      ...(newFloor !== undefined && { floor: newFloor }),
      ...(newState && { state: newState }),
    };
  });
  return draftWith({
    id,
    scope: step.scope,
    requestId: requestIdFor(step.request),
    requestHash: requestHashFor(String(step.content)),
    accountId: movements[0]?.debit ?? changes[0]?.account ?? pick(step.asked),
    movements,
    changes,
    ...PAYMENT_RECORDS,
  });
}

function amountOf(book: ModelBook, from: bigint, to: bigint, step: AmountStep): bigint {
  const lowered = modelFind(book, from);
  const raised = modelFind(book, to);
  const exact = {
    small: step.small,
    most: 10n ** 16n,
    floor: lowered ? modelBalance(lowered) - modelFloor(lowered) : 1n,
    ceiling: raised ? modelCeiling(raised) - modelBalance(raised) : 1n,
  }[step.near];
  const amount = exact + step.offset;
  return amount > 0n ? amount : 1n;
}
