import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { type Evaluation, evaluate, requestKey } from '../../src/domain/ledger/evaluate.js';
import type { Decision, LedgerAccount, Operation, OperationDraft } from '../../src/model/ledger.js';
import {
  count,
  countOutcomes,
  type Expected,
  histogram,
  REACHED,
} from '../support/ledger-histogram.js';
import {
  type ModelBook,
  type ModelOutcome,
  modelBalance,
  modelDecide,
  modelState,
  modelTime,
} from '../support/ledger-model.js';
import {
  draftOfStep,
  type OperationStep,
  type Sequence,
  sequences,
} from '../support/ledger-sequences.js';

const RUNS = 2_500;
const START = 100_000;

type Evaluate = typeof evaluate;

afterAll(() => {
  const lines = [...histogram].sort().map(([what, times]) => `  ${what}: ${times}`);
  console.info(`evaluate was compared with the model on:\n${lines.join('\n')}`);
});

function bookOf(accounts: readonly LedgerAccount[]): ModelBook {
  return {
    requests: [],
    accounts: accounts.map((account) => ({
      id: account.id,
      kind: account.kind,
      unit: account.unit,
      openingBalance: account.balance,
      openingFloor: account.floor,
      openingState: account.state,
      lines: [],
      refusalTimes: [account.updateTime],
    })),
  };
}

function expectedOf({ accounts, steps }: Sequence): Expected {
  const book = bookOf(accounts);
  const expected: Expected = { book, outcomes: [], batches: [] };
  let batch = { drafts: [] as OperationDraft[], now: START };
  for (const [index, step] of steps.entries()) {
    const draft = draftOfStep(book, step, BigInt(5_000 + index));
    batch.drafts.push(draft);
    const outcome = modelDecide(book, draft, batch.now);
    expected.outcomes.push(outcome);
    if (!step.cut && index < steps.length - 1) continue;
    expected.batches.push(batch);
    batch = { drafts: [], now: batch.now + step.clockMs };
  }
  return expected;
}

/** Runs batch after batch as the committer does: what one leaves is what the next one finds. */
function runBatches(
  evaluateBatch: Evaluate,
  accounts: readonly LedgerAccount[],
  batches: Expected['batches'],
): { decisions: Decision[]; accounts: Map<bigint, LedgerAccount> } {
  const book = new Map(accounts.map((account) => [account.id, account]));
  const decided = new Map<string, Operation>();
  const decisions: Decision[] = [];
  for (const { drafts, now } of batches) {
    const before = new Map(book);
    const result = evaluateBatch(drafts, { accounts: book, decided: new Map(decided), now });
    expect(book).toEqual(before);
    for (const decision of result.decisions) {
      decided.set(requestKey(decision.operation), decision.operation);
    }
    for (const [id, account] of result.changed) book.set(id, account);
    decisions.push(...result.decisions);
  }
  return { decisions, accounts: book };
}

/** A decision in the model's words. */
function inModelWords(decision: Decision): ModelOutcome {
  const { operation } = decision;
  const { refusal } = operation;
  const entries = decision.kind === 'decided' ? decision.entries : [];
  const changes = decision.kind === 'decided' ? decision.changes : [];
  return {
    // The model has no attempts: a draft given twice is a repeated request to it.
    kind: decision.kind === 'recovered' ? 'replayed' : decision.kind,
    operation: operation.id,
    time: operation.createTime,
    balance: operation.balance,
    refusal: refusal && {
      code: refusal.code,
      account: refusal.accountId,
      balance: refusal.balance,
      amount: refusal.amount,
    },
    sides: entries.flatMap((entry) => [
      { account: entry.debit, version: entry.debitVersion, balance: entry.debitBalance },
      { account: entry.credit, version: entry.creditVersion, balance: entry.creditBalance },
    ]),
    changes: changes.map(({ accountId, version, floor, state }) => {
      return { account: accountId, version, floor, state };
    }),
  };
}

function checkSequence(evaluateBatch: Evaluate, sequence: Sequence): void {
  const { accounts } = sequence;
  const expected = expectedOf(sequence);
  const actual = runBatches(evaluateBatch, accounts, expected.batches);
  expect(actual.decisions.map(inModelWords)).toEqual(expected.outcomes);
  checkAccounts(expected.book, actual.accounts);
  checkRules(accounts, actual.decisions, actual.accounts);
}

