import fc from 'fast-check';
import type {
  AccountChange,
  ChangeCondition,
  LedgerAccount,
  OperationDraft,
  Unit,
} from '../../src/model/ledger.js';
import {
  accountWith,
  draftWith,
  PAYMENT_RECORDS,
  requestHashFor,
  requestIdFor,
} from './ledger-drafts.js';
import {
  type ModelAccount,
  type ModelBook,
  modelBalance,
  modelCeiling,
  modelFind,
  modelFloor,
  modelState,
} from './ledger-model.js';

/** An amount named by what it is near to; `offset` is added. */
type AmountStep = { near: 'small' | 'most' | 'floor' | 'ceiling'; offset: bigint; small: bigint };

type MovementStep = { debit: number; credit: number; amount: AmountStep };

type ConditionStep = { from: number; version: number; other: number; states: number };

type ChangeStep = {
  account: number;
  floor: bigint | null | undefined;
  state: number;
  only: ConditionStep | undefined;
};

/** Drains an account, and mostly has it leave before and closes it afterwards. */
type DrainStep = { account: number; into: number; close: boolean; way: number };

/** What one caller asks for, before amounts are known. */
export type OperationStep = {
  movements: MovementStep[];
  drains: DrainStep[];
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
  // Two in milliseconds. Clocks have timers: their histories are a test of their own.
  'UNCLAIMED',
  'UNCLAIMED',
  'USAGE',
] as const;
const FIRST_OF_TIME = 5;
const NEAR_LIMIT = 9n * 10n ** 18n - 10n ** 16n;

const floor = fc.constantFrom<(bigint | null)[]>(null, 0n, 0n, 0n, -1n, -500n, -(10n ** 16n));

function accountArbitrary(index: number): fc.Arbitrary<LedgerAccount> {
  const kind = KINDS[index] ?? 'WALLET';
  const unit = index >= FIRST_OF_TIME ? 'MILLISECOND' : 'CREDIT';
  return fc
    .record({
      floor: kind === 'USAGE' ? fc.constant(null) : floor,
      state: fc.oneof(
        { weight: 18, arbitrary: fc.constant('OPEN') },
        { weight: 3, arbitrary: fc.constantFrom('FROZEN', 'LEAVING', 'CLOSED') },
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
  drains: fc.oneof(
    { weight: 6, arbitrary: fc.constant<DrainStep[]>([]) },
    { weight: 1, arbitrary: fc.array(drainStep(), { minLength: 1, maxLength: 2 }) },
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
    only: fc.option(
      fc.record({
        from: fc.integer({ min: 0, max: 5 }),
        version: fc.integer({ min: 0, max: 9 }),
        other: place,
        states: fc.integer({ min: 0, max: 5 }),
      }),
      { nil: undefined, freq: 2 },
    ),
  });
}

function drainStep(): fc.Arbitrary<DrainStep> {
  return fc.record({ account: place, into: place, close: fc.boolean(), way: fc.nat(5) });
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
  // Movements are refused often: what drains shall happen, too.
  const moves = step.drains.length > 0 ? step.movements.slice(2) : step.movements;
  const movements = moves.flatMap(({ debit, credit, amount }) => {
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
  const states = ['OPEN', 'OPEN', 'FROZEN', 'LEAVING', 'LEAVING', 'CLOSED'] as const;
  const changes = step.changes.map(
    ({ account: at, floor: newFloor, state, only }): AccountChange => {
      const newState = states[state];
      // Accounts with something on them are those of which there is something to tell when they leave.
      const full = ids.filter((id) => modelBalance(modelFind(book, id) as ModelAccount) !== 0n);
      const account = at % 2 === 0 ? pick(at) : (full[at % full.length] ?? pick(at));
      return {
        account,
        ...(newFloor !== undefined && { floor: newFloor }),
        ...(newState && { state: newState }),
        ...(only && { only: conditionOf(book, account, pick(only.other), only) }),
      };
    },
  );
  const drains = step.drains.flatMap(({ account: at, into: to, close, way }) => {
    const leaving = ids.filter((id) => isLeavingWithSomething(book, id));
    const open = way % 2 === 1;
    const isFree = at % 4 === 0 || open;
    const account = isFree ? pick(at) : (leaving[at % leaving.length] ?? pick(at));
    const unit = (modelFind(book, account)?.unit ?? 'CREDIT') as Unit;
    const partners = ids.filter((other) => other !== account && unitOf(book, other) === unit);
    const into = way > 3 ? null : (partners[to % partners.length] ?? MISSING_PARTNER);
    if (close) changes.push({ account, state: 'CLOSED' });
    return [{ account, into, unit, open }];
  });
  return draftWith({
    id,
    scope: step.scope,
    requestId: requestIdFor(step.request),
    requestHash: requestHashFor(String(step.content)),
    accountId: movements[0]?.debit ?? changes[0]?.account ?? pick(step.asked),
    movements,
    drains,
    changes,
    ...PAYMENT_RECORDS,
  });
}

const WANTED = [
  undefined,
  undefined,
  ['OPEN'],
  ['FROZEN', 'LEAVING'],
  ['LEAVING'],
  ['OPEN', 'FROZEN'],
] as const;

/** A condition that holds about half of the time. */
function conditionOf(
  book: ModelBook,
  account: bigint,
  other: bigint,
  step: ConditionStep,
): ChangeCondition {
  const from = WANTED[step.from];
  const states = WANTED[step.states];
  const version =
    BigInt(modelFind(book, account)?.lines.length ?? 0) + (step.version === 1 ? 1n : 0n);
  return {
    ...(from && { from }),
    ...(step.version < 4 && { version }),
    ...(states && { while: { account: other, states } }),
  };
}

function isLeavingWithSomething(book: ModelBook, id: bigint): boolean {
  const account = modelFind(book, id);
  return account !== undefined && modelState(account) === 'LEAVING' && modelBalance(account) !== 0n;
}

function unitOf(book: ModelBook, id: bigint): string | undefined {
  return modelFind(book, id)?.unit;
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
