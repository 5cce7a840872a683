import type { LedgerAccountKind, OperationKind, TransferDraft } from '../../model/ledger.js';

/** What an operation of some kind writes when it is applied, and nothing else. */
export type OperationShape = {
  /** Who asks: the operator (scope 0, nobody's user) or a user of the master whose request ids they are. */
  readonly askedBy: 'operator' | 'user';
  /** Which account it is asked for, and whose balance is the outcome. */
  readonly askedFor: 'debit' | 'credit' | 'changed';
  /** Its one entry in CREDIT; null when it moves nothing. */
  readonly entry: { readonly from: LedgerAccountKind; readonly to: LedgerAccountKind } | null;
  /** Changes of the account that it is asked for. */
  readonly changes: number;
  readonly transfer: TransferDraft['kind'] | null;
  /** Who sells by its invoice record; null when there is none. */
  readonly seller: 'master' | 'payee' | null;
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
};

/** The shape of a kind as it was read, or undefined for one that is none. */
export function shapeOf(kind: string): OperationShape | undefined {
  return Object.hasOwn(operationShapes, kind) ? operationShapes[kind as OperationKind] : undefined;
}
