import type {
  CreateInvoiceSheetResponse,
  GetInvoiceRecordResponse,
  GetInvoiceSheetResponse,
  InvoiceSheetServiceImplementation,
  ListInvoiceRecordsResponse,
  ListInvoiceSheetsResponse,
  SwitchInvoiceSheetResponse,
  UnlinkInvoiceRecordResponse,
  UnlinkInvoiceSheetResponse,
} from '../../../generated/ewallet/v1/invoice_sheet_service.js';
import type { Domain } from '../../domain/domain.js';
import { asUser } from '../../model/caller.js';
import { formatOptionalId } from '../../model/public-id.js';
import type { HandlerContext } from '../call-middleware.js';
import { readId, readOptionalId } from '../ids.js';
import { nextPageToken, readPage } from '../messages/history.js';
import { toInvoiceRecord } from '../messages/records.js';
import { nextOwnedToken, readOwnedPage, toInvoiceSheet } from '../messages/sheets.js';

/** Creates the handlers of InvoiceSheetService. */
export function createInvoiceSheetHandlers({
  invoiceSheets: sheets,
}: Pick<Domain, 'invoiceSheets'>): InvoiceSheetServiceImplementation<HandlerContext> {
  return {
    async createInvoiceSheet(
      { walletId, reference },
      { caller },
    ): Promise<CreateInvoiceSheetResponse> {
      const input = { ownerId: readOptionalId('wallet', walletId), reference };
      return { invoiceSheet: toInvoiceSheet(await sheets.create(asUser(caller), input)) };
    },
    async getInvoiceSheet({ invoiceSheetId }, { caller }): Promise<GetInvoiceSheetResponse> {
      const id = readOptionalId('invoiceSheet', invoiceSheetId);
      return { invoiceSheet: toInvoiceSheet(await sheets.get(asUser(caller), id)) };
    },
    async listInvoiceSheets(request, { caller }): Promise<ListInvoiceSheetsResponse> {
      const user = asUser(caller);
      const list = `ListInvoiceSheets ${user.user.id} ${request.walletId}`;
      const { ownerId, page } = readOwnedPage(list, request);
      const named = ownerId ?? readOptionalId('wallet', request.walletId);
      const found = await sheets.list(user, named, page);
      return {
        invoiceSheets: found.rows.map(toInvoiceSheet),
        nextPageToken: nextOwnedToken(list, found),
      };
    },
    async switchInvoiceSheet({ invoiceSheetId }, { caller }): Promise<SwitchInvoiceSheetResponse> {
      const id = readId('invoiceSheet', invoiceSheetId);
      return { invoiceSheet: toInvoiceSheet(await sheets.switchTo(asUser(caller), id)) };
    },
    async unlinkInvoiceSheet({ invoiceSheetId }, { caller }): Promise<UnlinkInvoiceSheetResponse> {
      const active = await sheets.unlink(asUser(caller), readId('invoiceSheet', invoiceSheetId));
      return { activeInvoiceSheetId: formatOptionalId('invoiceSheet', active) };
    },
    async getInvoiceRecord({ invoiceRecordId }, { caller }): Promise<GetInvoiceRecordResponse> {
      const id = readId('invoiceRecord', invoiceRecordId);
      const seen = await sheets.getRecord(asUser(caller), id);
      return { invoiceRecord: toInvoiceRecord(seen) };
    },
    async listInvoiceRecords(request, { caller }): Promise<ListInvoiceRecordsResponse> {
      const user = asUser(caller);
      const list = `ListInvoiceRecords ${user.user.id} ${request.invoiceSheetId}`;
      const sheetId = readOptionalId('invoiceSheet', request.invoiceSheetId);
      const page = await sheets.listRecords(user, sheetId, readPage(list, request));
      return {
        invoiceRecords: page.rows.map(toInvoiceRecord),
        nextPageToken: nextPageToken(list, page),
      };
    },
    async unlinkInvoiceRecord(
      { invoiceRecordId },
      { caller },
    ): Promise<UnlinkInvoiceRecordResponse> {
      await sheets.unlinkRecord(asUser(caller), readId('invoiceRecord', invoiceRecordId));
      return {};
    },
  };
}
