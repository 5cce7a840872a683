import type {
  InvoiceRecord,
  InvoiceSheet,
} from '../../../../generated/ewallet/v1/invoice_sheet_service.js';
import {
  Direction,
  TransferKind,
  type TransferRecord,
  type TransferSheet,
} from '../../../../generated/ewallet/v1/transfer_sheet_service.js';
import { formatId, parseId } from '../../../model/public-id.js';
import { newestOf } from '../account-data.js';
import type { InstructionCall } from '../instruction.js';
import { fieldsOf } from '../reply-shape.js';
import type { PlainSheet } from '../sheet-data.js';
import { dateText, numberOf, present, textOrNull } from '../values.js';
import { sheetInstructions } from './sheets.js';

const transferShape = fieldsOf({
  id: 'int',
  transfer_sheet: 'int',
  reference: 'string',
  create_date: 'string',
  write_date: 'string',
  transfer_type: 'string',
  transfer_from: 'string',
  transfer_to: 'string',
  credits: 'int',
});
const invoiceShape = fieldsOf({
  id: 'int',
  invoice_sheet: 'int',
  transfer_record: 'int',
  reference: 'string',
  create_date: 'string',
  write_date: 'string',
  credits: 'int',
  currency: 'string',
  cost: 'float',
  seller: 'int',
  notes: 'string',
});

/** Transfer sheets and their records. */
export const transferSheetInstructions = sheetInstructions({
  name: 'Transfer',
  word: 'transfer',
  owner: 'ewallet',
  record: transferShape,
  create: async ({ services }) =>
    plainTransferSheet((await services.transferSheets.createTransferSheet({})).transferSheet),
  get: async ({ services }) =>
    plainTransferSheet((await services.transferSheets.getTransferSheet({})).transferSheet),
  async switchTo({ services }, id) {
    const transferSheetId = formatId('transferSheet', id);
    const reply = await services.transferSheets.switchTransferSheet({ transferSheetId });
    return plainTransferSheet(reply.transferSheet);
  },
  unlink: ({ services }, id) =>
    services.transferSheets.unlinkTransferSheet({ transferSheetId: formatId('transferSheet', id) }),
  async listRecords({ services }, sheetId) {
    const transferSheetId = formatId('transferSheet', sheetId);
    const records = await newestOf(
      (page) => services.transferSheets.listTransferRecords({ ...page, transferSheetId }),
      (reply) => reply.transferRecords,
    );
    return records.map(({ transferRecordId }) => parseId('transferRecord', transferRecordId) ?? 0n);
  },
  async getRecord(call, id) {
    const transferRecordId = formatId('transferRecord', id);
    const reply = await call.services.transferSheets.getTransferRecord({ transferRecordId });
    return showTransfer(call, present(reply.transferRecord));
  },
  unlinkRecord: ({ services }, id) =>
    services.transferSheets.unlinkTransferRecord({
      transferRecordId: formatId('transferRecord', id),
    }),
});

/** Invoice sheets and their records. */
export const invoiceSheetInstructions = sheetInstructions({
  name: 'Invoice',
  word: 'invoice',
  owner: 'ewallet',
  record: invoiceShape,
  create: async ({ services }) =>
    plainInvoiceSheet((await services.invoiceSheets.createInvoiceSheet({})).invoiceSheet),
  get: async ({ services }) =>
    plainInvoiceSheet((await services.invoiceSheets.getInvoiceSheet({})).invoiceSheet),
  async switchTo({ services }, id) {
    const invoiceSheetId = formatId('invoiceSheet', id);
    const reply = await services.invoiceSheets.switchInvoiceSheet({ invoiceSheetId });
    return plainInvoiceSheet(reply.invoiceSheet);
  },
  unlink: ({ services }, id) =>
    services.invoiceSheets.unlinkInvoiceSheet({ invoiceSheetId: formatId('invoiceSheet', id) }),
  async listRecords({ services }, sheetId) {
    const invoiceSheetId = formatId('invoiceSheet', sheetId);
    const records = await newestOf(
      (page) => services.invoiceSheets.listInvoiceRecords({ ...page, invoiceSheetId }),
      (reply) => reply.invoiceRecords,
    );
    return records.map(({ invoiceRecordId }) => parseId('invoiceRecord', invoiceRecordId) ?? 0n);
  },
  async getRecord({ services }, id) {
    const invoiceRecordId = formatId('invoiceRecord', id);
    const reply = await services.invoiceSheets.getInvoiceRecord({ invoiceRecordId });
    return showInvoice(present(reply.invoiceRecord));
  },
  unlinkRecord: ({ services }, id) =>
    services.invoiceSheets.unlinkInvoiceRecord({ invoiceRecordId: formatId('invoiceRecord', id) }),
});

