import type {
  ClockKind,
  LedgerAccountKind,
  LedgerAccountState,
  OperationKind,
  StandingKind,
  TransferDraft,
} from '../../model/ledger.js';

/** From which kind of account what is left on it may go where; a debt comes from there. */
export type DrainTargets = Readonly<
  Partial<Record<LedgerAccountKind, readonly LedgerAccountKind[]>>
>;

/** What an operation of some kind writes when it is applied, and nothing else. */
export type OperationShape = {
  /** Who asks: the operator (scope 0, nobody's user) or a user of the master whose request ids they are. */
  readonly askedBy: 'operator' | 'user';
  /** Which account it is asked for, and whose balance is the outcome. `pool`: that of the master whose accounts it is about. */
  readonly askedFor: 'debit' | 'credit' | 'changed' | 'pool' | 'clock';
  /** Its one entry in CREDIT; null when it moves nothing. */
  readonly entry: { readonly from: LedgerAccountKind; readonly to: LedgerAccountKind } | null;
  /** Changes of the account that it is asked for; `any`: as many as there are accounts of its master, or under it, to change. */
  readonly changes: number | 'any';
  /** The states that its changes may leave; absent when any. */
  readonly leaves?: readonly LedgerAccountState[];
  /** From which kind of account, and in which state, what is left may go where, before the account is closed; absent when nothing may. */
  readonly drains?: { readonly from: LedgerAccountState; readonly targets: DrainTargets };
  /** Whether it settles the timers of clocks: it may have entries to the usage account, records of runs and changes that mark them. */
  readonly settles?: boolean;
  /** The conversion that it makes: its two entries after what it settles. */
  readonly conversion?: 'TO_CLOCK' | 'FROM_CLOCK';
  readonly transfer: TransferDraft['kind'] | null;
  /** Who sells by its invoice record; null when there is none. */
  readonly seller: 'master' | 'payee' | null;
};

/** What changes the standing of a master or user: the states of accounts, and nothing else unless it removes them. */
const standing = {
  askedBy: 'operator',
  askedFor: 'pool',
  entry: null,
  changes: 'any',
  transfer: null,
  seller: null,
} as const;

/** Where what is left goes when the owner is removed. */
const removalTargets: DrainTargets = {
  WALLET: ['UNCLAIMED'],
  CLOCK: ['UNCLAIMED'],
  POOL: ['WRITE_OFF'],
  UNCLAIMED: ['WRITE_OFF', 'USAGE'],
};

const standingShapes: Readonly<Record<StandingKind, OperationShape>> = {
  FREEZE: { ...standing, leaves: ['FROZEN'], settles: true },
  UNFREEZE: { ...standing, leaves: ['OPEN', 'FROZEN'], settles: true },
  UNLINK: { ...standing, leaves: ['LEAVING'], settles: true },
  RECOVER: { ...standing, leaves: ['OPEN', 'FROZEN'], settles: true },
  REMOVE: {
    ...standing,
    leaves: ['CLOSED'],
    drains: { from: 'LEAVING', targets: removalTargets },
    settles: true,
  },
};

/** What is done to a clock: the timer marks what happens to it by changes that leave the account open. */
const clock = {
  askedBy: 'user',
  askedFor: 'clock',
  entry: null,
  changes: 'any',
  leaves: ['OPEN'],
  settles: true,
  transfer: null,
  seller: null,
} as const;

const clockShapes: Readonly<Record<ClockKind, OperationShape>> = {
  TO_CLOCK: { ...clock, conversion: 'TO_CLOCK' },
  FROM_CLOCK: { ...clock, conversion: 'FROM_CLOCK' },
  START: clock,
  PAUSE: clock,
  RESUME: clock,
  STOP: clock,
  RUN_OUT: { ...clock, askedBy: 'operator' },
  CLOSE_CLOCK: {
    ...clock,
    leaves: ['CLOSED'],
    drains: { from: 'OPEN', targets: { CLOCK: ['CLOCK'] } },
  },
};

/** The shapes of all kinds. */
export const operationShapes: Readonly<Record<OperationKind, OperationShape>> = {
  FUND: {
    askedBy: 'operator',
    askedFor: 'credit',
    entry: { from: 'ISSUER', to: 'POOL' },
    changes: 0,
    transfer: null,
    seller: null,
  },
  SUPPLY: {
    askedBy: 'user',
    askedFor: 'credit',
    entry: { from: 'POOL', to: 'WALLET' },
    changes: 0,
    transfer: 'SUPPLY',
    seller: 'master',
  },
  PAYMENT: {
    askedBy: 'user',
    askedFor: 'debit',
    entry: { from: 'WALLET', to: 'WALLET' },
    changes: 0,
    transfer: 'PAYMENT',
    seller: 'payee',
  },
  TRANSFER: {
    askedBy: 'user',
    askedFor: 'debit',
    entry: { from: 'WALLET', to: 'WALLET' },
    changes: 0,
    transfer: 'TRANSFER',
    seller: null,
  },
  TERMS: {
    askedBy: 'operator',
    askedFor: 'changed',
    entry: null,
    changes: 1,
    transfer: null,
    seller: null,
  },
  CLOSE_WALLET: {
    askedBy: 'user',
    askedFor: 'changed',
    entry: null,
    changes: 'any',
    leaves: ['CLOSED'],
    drains: { from: 'OPEN', targets: { WALLET: ['WALLET'] } },
    settles: true,
    transfer: null,
    seller: null,
  },
  ...clockShapes,
  ...standingShapes,
};

/** The shape of a kind as it was read, or undefined for one that is none. */
export function shapeOf(kind: string): OperationShape | undefined {
  return Object.hasOwn(operationShapes, kind) ? operationShapes[kind as OperationKind] : undefined;
}
