import { createHash } from 'node:crypto';
import type {
  InvoiceDraft,
  LedgerAccount,
  Movement,
  OperationDraft,
  RecordSide,
  TransferDraft,
} from '../../src/model/ledger.js';

const SIDE: RecordSide = { userId: null, walletId: null, sheetId: null };

/** The records of a payment between nobody in particular. */
export const PAYMENT_RECORDS: { transfer: TransferDraft; invoice: InvoiceDraft } = {
  transfer: { kind: 'PAYMENT', payer: SIDE, payee: SIDE, payerMasterId: null },
  invoice: { seller: SIDE, sellerMasterId: null, buyer: SIDE, cost: null },
};

/** 16 bytes that are different for each number. */
export function requestIdFor(number: number | bigint): Buffer {
  const id = Buffer.alloc(16);
  id.writeBigUInt64BE(BigInt(number), 8);
  return id;
}

/** 32 bytes that stand for a request's content. */
export function requestHashFor(content: string): Buffer {
  return createHash('sha256').update(content).digest();
}

/** A draft that does nothing, under a request id of its own, with `parts` put over it. */
export function draftWith(
  parts: Partial<OperationDraft> & Pick<OperationDraft, 'id'>,
): OperationDraft {
  return {
    kind: 'PAYMENT',
    scope: 7n,
    requestId: requestIdFor(parts.id),
    requestHash: requestHashFor('content'),
    accountId: parts.movements?.[0]?.debit ?? 0n,
    credits: parts.movements?.[0]?.amount ?? 0n,
    movements: [],
    changes: [],
    actor: { userId: null, sessionId: null, keyId: null },
    ...parts,
  };
}

/** A draft that pays `amount` credits from one account to another, with both records. */
export function paymentDraft(
  id: bigint,
  debit: bigint,
  credit: bigint,
  amount: bigint,
  parts: Partial<OperationDraft> = {},
): OperationDraft {
  const movement: Movement = { debit, credit, unit: 'CREDIT', amount };
  return draftWith({ id, movements: [movement], ...PAYMENT_RECORDS, ...parts });
}

/** An open wallet's account with nothing on it, with `parts` put over it. */
export function accountWith(
  parts: Partial<LedgerAccount> & Pick<LedgerAccount, 'id'>,
): LedgerAccount {
  return {
    kind: 'WALLET',
    unit: 'CREDIT',
    masterId: 7n,
    balance: 0n,
    floor: 0n,
    state: 'OPEN',
    version: 0n,
    refusals: 0n,
    updateTime: 0,
    ...parts,
  };
}