function plainTransferSheet(sheet: TransferSheet | undefined): PlainSheet {
  const { transferSheetId, walletId, ...rest } = present(sheet);
  return {
    ...rest,
    id: parseId('transferSheet', transferSheetId) ?? 0n,
    ownerId: parseId('wallet', walletId) ?? 0n,
  };
}

function plainInvoiceSheet(sheet: InvoiceSheet | undefined): PlainSheet {
  const { invoiceSheetId, walletId, ...rest } = present(sheet);
  return {
    ...rest,
    id: parseId('invoiceSheet', invoiceSheetId) ?? 0n,
    ownerId: parseId('wallet', walletId) ?? 0n,
  };
}

const outgoingTypes: Partial<Record<TransferKind, string>> = {
  [TransferKind.TRANSFER_KIND_PAYMENT]: 'payment',
  [TransferKind.TRANSFER_KIND_TRANSFER]: 'transfer',
};

async function showTransfer(call: InstructionCall, record: TransferRecord) {
  const sheetId = numberOf('transferSheet', record.transferSheetId);
  const incoming = record.direction === Direction.DIRECTION_INCOMING;
  const data = {
    id: numberOf('transferRecord', record.transferRecordId),
    transfer_sheet: sheetId,
    reference: 'TransferRecord',
    create_date: dateText(record.createTime),
    write_date: dateText(record.createTime),
    transfer_type: incoming ? 'incoming' : (outgoingTypes[record.kind] ?? null),
    transfer_from: await emailOf(call, record.payerAccountId, record.payerMasterId),
    transfer_to: await emailOf(call, record.payeeAccountId, ''),
    credits: record.credits,
  };
  return { sheetId, data };
}

/** Users of the caller's own master, and that master, are known by their addresses; null when they are gone. */
async function emailOf(
  { services, domain }: InstructionCall,
  accountId: string,
  masterId: string,
): Promise<string | null> {
  const master = parseId('master', masterId);
  if (master !== undefined) return domain.accountFacts.findMasterEmail(master);
  const id = parseId('account', accountId);
  if (id === undefined) return null;
  const { account } = await services.accounts.getAccount({});
  const own = parseId('master', present(account).masterId) ?? 0n;
  return domain.accountFacts.findUserEmail({ id, masterId: own });
}

function showInvoice(record: InvoiceRecord) {
  const sheetId = numberOf('invoiceSheet', record.invoiceSheetId);
  const { costPerCredit: cost } = record;
  const data = {
    id: numberOf('invoiceRecord', record.invoiceRecordId),
    invoice_sheet: sheetId,
    transfer_record: numberOf('transferRecord', record.transferRecordId),
    reference: 'InvoiceRecord',
    create_date: dateText(record.createTime),
    write_date: dateText(record.createTime),
    credits: record.credits,
    currency: cost?.currencyCode ?? 'RON',
    cost: cost ? Number(`${cost.units}.${String(cost.nanos).padStart(9, '0')}`) : 0,
    seller:
      numberOf('account', record.sellerAccountId) ?? numberOf('master', record.sellerMasterId),
    notes: textOrNull(record.notes),
  };
  return { sheetId, data };
}
