/**
 * The ledger as the design's section on it tells it, written a second time: slow and plain, on lists that are searched and folded,
 * with copies instead of care. It shares nothing with `src` but the types of what goes in.
 *
 * - An operation happens as a whole or not at all. It is tried on a copy of the book; a refused one leaves the old book, with one
 *   refusal more on the account that refused.
 * - Movements come in order, then drains, then changes. A movement asks, in this order: are both accounts there (the lowered one
 *   first), are both open (the lowered one first), does the lowered one stay at its floor or above, the raised one at its ceiling or
 *   below. A drain asks that its account is leaving, or that it is open when its owner closes it; then it is a movement of all that is
 *   there, or of the debt the other way, for which that account need not be open; of nothing when nothing is there. One that goes
 *   nowhere asks that nothing is there.
 * - A change of a closed account is refused, and one that closes an account with something on it. A change whose condition does not
 *   hold is left out.
 * - Every movement and every change takes the next version of each account that it concerns.
 * - An operation's time is the clock's, but never before the last time of any account that it names.
 */
import type { AccountChange, OperationDraft } from '../../src/model/ledger.js';

/** A line of an account's history. The balance is the sum of `delta`, the version is the number of lines. */
export type ModelLine = {
  operation: bigint;
  delta: bigint;
  floor: bigint | null;
  state: string;
  time: number;
};

/** An account: what it was opened with, and everything that happened to it since. */
export type ModelAccount = {
  id: bigint;
  kind: string;
  unit: string;
  openingBalance: bigint;
  openingFloor: bigint | null;
  openingState: string;
  lines: ModelLine[];
  refusalTimes: number[];
};

/** What the model says of one draft. */
export type ModelOutcome = {
  kind: 'decided' | 'replayed' | 'reused';
  operation: bigint;
  time: number;
  balance: bigint;
  refusal: { code: string; account: bigint; balance: bigint; amount: bigint } | null;
  /** Sides in order: two per movement (lowered, raised). */
  sides: { account: bigint; version: bigint; balance: bigint }[];
  changes: { account: bigint; version: bigint; floor: bigint | null; state: string }[];
};

type Request = { scope: bigint; requestId: string; content: string; outcome: ModelOutcome };

/** The book: accounts and the requests that were decided. */
export type ModelBook = { accounts: ModelAccount[]; requests: Request[] };

const CEILINGS: Record<string, bigint> = {
  WALLET: 10_000_000_000_000_000n,
  CLOCK: 3_155_760_000_000n,
  POOL: 1_000_000_000_000_000_000n,
  UNCLAIMED: 1_000_000_000_000_000_000n,
};
const BEYOND = 9_000_000_000_000_000_000n;

/** The highest balance of an account of this kind. */
export function modelCeiling(account: ModelAccount): bigint {
  return CEILINGS[account.kind] ?? BEYOND;
}

/** Folds the deltas. */
export function modelBalance(account: ModelAccount): bigint {
  return account.lines.reduce((sum, line) => sum + line.delta, account.openingBalance);
}

/** The floor after the last line, or what 64 bits bear. */
export function modelFloor(account: ModelAccount): bigint {
  const floor = storedFloor(account);
  return floor === null ? -BEYOND : floor;
}

/** The state after the last line. */
export function modelState(account: ModelAccount): string {
  return account.lines.at(-1)?.state ?? account.openingState;
}

/** The time of whatever happened last to it. */
export function modelTime(account: ModelAccount): number {
  return Math.max(0, ...account.lines.map((line) => line.time), ...account.refusalTimes);
}

/** Finds an account by looking at all of them. */
export function modelFind(book: ModelBook, id: bigint): ModelAccount | undefined {
  return book.accounts.find((account) => account.id === id);
}

/** Decides one draft and changes the book accordingly. */
export function modelDecide(book: ModelBook, draft: OperationDraft, clock: number): ModelOutcome {
  const requestId = draft.requestId.toString('hex');
  const content = draft.requestHash.toString('hex');
  const earlier = book.requests.find(
    (request) => request.scope === draft.scope && request.requestId === requestId,
  );
  if (earlier) {
    const kind = earlier.content === content ? 'replayed' : 'reused';
    return { ...earlier.outcome, kind, sides: [], changes: [] };
  }
  const outcome = modelTry(book, draft, clock);
  book.requests.push({ scope: draft.scope, requestId, content, outcome });
  return outcome;
}

function modelTry(book: ModelBook, draft: OperationDraft, clock: number): ModelOutcome {
  const named = [
    draft.accountId,
    ...draft.movements.map(({ debit }) => debit),
    ...draft.movements.map(({ credit }) => credit),
    ...(draft.drains ?? []).flatMap(({ account, into }) => [account, into ?? account]),
    ...draft.changes.map(({ account }) => account),
    ...draft.changes.flatMap(({ only }) => only?.while?.account ?? []),
  ].flatMap((id) => modelFind(book, id) ?? []);
  const time = Math.max(clock, ...named.map(modelTime));
  const accounts = book.accounts.map((account) => ({ ...account, lines: [...account.lines] }));
  const attempt: Attempt = { accounts, operation: draft.id, time, sides: [], changes: [] };
  const refusal = runAttempt(attempt, draft);
  const refuser = refusal ? modelFind(book, refusal.account) : undefined;
  if (!refusal) book.accounts = accounts;
  if (refuser) refuser.refusalTimes.push(time);
  const asked = modelFind(book, draft.accountId);
  return {
    kind: 'decided',
    operation: draft.id,
    time,
    balance: asked ? modelBalance(asked) : 0n,
    refusal,
    sides: refusal ? [] : attempt.sides,
    changes: refusal ? [] : attempt.changes,
  };
}

