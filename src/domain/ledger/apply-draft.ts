import { remaining } from '../../model/clock.js';
import type { ClockTimer, ClockWrites } from '../../model/clockwork.js';
import type {
  AccountChange,
  ChangeCondition,
  Drain,
  LedgerAccount,
  LedgerEntry,
  Operation,
  OperationDraft,
  OperationWrites,
  Refusal,
} from '../../model/ledger.js';
import { commandClock } from './clock-commands.js';
import { type Book, type Lookup, missing, move, notOpen, put, refusal } from './draft-book.js';
import { invoiceOf, transferOf } from './records.js';
import { finishClocks, settleClock, stopClock } from './settle-clocks.js';

/** What one draft comes to: what to write, and the accounts and clocks that changed. */
export type AppliedDraft = {
  readonly writes: OperationWrites;
  readonly accounts: Iterable<LedgerAccount>;
  readonly clocks: Iterable<ClockTimer>;
};

/** Finds what a draft names, as it is before. */
export type Before = {
  readonly account: Lookup;
  readonly clock: (id: bigint) => ClockTimer | undefined;
};

const NO_CLOCKS: readonly ClockTimer[] = [];

/**
 * Applies a draft to the accounts, or refuses it as a whole. Pure. A command on a clock goes before movements, they before drains, all
 * before changes of state and floor.
 */
export function applyDraft(draft: OperationDraft, before: Before, now: number): AppliedDraft {
  const lookup = before.account;
  const createTime = timeOf(draft, lookup, now);
  const touched = new Map<bigint, LedgerAccount>();
  const book: Book = {
    draft,
    get: (id) => touched.get(id) ?? lookup(id),
    touched,
    entries: [],
    changes: [],
    createTime,
    clocks: draft.clockwork ? { find: before.clock, touched: new Map(), records: [] } : null,
  };
  const commanded = book.clocks && commandClock(book);
  if (commanded?.refused) return refuse(draft, commanded.refused, before, createTime);
  for (const movement of draft.movements) {
    const refused = move(book, movement);
    if (refused) return refuse(draft, refused, before, createTime);
  }
  for (const drain of draft.drains ?? []) {
    const refused = empty(book, drain);
    if (refused) return refuse(draft, refused, before, createTime);
  }
  for (const change of draft.changes) {
    const refused = alter(book, change);
    if (refused) return refuse(draft, refused, before, createTime);
  }
  const { entries, changes } = book;
  const clocks: ClockWrites | null = book.clocks && {
    changes: finishClocks(book),
    records: book.clocks.records,
    conversion: commanded?.conversion ?? null,
  };
  const balance = book.get(draft.accountId)?.balance ?? 0n;
  const credits = clocks?.conversion?.credits ?? draft.credits + drainedBy(draft, entries);
  const operation = operationOf(draft, credits, balance, null, createTime);
  const transfer = transferOf(draft, entries, createTime);
  const invoice = invoiceOf(draft, entries, createTime);
  return {
    writes: { operation, entries, changes, transfer, invoice, clocks },
    accounts: touched.values(),
    clocks: book.clocks ? book.clocks.touched.values() : NO_CLOCKS,
  };
}

/** Moves all that is there, if anything is. */
function empty(book: Book, { account: id, into, unit, open }: Drain): Refusal | undefined {
  const found = book.get(id);
  if (!found) return missing(id, 0n);
  if (open && found.state !== 'OPEN') return refusal(notOpen(found), found, 0n);
  if (!open && found.state !== 'LEAVING') return refusal('ACCOUNT_NOT_LEAVING', found, 0n);
  const account = found.kind === 'CLOCK' ? settleClock(book, found) : found;
  const { balance } = account;
  if (balance === 0n) return undefined;
  if (into === null) return refusal('BALANCE_LEFT', account, 0n);
  const target = book.get(into);
  if (target?.kind === 'CLOCK') {
    // What a minute is worth must not change by moving it.
    if (book.clocks?.find(id)?.msPerCredit !== book.clocks?.find(into)?.msPerCredit) {
      return refusal('RATE_DIFFERS', target, 0n);
    }
    if (target.state === 'OPEN') settleClock(book, target);
  }
  return balance > 0n
    ? move(book, { debit: id, credit: into, unit, amount: balance }, id)
    : move(book, { debit: into, credit: id, unit, amount: -balance }, id);
}

