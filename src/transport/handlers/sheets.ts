import type {
  GetInvoiceRecordResponse,
  InvoiceSheetServiceImplementation,
  ListInvoiceRecordsResponse,
} from '../../../generated/ewallet/v1/invoice_sheet_service.js';
import type {
  GetTransferRecordResponse,
  ListTransferRecordsResponse,
  TransferSheetServiceImplementation,
} from '../../../generated/ewallet/v1/transfer_sheet_service.js';
import type { Domain } from '../../domain/domain.js';
import { asUser } from '../../model/caller.js';
import type { HandlerContext } from '../call-middleware.js';
import { readId, readOptionalId } from '../ids.js';
import { nextPageToken, readPage } from '../messages/history.js';
import { toInvoiceRecord, toTransferRecord } from '../messages/records.js';

/** Creates the handlers of TransferSheetService. */
export function createTransferSheetHandlers({
  sheetRecords,
}: Pick<Domain, 'sheetRecords'>): TransferSheetServiceImplementation<HandlerContext> {
  return {
    async getTransferRecord(request, { caller }): Promise<GetTransferRecordResponse> {
      const id = readId('transferRecord', request.transferRecordId);
      const seen = await sheetRecords.getTransfer(asUser(caller), id);
      return { transferRecord: toTransferRecord(seen) };
    },
    async listTransferRecords(request, { caller }): Promise<ListTransferRecordsResponse> {
      const user = asUser(caller);
      const list = `ListTransferRecords ${user.user.id} ${request.transferSheetId}`;
      const sheetId = readOptionalId('transferSheet', request.transferSheetId);
      const page = await sheetRecords.listTransfers(user, sheetId, readPage(list, request));
      const transferRecords = page.rows.map(toTransferRecord);
      return { transferRecords, nextPageToken: nextPageToken(list, page) };
    },
  };
}

/** Creates the handlers of InvoiceSheetService. */
export function createInvoiceSheetHandlers({
  sheetRecords,
}: Pick<Domain, 'sheetRecords'>): InvoiceSheetServiceImplementation<HandlerContext> {
  return {
    async getInvoiceRecord(request, { caller }): Promise<GetInvoiceRecordResponse> {
      const id = readId('invoiceRecord', request.invoiceRecordId);
      const seen = await sheetRecords.getInvoice(asUser(caller), id);
      return { invoiceRecord: toInvoiceRecord(seen) };
    },
    async listInvoiceRecords(request, { caller }): Promise<ListInvoiceRecordsResponse> {
      const user = asUser(caller);
      const list = `ListInvoiceRecords ${user.user.id} ${request.invoiceSheetId}`;
      const sheetId = readOptionalId('invoiceSheet', request.invoiceSheetId);
      const page = await sheetRecords.listInvoices(user, sheetId, readPage(list, request));
      const invoiceRecords = page.rows.map(toInvoiceRecord);
      return { invoiceRecords, nextPageToken: nextPageToken(list, page) };
    },
  };
}
