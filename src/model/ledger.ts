import type { AuditEvent } from './audit.js';
import type { ClockWrites, Clockwork } from './clockwork.js';
import type { MasterTerms } from './master.js';

/** What a ledger account counts. */
export type Unit = 'CREDIT' | 'MILLISECOND';

/**
 * OPEN accounts take entries. FROZEN ones refuse them while their master is frozen or pending removal, LEAVING ones while their own
 * owner is pending removal: only what removes the owner moves what is left on them. CLOSED ones hold nothing and refuse for ever.
 */
export type LedgerAccountState = 'OPEN' | 'FROZEN' | 'LEAVING' | 'CLOSED';

/** What a ledger account stands for. The last four belong to the system and have no floor. */
export type LedgerAccountKind =
  | 'WALLET'
  | 'CLOCK'
  | 'POOL'
  | 'UNCLAIMED'
  | 'ISSUER'
  | 'CONVERSION'
  | 'USAGE'
  | 'WRITE_OFF';

/** A ledger account as the evaluation needs it. */
export type LedgerAccount = {
  readonly id: bigint;
  readonly kind: LedgerAccountKind;
  readonly unit: Unit;
  /** The tenant; null for the system's accounts. */
  readonly masterId: bigint | null;
  readonly balance: bigint;
  /** The lowest balance that a lowering entry may leave; null for none. */
  readonly floor: bigint | null;
  readonly state: LedgerAccountState;
  /** How many entries and changes the account has had: each takes the next number. */
  readonly version: bigint;
  /** How many operations failed because of this account. Written so that a refusal, too, is certified on clusters. */
  readonly refusals: bigint;
  /** When its last entry, change or refusal was decided, Unix ms. */
  readonly updateTime: number;
};

/** What the standing of a master or user may come to. Each is an operation on the accounts that they own. */
export type StandingKind = 'FREEZE' | 'UNFREEZE' | 'UNLINK' | 'RECOVER' | 'REMOVE';

/** What is done to a clock: conversions, commands to its timer, that nothing was left on it, and that its owner closes it. */
export type ClockKind =
  | 'TO_CLOCK'
  | 'FROM_CLOCK'
  | 'START'
  | 'PAUSE'
  | 'RESUME'
  | 'STOP'
  | 'RUN_OUT'
  | 'CLOSE_CLOCK';

/** What an operation does. */
export type OperationKind =
  | 'FUND'
  | 'SUPPLY'
  | 'PAYMENT'
  | 'TRANSFER'
  | 'TERMS'
  | 'CLOSE_WALLET'
  | ClockKind
  | StandingKind;

/** One movement of one amount, from the account that is debited (lowered) to the one that is credited (raised). */
export type Movement = {
  readonly debit: bigint;
  readonly credit: bigint;
  readonly unit: Unit;
  /** Above zero. */
  readonly amount: bigint;
};

/**
 * The movement of all that is on an account: its amount is known only under the lock. A debt moves the other way, and nothing moves
 * when nothing is there. The last thing before the account is closed.
 */
export type Drain = {
  readonly account: bigint;
  /** Takes what is there; pays the debt. Null: nothing may be there. */
  readonly into: bigint | null;
  readonly unit: Unit;
  /** True when its owner closes the account, which has to be OPEN; otherwise it goes with its owner, and has to be LEAVING. */
  readonly open?: boolean;
};

/** What must hold, under the lock, for a change to be made. Absent parts always hold. */
export type ChangeCondition = {
  /** The account is in one of these states. */
  readonly from?: readonly LedgerAccountState[];
  /** The account has this version: nothing has happened to it since that was read. */
  readonly version?: bigint;
  /** Another account of the operation is in one of these states. */
  readonly while?: { readonly account: bigint; readonly states: readonly LedgerAccountState[] };
};

/** A change of an account's floor or state. It takes a version of the account like an entry. */
export type AccountChange = {
  readonly account: bigint;
  readonly floor?: bigint | null;
  readonly state?: LedgerAccountState;
  /** The change is left out unless this holds. A closed account refuses it all the same. */
  readonly only?: ChangeCondition;
};

/** What an operation of a standing kind writes to the row of the master or user that it is about. */
export type StandingWrite = { readonly of: 'MASTER' | 'USER'; readonly id: bigint };

