import type {
  InvoiceRecord,
  LedgerEntry,
  OperationDraft,
  TransferRecord,
} from '../../model/ledger.js';

/** The transfer record that a draft writes for its first entry, or null. Pure. */
export function transferOf(
  draft: OperationDraft,
  entries: readonly LedgerEntry[],
  createTime: number,
): TransferRecord | null {
  const entry = entries[0];
  if (!draft.transfer || !entry) return null;
  const { kind, payer, payee, payerMasterId } = draft.transfer;
  return {
    kind,
    payer,
    payee,
    payerMasterId,
    operationId: draft.id,
    credits: entry.amount,
    payerVersion: entry.debitVersion,
    payeeVersion: entry.creditVersion,
    createTime,
  };
}

/**
 * The invoice record that a draft writes for its first entry, or null. The seller of a payment receives the credits (the payee);
 * the seller of a supply is the master, whose pool gives them. Pure.
 */
export function invoiceOf(
  draft: OperationDraft,
  entries: readonly LedgerEntry[],
  createTime: number,
): InvoiceRecord | null {
  const entry = entries[0];
  if (!draft.invoice || !entry) return null;
  const { seller, sellerMasterId, buyer, cost } = draft.invoice;
  const masterSells = sellerMasterId !== null;
  return {
    seller,
    sellerMasterId,
    buyer,
    cost,
    operationId: draft.id,
    credits: entry.amount,
    sellerVersion: masterSells ? entry.debitVersion : entry.creditVersion,
    buyerVersion: masterSells ? entry.creditVersion : entry.debitVersion,
    createTime,
  };
}
