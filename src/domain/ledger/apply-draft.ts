import {
  type AccountChange,
  type AppliedChange,
  type ChangeCondition,
  ceilingOf,
  type Drain,
  floorOf,
  type LedgerAccount,
  type LedgerEntry,
  type Movement,
  type Operation,
  type OperationDraft,
  type OperationWrites,
  type Refusal,
  type RefusalCode,
} from '../../model/ledger.js';
import { invoiceOf, transferOf } from './records.js';

/** Finds an account as it is before the operation. */
type Lookup = (id: bigint) => LedgerAccount | undefined;

/** What one draft comes to: what to write, and the accounts that changed. */
export type AppliedDraft = {
  readonly writes: OperationWrites;
  readonly accounts: Iterable<LedgerAccount>;
};

/** Applies a draft to the accounts, or refuses it as a whole. Pure. Movements go before drains, both before changes of state and floor. */
export function applyDraft(draft: OperationDraft, lookup: Lookup, now: number): AppliedDraft {
  const createTime = timeOf(draft, lookup, now);
  const touched = new Map<bigint, LedgerAccount>();
  const book: Book = { get: (id) => touched.get(id) ?? lookup(id), touched, createTime };
  const entries: LedgerEntry[] = [];
  for (const movement of draft.movements) {
    const moved = move(book, movement);
    if ('code' in moved) return refuse(draft, moved, lookup, createTime);
    entries.push({ ...moved, operationId: draft.id, leg: entries.length, kind: draft.kind });
  }
  for (const drain of draft.drains ?? []) {
    const moved = empty(book, drain);
    if (!moved) continue;
    if ('code' in moved) return refuse(draft, moved, lookup, createTime);
    entries.push({ ...moved, operationId: draft.id, leg: entries.length, kind: draft.kind });
  }
  const changes: AppliedChange[] = [];
  for (const change of draft.changes) {
    const changed = alter(book, change);
    if (!changed) continue;
    if ('code' in changed) return refuse(draft, changed, lookup, createTime);
    changes.push({ ...changed, operationId: draft.id });
  }
  const balance = book.get(draft.accountId)?.balance ?? 0n;
  const operation = {
    ...operationOf(draft, balance, null, createTime),
    credits: draft.credits + drainedBy(draft, entries),
  };
  const transfer = transferOf(draft, entries, createTime);
  const invoice = invoiceOf(draft, entries, createTime);
  return { writes: { operation, entries, changes, transfer, invoice }, accounts: touched.values() };
}

/** The accounts as one operation sees and changes them; forgotten when it is refused. */
type Book = {
  readonly get: Lookup;
  readonly touched: Map<bigint, LedgerAccount>;
  readonly createTime: number;
};

type Moved = Omit<LedgerEntry, 'operationId' | 'leg' | 'kind'>;

/** `drained` is the account that the movement empties: it need not be open. */
function move(book: Book, movement: Movement, drained?: bigint): Moved | Refusal {
  const { debit, credit, unit, amount } = movement;
  if (amount <= 0n || debit === credit) {
    throw new Error('A movement needs an amount above zero and two accounts.');
  }
  const from = book.get(debit);
  if (!from) return missing(debit, amount);
  const to = book.get(credit);
  if (!to) return missing(credit, amount);
  if (from.unit !== unit || to.unit !== unit) throw new Error('A movement mixes units.');
  if (from.id !== drained && from.state !== 'OPEN') return refusal(notOpen(from), from, amount);
  if (to.id !== drained && to.state !== 'OPEN') return refusal(notOpen(to), to, amount);
  const lowered = from.balance - amount;
  const raised = to.balance + amount;
  if (lowered < floorOf(from)) return refusal('BELOW_FLOOR', from, amount);
  if (raised > ceilingOf(to.kind)) return refusal('ABOVE_CEILING', to, amount);
  const debited = put(book, from, { balance: lowered });
  const credited = put(book, to, { balance: raised });
  return {
    debit,
    credit,
    unit,
    amount,
    debitVersion: debited.version,
    debitBalance: debited.balance,
    creditVersion: credited.version,
    creditBalance: credited.balance,
  };
}