/** What an operation that closes an account hides, kept in the owner's rows: written together with the change of its state. */
export type ClosingWrite = WalletClosing | ClockClosing;

/** A wallet that is closed. */
export type WalletClosing = {
  readonly of: 'WALLET';
  readonly id: bigint;
  readonly userId: bigint;
  /** The clocks that are closed with it. */
  readonly clockIds: readonly bigint[];
};

/** A clock that is closed, and not its wallet. */
export type ClockClosing = {
  readonly of: 'CLOCK';
  readonly id: bigint;
  readonly walletId: bigint;
};

/** One side of a record: whose it is and on which sheet it stands. Absent parts are null (a pool has no sheet). */
export type RecordSide = {
  readonly userId: bigint | null;
  readonly walletId: bigint | null;
  readonly sheetId: bigint | null;
};

/** The transfer record that an operation writes: one fact, seen from two sheets. */
export type TransferDraft = {
  readonly kind: 'SUPPLY' | 'PAYMENT' | 'TRANSFER';
  readonly payer: RecordSide;
  readonly payee: RecordSide;
  /** The master whose pool paid; null unless the kind is SUPPLY. */
  readonly payerMasterId: bigint | null;
};

/** What one credit cost: `units` and `nanos` (10^-9 units) of an ISO 4217 currency. */
export type Cost = { readonly currency: string; readonly units: bigint; readonly nanos: number };

/** The invoice record that an operation writes. For a supply the seller is the master, else the payee. */
export type InvoiceDraft = {
  readonly seller: RecordSide;
  readonly sellerMasterId: bigint | null;
  readonly buyer: RecordSide;
  readonly cost: Cost | null;
};

/** Who asked for an operation: a user, by a session or by a backend key of its master; all null for the operator. */
export type Actor = {
  readonly userId: bigint | null;
  readonly sessionId: bigint | null;
  readonly keyId: bigint | null;
};

/** What the ledger is asked to do: happens as a whole or not at all. */
export type OperationDraft = {
  /** Id of the operation and of the records that it writes; made before. */
  readonly id: bigint;
  readonly kind: OperationKind;
  /** Whose request ids these are: the master's id, or 0 for the operator. */
  readonly scope: bigint;
  /** The caller's UUID, 16 bytes. */
  readonly requestId: Buffer;
  /** SHA-256 of kind and normalised fields, 32 bytes. */
  readonly requestHash: Buffer;
  /** The account that the operation was asked for: its balance is part of the outcome. */
  readonly accountId: bigint;
  /** Credits asked for; 0 when none move, or when what is there decides how many. */
  readonly credits: bigint;
  readonly movements: readonly Movement[];
  /** Needed when a clock is among the accounts. */
  readonly clockwork?: Clockwork;
  /** Happen after the movements and before the changes. */
  readonly drains?: readonly Drain[];
  readonly changes: readonly AccountChange[];
  readonly transfer?: TransferDraft;
  readonly invoice?: InvoiceDraft;
  readonly notes?: string;
  /** New terms of a master, kept in its row: written together with the change of its pool's floor. */
  readonly terms?: { readonly masterId: bigint } & MasterTerms;
  /** Whose standing changes, kept in its row: written together with the change of its accounts' states. */
  readonly standing?: StandingWrite;
  /** What goes out of sight with the account that is closed. */
  readonly closing?: ClosingWrite;
  /** Recorded in the audit trail in the same transaction, when it is applied. */
  readonly audit?: AuditEvent;
  readonly actor: Actor;
};

/** Why an operation was refused, in words of the ledger. `domain` maps them to reasons of the API. */
export type RefusalCode =
  | 'ACCOUNT_MISSING'
  | 'ACCOUNT_CLOSED'
  | 'ACCOUNT_FROZEN'
  | 'ACCOUNT_NOT_LEAVING'
  | 'BALANCE_LEFT'
  | 'BELOW_FLOOR'
  | 'ABOVE_CEILING'
  | 'NO_TIME'
  | 'TIMER_RUNNING'
  | 'TIMER_PAUSED'
  | 'TIMER_OFF'
  | 'TIMER_CHANGED'
  | 'RATE_DIFFERS';