/** Balances, floors, states, versions, refusals and times are the model's. */
function checkAccounts(book: ModelBook, accounts: ReadonlyMap<bigint, LedgerAccount>): void {
  expect(accounts.size).toBe(book.accounts.length);
  for (const model of book.accounts) {
    expect(accounts.get(model.id)).toMatchObject({
      balance: modelBalance(model),
      floor: model.lines.length > 0 ? model.lines.at(-1)?.floor : model.openingFloor,
      state: modelState(model),
      version: BigInt(model.lines.length),
      refusals: BigInt(model.refusalTimes.length - 1),
      updateTime: modelTime(model),
    });
  }
}

/** What must hold whatever the model says. */
function checkRules(
  before: readonly LedgerAccount[],
  decisions: readonly Decision[],
  after: ReadonlyMap<bigint, LedgerAccount>,
): void {
  for (const unit of ['CREDIT', 'MILLISECOND']) {
    const ofUnit = [...after.values()].filter((account) => account.unit === unit);
    expect(ofUnit.reduce((sum, { balance }) => sum + balance, 0n)).toBe(0n);
  }
  const versions = new Map<bigint, bigint>();
  const times = new Map(before.map(({ id, updateTime }) => [id, updateTime]));
  for (const decision of decisions) {
    if (decision.kind !== 'decided') continue;
    const { operation, entries, changes, transfer, invoice } = decision;
    if (operation.refusal) expect({ entries, changes, transfer, invoice }).toEqual(NOTHING);
    const touched = [
      ...entries.flatMap((entry) => [
        [entry.debit, entry.debitVersion] as const,
        [entry.credit, entry.creditVersion] as const,
      ]),
      ...changes.map(({ accountId, version }) => [accountId, version] as const),
    ];
    for (const [id, version] of touched) {
      expect(version).toBe((versions.get(id) ?? 0n) + 1n);
      versions.set(id, version);
      expect(operation.createTime).toBeGreaterThanOrEqual(times.get(id) ?? 0);
      times.set(id, operation.createTime);
    }
    const first = entries[0];
    expect(transfer?.payerVersion).toBe(first?.debitVersion);
    expect(transfer?.payeeVersion).toBe(first?.creditVersion);
    expect(invoice?.buyerVersion).toBe(first?.debitVersion);
    expect(invoice?.sellerVersion).toBe(first?.creditVersion);
  }
  for (const [id, account] of after) expect(account.version).toBe(versions.get(id) ?? 0n);
}

const NOTHING = { entries: [], changes: [], transfer: null, invoice: null };

test('evaluate decides as the model does, on thousands of random sequences', () => {
  let runs = 0;
  fc.assert(
    fc.property(sequences, (sequence) => {
      runs += 1;
      checkSequence(evaluate, sequence);
      countOutcomes(expectedOf(sequence));
    }),
    { numRuns: RUNS },
  );
  count(`sequences ${runs}`);
  expect(runs).toBeGreaterThanOrEqual(2_000);
  expect(REACHED.filter((what) => (histogram.get(what) ?? 0) < 10)).toEqual([]);
});

test('where a batch is cut changes nothing', () => {
  let runs = 0;
  fc.assert(
    fc.property(sequences, fc.array(fc.boolean()), (sequence, cuts) => {
      runs += 1;
      const drafts = expectedOf(sequence).batches.flatMap((batch) => batch.drafts);
      const [whole, single, random] = [
        drafts.map(() => false),
        drafts.map(() => true),
        drafts.map((_, index) => cuts[index] ?? false),
      ].map((ends) => runBatches(evaluate, sequence.accounts, cutAt(drafts, ends)));
      expect(single).toEqual(whole);
      expect(random).toEqual(whole);
    }),
    { numRuns: 500 },
  );
  expect(runs).toBe(500);
});

function cutAt(drafts: readonly OperationDraft[], ends: readonly boolean[]): Expected['batches'] {
  const batches: Expected['batches'] = [{ drafts: [], now: START }];
  for (const [index, draft] of drafts.entries()) {
    batches.at(-1)?.drafts.push(draft);
    if (ends[index]) batches.push({ drafts: [], now: START });
  }
  return batches;
}