/** One operation on a copy of the accounts. */
type Attempt = Pick<ModelOutcome, 'sides' | 'changes' | 'operation' | 'time'> & {
  accounts: ModelAccount[];
};

function runAttempt(attempt: Attempt, draft: OperationDraft): ModelOutcome['refusal'] {
  for (const { debit, credit, amount } of draft.movements) {
    const refusal = move(attempt, debit, credit, amount);
    if (refusal) return refusal;
  }
  for (const { account: id, into, open } of draft.drains ?? []) {
    const account = attempt.accounts.find((other) => other.id === id);
    if (!account) return refused('ACCOUNT_MISSING', id, 0n, 0n);
    const balance = modelBalance(account);
    const state = modelState(account);
    if (open && state === 'CLOSED') return refused('ACCOUNT_CLOSED', id, balance, 0n);
    if (open && state !== 'OPEN') return refused('ACCOUNT_FROZEN', id, balance, 0n);
    if (!open && state !== 'LEAVING') return refused('ACCOUNT_NOT_LEAVING', id, balance, 0n);
    if (into === null && balance !== 0n) return refused('BALANCE_LEFT', id, balance, 0n);
    if (into === null) continue;
    const refusal =
      balance < 0n ? move(attempt, into, id, -balance, id) : move(attempt, id, into, balance, id);
    if (refusal) return refusal;
  }
  for (const change of draft.changes) {
    const account = attempt.accounts.find(({ id }) => id === change.account);
    if (!account) return refused('ACCOUNT_MISSING', change.account, 0n, 0n);
    if (modelState(account) === 'CLOSED') {
      return refused('ACCOUNT_CLOSED', account.id, modelBalance(account), 0n);
    }
    if (!modelHolds(attempt, account, change.only)) continue;
    const floor = change.floor === undefined ? storedFloor(account) : change.floor;
    const state = change.state === undefined ? modelState(account) : change.state;
    if (state === 'CLOSED' && modelBalance(account) !== 0n) {
      return refused('BALANCE_LEFT', account.id, modelBalance(account), 0n);
    }
    const version = write(attempt, account, 0n, floor, state);
    attempt.changes.push({ account: account.id, version, floor, state });
  }
  return null;
}

function modelHolds(
  { accounts }: Attempt,
  account: ModelAccount,
  only: AccountChange['only'],
): boolean {
  const other = accounts.find(({ id }) => id === only?.while?.account);
  const found: [wanted: readonly unknown[] | undefined, is: unknown][] = [
    [only?.from, modelState(account)],
    [only?.version === undefined ? undefined : [only.version], BigInt(account.lines.length)],
    [only?.while?.states, other && modelState(other)],
  ];
  return found.every(([wanted, is]) => wanted === undefined || wanted.includes(is));
}

/** `leaving` is an account that need not be open. Nothing to move is no movement. */
function move(
  attempt: Attempt,
  from: bigint,
  to: bigint,
  amount: bigint,
  leaving?: bigint,
): ModelOutcome['refusal'] {
  if (amount === 0n) return null;
  const lowered = attempt.accounts.find(({ id }) => id === from);
  if (!lowered) return refused('ACCOUNT_MISSING', from, 0n, amount);
  const raised = attempt.accounts.find(({ id }) => id === to);
  if (!raised) return refused('ACCOUNT_MISSING', to, 0n, amount);
  for (const account of [lowered, raised]) {
    const state = modelState(account);
    if (state === 'OPEN' || account.id === leaving) continue;
    const code = state === 'CLOSED' ? 'ACCOUNT_CLOSED' : 'ACCOUNT_FROZEN';
    return refused(code, account.id, modelBalance(account), amount);
  }
  if (modelBalance(lowered) - amount < modelFloor(lowered)) {
    return refused('BELOW_FLOOR', lowered.id, modelBalance(lowered), amount);
  }
  if (modelBalance(raised) + amount > modelCeiling(raised)) {
    return refused('ABOVE_CEILING', raised.id, modelBalance(raised), amount);
  }
  for (const account of [lowered, raised]) {
    const delta = account === lowered ? -amount : amount;
    const version = write(attempt, account, delta, storedFloor(account), modelState(account));
    attempt.sides.push({ account: account.id, version, balance: modelBalance(account) });
  }
  return null;
}

/** Adds a line and returns its number. */
function write(
  { operation, time }: Attempt,
  account: ModelAccount,
  delta: bigint,
  floor: bigint | null,
  state: string,
): bigint {
  account.lines.push({ operation, delta, floor, state, time });
  return BigInt(account.lines.length);
}

function storedFloor(account: ModelAccount): bigint | null {
  const last = account.lines.at(-1);
  return last ? last.floor : account.openingFloor;
}

function refused(code: string, account: bigint, balance: bigint, amount: bigint) {
  return { code, account, balance, amount };
}