/** Moves all that is there, or undefined when nothing is. */
function empty(book: Book, { account: id, into, unit, open }: Drain): Moved | Refusal | undefined {
  const account = book.get(id);
  if (!account) return missing(id, 0n);
  if (open && account.state !== 'OPEN') return refusal(notOpen(account), account, 0n);
  if (!open && account.state !== 'LEAVING') return refusal('ACCOUNT_NOT_LEAVING', account, 0n);
  const { balance } = account;
  if (balance === 0n) return undefined;
  if (into === null) return refusal('BALANCE_LEFT', account, 0n);
  return balance > 0n
    ? move(book, { debit: id, credit: into, unit, amount: balance }, id)
    : move(book, { debit: into, credit: id, unit, amount: -balance }, id);
}

/** The credits that the owner of accounts moved by closing them: what was there decided how many. */
function drainedBy({ drains = [] }: OperationDraft, entries: readonly LedgerEntry[]): bigint {
  const closed = new Set(drains.flatMap(({ account, open }) => (open ? [account] : [])));
  if (closed.size === 0) return 0n;
  return entries.reduce(
    (sum, { unit, debit, amount }) => (unit === 'CREDIT' && closed.has(debit) ? sum + amount : sum),
    0n,
  );
}

/** Undefined when the change is left out. */
function alter(
  book: Book,
  change: AccountChange,
): Omit<AppliedChange, 'operationId'> | Refusal | undefined {
  const account = book.get(change.account);
  if (!account) return missing(change.account, 0n);
  if (account.state === 'CLOSED') return refusal('ACCOUNT_CLOSED', account, 0n);
  if (change.only && !holds(book, account, change.only)) return undefined;
  const floor = change.floor === undefined ? account.floor : change.floor;
  const state = change.state ?? account.state;
  if (state === 'CLOSED' && account.balance !== 0n) return refusal('BALANCE_LEFT', account, 0n);
  const { version } = put(book, account, { floor, state });
  return { accountId: account.id, version, floor, state };
}

function holds(book: Book, account: LedgerAccount, condition: ChangeCondition): boolean {
  const { from, version, while: other } = condition;
  if (from && !from.includes(account.state)) return false;
  if (version !== undefined && version !== account.version) return false;
  const state = other && book.get(other.account)?.state;
  return !other || (state !== undefined && other.states.includes(state));
}

/** Puts the account into the book with the next version. */
function put(book: Book, account: LedgerAccount, change: Partial<LedgerAccount>): LedgerAccount {
  const version = account.version + 1n;
  const next = { ...account, ...change, version, updateTime: book.createTime };
  book.touched.set(next.id, next);
  return next;
}

function refuse(
  draft: OperationDraft,
  refusal: Refusal,
  lookup: Lookup,
  createTime: number,
): AppliedDraft {
  const refuser = lookup(refusal.accountId);
  const balance = lookup(draft.accountId)?.balance ?? 0n;
  const operation = operationOf(draft, balance, refusal, createTime);
  return {
    writes: { operation, entries: [], changes: [], transfer: null, invoice: null },
    accounts: refuser
      ? [{ ...refuser, refusals: refuser.refusals + 1n, updateTime: createTime }]
      : [],
  };
}

function operationOf(
  draft: OperationDraft,
  balance: bigint,
  refusal: Refusal | null,
  createTime: number,
): Operation {
  const { id, kind, scope, requestId, requestHash, accountId, credits, actor } = draft;
  const asked = { id, kind, scope, requestId, requestHash, accountId, credits, actor };
  return { ...asked, balance, refusal, createTime };
}

/** Time of the operation: never before anything that happened to its accounts, whatever the clocks of the instances say. */
function timeOf(draft: OperationDraft, lookup: Lookup, now: number): number {
  let time = now;
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
  return ids;
}

function notOpen(account: LedgerAccount): RefusalCode {
  return account.state === 'CLOSED' ? 'ACCOUNT_CLOSED' : 'ACCOUNT_FROZEN';
}

function refusal(code: RefusalCode, account: LedgerAccount, amount: bigint): Refusal {
  return { code, accountId: account.id, balance: account.balance, amount };
}

function missing(accountId: bigint, amount: bigint): Refusal {
  return { code: 'ACCOUNT_MISSING', accountId, balance: 0n, amount };
}