/** The credits that the owner of accounts moved by closing them: what was there decided how many. */
function drainedBy({ drains }: OperationDraft, entries: readonly LedgerEntry[]): bigint {
  if (!drains) return 0n;
  const closed = new Set(drains.flatMap(({ account, open }) => (open ? [account] : [])));
  return entries.reduce(
    (sum, { unit, debit, amount }) => (unit === 'CREDIT' && closed.has(debit) ? sum + amount : sum),
    0n,
  );
}

/** Makes a change, unless it is left out. A clock's timer stops before its account takes nothing more. */
function alter(book: Book, change: AccountChange): Refusal | undefined {
  const found = book.get(change.account);
  if (!found) return missing(change.account, 0n);
  if (found.state === 'CLOSED') return refusal('ACCOUNT_CLOSED', found, 0n);
  if (change.only && !holds(book, found, change.only)) return undefined;
  const state = change.state ?? found.state;
  const account = found.kind === 'CLOCK' ? clockBefore(book, found, state) : found;
  const floor = change.floor === undefined ? account.floor : change.floor;
  if (state === 'CLOSED' && account.balance !== 0n) return refusal('BALANCE_LEFT', account, 0n);
  const { version } = put(book, account, { floor, state });
  book.changes.push({ operationId: book.draft.id, accountId: account.id, version, floor, state });
  return undefined;
}

function clockBefore(
  book: Book,
  account: LedgerAccount,
  state: LedgerAccount['state'],
): LedgerAccount {
  if (state === 'OPEN') return settleClock(book, account);
  return stopClock(book, account, book.draft.kind === 'FREEZE' ? 'FROZEN' : 'UNLINKED');
}

function holds(book: Book, account: LedgerAccount, condition: ChangeCondition): boolean {
  const { from, version, while: other } = condition;
  if (from && !from.includes(account.state)) return false;
  if (version !== undefined && version !== account.version) return false;
  const state = other && book.get(other.account)?.state;
  return !other || (state !== undefined && other.states.includes(state));
}

function refuse(
  draft: OperationDraft,
  refused: Refusal,
  before: Before,
  createTime: number,
): AppliedDraft {
  const refuser = before.account(refused.accountId);
  const balance = balanceBefore(draft, before, createTime);
  const isOfClock = refuser?.kind === 'CLOCK' && refuser.id === draft.accountId;
  const refusal = isOfClock ? { ...refused, balance } : refused;
  const operation = operationOf(draft, draft.credits, balance, refusal, createTime);
  return {
    writes: { operation, entries: [], changes: [], transfer: null, invoice: null, clocks: null },
    accounts: refuser
      ? [{ ...refuser, refusals: refuser.refusals + 1n, updateTime: createTime }]
      : [],
    clocks: NO_CLOCKS,
  };
}

/** What is on the account that the draft is asked for; on a clock, less what its timer has used up since it was settled. */
function balanceBefore(draft: OperationDraft, { account, clock }: Before, now: number): bigint {
  const { balance = 0n, kind } = account(draft.accountId) ?? {};
  const timer = kind === 'CLOCK' ? clock(draft.accountId)?.timer : undefined;
  return timer ? remaining({ timer, balance }, now) : balance;
}

function operationOf(
  draft: OperationDraft,
  credits: bigint,
  balance: bigint,
  refusal: Refusal | null,
  createTime: number,
): Operation {
  const { id, kind, scope, requestId, requestHash, accountId, actor } = draft;
  return {
    id,
    kind,
    scope,
    requestId,
    requestHash,
    accountId,
    credits,
    actor,
    balance,
    refusal,
    createTime,
  };
}

/** Time of the operation: never before anything that happened to its accounts, whatever the clocks of the instances say. */
function timeOf(draft: OperationDraft, lookup: Lookup, now: number): number {
  let time = Math.max(now, draft.clockwork?.due?.runsOutTime ?? 0);
  for (const id of accountsOf(draft)) time = Math.max(time, lookup(id)?.updateTime ?? 0);
  return time;
}

/** Every account that a draft names: what must be locked to decide it. */
export function accountsOf(draft: OperationDraft): bigint[] {
  const ids = draft.movements.flatMap(({ debit, credit }) => [debit, credit]);
  for (const { account, into } of draft.drains ?? []) {
    ids.push(account);
    if (into !== null) ids.push(into);
  }
  for (const { account, only } of draft.changes) {
    ids.push(account);
    if (only?.while) ids.push(only.while.account);
  }
  ids.push(draft.accountId);
  const { clockwork } = draft;
  if (!clockwork) return ids;
  ids.push(clockwork.usage);
  const { conversion } = clockwork;
  if (conversion)
    ids.push(conversion.walletId, conversion.creditAccountId, conversion.timeAccountId);
  return ids;
}
