import type { InvoiceRecord as InvoiceMessage } from '../../../generated/ewallet/v1/invoice_sheet_service.js';
import {
  Direction,
  TransferKind,
  type TransferRecord as TransferMessage,
} from '../../../generated/ewallet/v1/transfer_sheet_service.js';
import type { InvoiceSeen, TransferSeen } from '../../domain/wallets/records-seen.js';
import type { TransferRecord } from '../../model/ledger.js';
import { formatId, formatOptionalId } from '../../model/public-id.js';
import { toTimestamp } from '../convert.js';

const transferKinds: Record<TransferRecord['kind'], TransferKind> = {
  SUPPLY: TransferKind.TRANSFER_KIND_SUPPLY,
  PAYMENT: TransferKind.TRANSFER_KIND_PAYMENT,
  TRANSFER: TransferKind.TRANSFER_KIND_TRANSFER,
};

/** The direction of credits for the party that gets them, or gives them. */
export function toDirection(incoming: boolean): Direction {
  return incoming ? Direction.DIRECTION_INCOMING : Direction.DIRECTION_OUTGOING;
}

/** A transfer record as one party sees it; of the other party it tells the account, never the wallet or balance. */
export function toTransferRecord({ side, record: stored }: TransferSeen): TransferMessage {
  const { record, notes } = stored;
  return {
    transferRecordId: formatId('transferRecord', record.operationId),
    transferSheetId: formatOptionalId('transferSheet', record[side].sheetId),
    operationId: formatId('operation', record.operationId),
    kind: transferKinds[record.kind],
    direction: toDirection(side === 'payee'),
    credits: record.credits,
    payerAccountId: formatOptionalId('account', record.payer.userId),
    payeeAccountId: formatOptionalId('account', record.payee.userId),
    payerMasterId: formatOptionalId('master', record.payerMasterId),
    balanceCredits: side === 'payee' ? stored.payeeBalance : stored.payerBalance,
    notes,
    createTime: toTimestamp(record.createTime),
  };
}

/** An invoice record as one party sees it. Credits come in for who sells, and for whom the master supplied. */
export function toInvoiceRecord({ side, record: stored }: InvoiceSeen): InvoiceMessage {
  const { record, notes } = stored;
  return {
    invoiceRecordId: formatId('invoiceRecord', record.operationId),
    invoiceSheetId: formatOptionalId('invoiceSheet', record[side].sheetId),
    transferRecordId: formatId('transferRecord', record.operationId),
    operationId: formatId('operation', record.operationId),
    direction: toDirection(side === 'seller' || record.sellerMasterId !== null),
    credits: record.credits,
    sellerAccountId: formatOptionalId('account', record.seller.userId),
    sellerMasterId: formatOptionalId('master', record.sellerMasterId),
    buyerAccountId: formatOptionalId('account', record.buyer.userId),
    costPerCredit: record.cost
      ? { currencyCode: record.cost.currency, units: record.cost.units, nanos: record.cost.nanos }
      : undefined,
    notes,
    createTime: toTimestamp(record.createTime),
  };
}