/** A refusal: which account, why, and the figures that decided. */
export type Refusal = {
  readonly code: RefusalCode;
  readonly accountId: bigint;
  /** Balance of that account when it was decided. */
  readonly balance: bigint;
  /** The amount that the account should have given or taken. */
  readonly amount: bigint;
};

/** A record that was written: the draft, and the version that each side's ledger account took. */
export type TransferRecord = TransferDraft & {
  readonly operationId: bigint;
  readonly credits: bigint;
  readonly payerVersion: bigint;
  readonly payeeVersion: bigint;
  readonly createTime: number;
};

/** As {@link TransferRecord}, for invoices. */
export type InvoiceRecord = InvoiceDraft & {
  readonly operationId: bigint;
  readonly credits: bigint;
  readonly sellerVersion: bigint;
  readonly buyerVersion: bigint;
  readonly createTime: number;
};

/** A movement that happened, with what it left behind on both sides. */
export type LedgerEntry = Movement & {
  readonly operationId: bigint;
  /** Place among the entries of its operation, from 0. */
  readonly leg: number;
  readonly kind: OperationKind;
  readonly debitVersion: bigint;
  readonly debitBalance: bigint;
  readonly creditVersion: bigint;
  readonly creditBalance: bigint;
};

/** A change that happened: the floor and state that it left, and the version that it took. */
export type AppliedChange = {
  readonly operationId: bigint;
  readonly accountId: bigint;
  readonly version: bigint;
  readonly floor: bigint | null;
  readonly state: LedgerAccountState;
};

/** The decided operation as it is stored with its request id, and given again to whoever repeats the request. */
export type Operation = {
  readonly id: bigint;
  readonly kind: OperationKind;
  readonly scope: bigint;
  readonly requestId: Buffer;
  readonly requestHash: Buffer;
  readonly accountId: bigint;
  readonly credits: bigint;
  /** Balance of `accountId` after the operation. */
  readonly balance: bigint;
  /** Null when it was applied. */
  readonly refusal: Refusal | null;
  readonly actor: Actor;
  /** When it was decided, Unix ms: never before what happened earlier to its accounts. */
  readonly createTime: number;
};

/** Everything that an operation writes. A refused one writes nothing but itself. */
export type OperationWrites = {
  readonly operation: Operation;
  readonly entries: readonly LedgerEntry[];
  readonly changes: readonly AppliedChange[];
  readonly transfer: TransferRecord | null;
  readonly invoice: InvoiceRecord | null;
  /** Null when it touched no clock. */
  readonly clocks: ClockWrites | null;
};

/** What became of a draft. */
export type Decision =
  /** Decided now: applied, or refused when `operation.refusal` is set. */
  | ({ readonly kind: 'decided' } & OperationWrites)
  /** The request id was decided before, with the same content. */
  | { readonly kind: 'replayed'; readonly operation: Operation }
  /** This very draft was decided by an earlier attempt whose COMMIT had no answer: its caller asked once. */
  | { readonly kind: 'recovered'; readonly operation: Operation }
  /** The request id was used before for something else. */
  | { readonly kind: 'reused'; readonly operation: Operation };

/** At most this many credits in one operation and in one wallet: 10^16, exact in every JSON reader but far from 2^63. */
export const MAX_CREDITS = 10n ** 16n;

/** At most this much time on one clock: 100 years of 365.25 days, in milliseconds. */
export const MAX_CLOCK_MS = 100n * 31_557_600_000n;

/** Pools and unclaimed accounts hold at most this much. */
const MAX_POOLED = 10n ** 18n;

/** The system's accounts stay within ± this, well inside int64. */
const MAX_SYSTEM = 9n * 10n ** 18n;

/** The highest balance that an entry may leave on an account of this kind. */
export function ceilingOf(kind: LedgerAccountKind): bigint {
  if (kind === 'WALLET') return MAX_CREDITS;
  if (kind === 'CLOCK') return MAX_CLOCK_MS;
  return kind === 'POOL' || kind === 'UNCLAIMED' ? MAX_POOLED : MAX_SYSTEM;
}

/** The lowest balance that a lowering entry may leave: the account's floor, or what int64 can bear. */
export function floorOf(account: Pick<LedgerAccount, 'floor'>): bigint {
  return account.floor ?? -MAX_SYSTEM;
}