/** Evaluations with one fault each. The property must find every one, or it proves nothing. */
const FAULTS: Record<string, Evaluate> = {
  'a credit is skipped': (drafts, state) => {
    const result = evaluate(drafts, state);
    const credited = firstEntry(result)?.credit;
    return withChanged(result, credited, (account) => ({
      ...account,
      balance: account.balance - (firstEntry(result)?.amount ?? 0n),
    }));
  },
  'a floor gives one credit too many': (drafts, state) =>
    evaluate(drafts, {
      ...state,
      accounts: new Map(
        [...state.accounts].map(([id, account]) => {
          return [id, { ...account, floor: account.floor === null ? null : account.floor - 1n }];
        }),
      ),
    }),
  'a refusal is not counted': (drafts, state) => {
    const result = evaluate(drafts, state);
    const id = result.decisions.find(({ operation }) => operation.refusal)?.operation.refusal
      ?.accountId;
    return withChanged(result, id, (account) => ({ ...account, refusals: account.refusals - 1n }));
  },
  'a refused operation leaves a trace': (drafts, state) => {
    const result = evaluate(drafts, state);
    const id = result.decisions.find(({ operation }) => operation.refusal)?.operation.refusal
      ?.accountId;
    return withChanged(result, id, (account) => ({ ...account, version: account.version + 1n }));
  },
  'an id of the same batch is not known yet': (drafts, state) => {
    const results = drafts.map((draft) => evaluate([draft], state));
    const decisions = results.flatMap((result) => result.decisions);
    return { ...evaluate(drafts, state), decisions };
  },
  'another content is replayed': (drafts, state) => {
    const result = evaluate(drafts, state);
    const decisions = result.decisions.map((decision): Decision => {
      return decision.kind === 'reused' ? { ...decision, kind: 'replayed' } : decision;
    });
    return { ...result, decisions };
  },
  'the clock may go back': (drafts, state) =>
    evaluate(drafts, {
      ...state,
      accounts: new Map(
        [...state.accounts].map(([id, account]) => [id, { ...account, updateTime: 0 }]),
      ),
    }),
};

function firstEntry({ decisions }: Evaluation) {
  return decisions.flatMap((decision) => (decision.kind === 'decided' ? decision.entries : []))[0];
}

function withChanged(
  result: Evaluation,
  id: bigint | undefined,
  change: (account: LedgerAccount) => LedgerAccount,
): Evaluation {
  const account = id === undefined ? undefined : result.changed.get(id);
  if (!account) return result;
  return { ...result, changed: new Map(result.changed).set(account.id, change(account)) };
}

test.each(Object.entries(FAULTS))('the property finds a planted fault: %s', (_, faulty) => {
  const details = fc.check(
    fc.property(sequences, (sequence) => checkSequence(faulty, sequence)),
    { numRuns: RUNS, endOnFailure: true },
  );
  expect(details.failed).toBe(true);
});

test('the property passes the same evaluation without a fault', () => {
  const untouched: Evaluate = (drafts, state) => ({ ...evaluate(drafts, state) });
  const property = fc.property(sequences, (sequence) => checkSequence(untouched, sequence));
  expect(fc.check(property, { numRuns: 100 }).failed).toBe(false);
});

test('a movement of nothing, to itself, or between units is a fault of the program', () => {
  const [sequence] = fc.sample(sequences, { numRuns: 1, seed: 1 });
  const accounts = new Map((sequence?.accounts ?? []).map((account) => [account.id, account]));
  const state = { accounts, decided: new Map<string, Operation>(), now: START };
  const draft = draftOfStep(bookOf([...accounts.values()]), emptyStep, 5_000n);
  const movements = [
    { debit: 1n, credit: 2n, unit: 'CREDIT', amount: 0n },
    { debit: 1n, credit: 2n, unit: 'CREDIT', amount: -1n },
    { debit: 1n, credit: 1n, unit: 'CREDIT', amount: 1n },
    { debit: 1n, credit: 106n, unit: 'CREDIT', amount: 1n },
  ] as const;
  for (const movement of movements) {
    expect(() => evaluate([{ ...draft, movements: [movement] }], state)).toThrow(/movement/i);
  }
});

const emptyStep: OperationStep = {
  movements: [],
  drains: [],
  changes: [],
  request: 0,
  scope: 7n,
  content: 0,
  asked: 0,
  cut: false,
  clockMs: 0,
};
