import type { ClockTimer, TimeRecord } from '../../model/clockwork.js';
import {
  type AppliedChange,
  ceilingOf,
  floorOf,
  type LedgerAccount,
  type LedgerEntry,
  type Movement,
  type OperationDraft,
  type Refusal,
  type RefusalCode,
} from '../../model/ledger.js';

/** Finds an account as it is before the operation. */
export type Lookup = (id: bigint) => LedgerAccount | undefined;

/** The accounts and clocks as one operation sees and changes them; forgotten when it is refused. */
export type Book = {
  readonly draft: OperationDraft;
  readonly get: Lookup;
  readonly touched: Map<bigint, LedgerAccount>;
  readonly entries: LedgerEntry[];
  readonly changes: AppliedChange[];
  readonly createTime: number;
  /** Null for a draft that has nothing to do with clocks. */
  readonly clocks: ClockBook | null;
};

/** The clocks of a book. */
export type ClockBook = {
  /** A clock as it is before the operation. */
  readonly find: (id: bigint) => ClockTimer | undefined;
  /** Those that the operation has settled. */
  readonly touched: Map<bigint, ClockTimer>;
  readonly records: TimeRecord[];
};

/** Moves an amount and writes its entry, or says why not. `drained` is the account that the movement empties: it need not be open. */
export function move(book: Book, movement: Movement, drained?: bigint): Refusal | undefined {
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
  book.entries.push({
    debit,
    credit,
    unit,
    amount,
    debitVersion: debited.version,
    debitBalance: debited.balance,
    creditVersion: credited.version,
    creditBalance: credited.balance,
    operationId: book.draft.id,
    leg: book.entries.length,
    kind: book.draft.kind,
  });
  return undefined;
}

/** Puts the account into the book with the next version. */
export function put(
  book: Book,
  account: LedgerAccount,
  change: Partial<Pick<LedgerAccount, 'balance' | 'floor' | 'state'>>,
): LedgerAccount {
  if (account.kind === 'CLOCK' && !book.clocks?.touched.has(account.id)) {
    throw new Error('A clock is touched before its timer is settled.');
  }
  const version = account.version + 1n;
  // Field by field: two spreads cost more than all the rest of a payment's decision.
  const next: LedgerAccount = {
    id: account.id,
    kind: account.kind,
    unit: account.unit,
    masterId: account.masterId,
    balance: change.balance ?? account.balance,
    floor: change.floor === undefined ? account.floor : change.floor,
    state: change.state ?? account.state,
    version,
    refusals: account.refusals,
    updateTime: book.createTime,
  };
  book.touched.set(next.id, next);
  return next;
}

/** A refusal by an account that is not open. */
export function notOpen(account: LedgerAccount): RefusalCode {
  return account.state === 'CLOSED' ? 'ACCOUNT_CLOSED' : 'ACCOUNT_FROZEN';
}

/** A refusal by an account as it is. */
export function refusal(code: RefusalCode, account: LedgerAccount, amount: bigint): Refusal {
  return { code, accountId: account.id, balance: account.balance, amount };
}

/** The refusal for an account that is not there. */
export function missing(accountId: bigint, amount: bigint): Refusal {
  return { code: 'ACCOUNT_MISSING', accountId, balance: 0n, amount };
}
