import type {
  CreateTransferSheetResponse,
  GetTransferRecordResponse,
  GetTransferSheetResponse,
  ListTransferRecordsResponse,
  ListTransferSheetsResponse,
  SwitchTransferSheetResponse,
  TransferSheetServiceImplementation,
  UnlinkTransferRecordResponse,
  UnlinkTransferSheetResponse,
} from '../../../generated/ewallet/v1/transfer_sheet_service.js';
import type { Domain } from '../../domain/domain.js';
import { asUser } from '../../model/caller.js';
import { formatOptionalId } from '../../model/public-id.js';
import type { HandlerContext } from '../call-middleware.js';
import { readId, readOptionalId } from '../ids.js';
import { nextPageToken, readPage } from '../messages/history.js';
import { toTransferRecord } from '../messages/records.js';
import { nextOwnedToken, readOwnedPage, toTransferSheet } from '../messages/sheets.js';

/** Creates the handlers of TransferSheetService. */
export function createTransferSheetHandlers({
  transferSheets: sheets,
}: Pick<Domain, 'transferSheets'>): TransferSheetServiceImplementation<HandlerContext> {
  return {
    async createTransferSheet(
      { walletId, reference },
      { caller },
    ): Promise<CreateTransferSheetResponse> {
      const input = { ownerId: readOptionalId('wallet', walletId), reference };
      return { transferSheet: toTransferSheet(await sheets.create(asUser(caller), input)) };
    },
    async getTransferSheet({ transferSheetId }, { caller }): Promise<GetTransferSheetResponse> {
      const id = readOptionalId('transferSheet', transferSheetId);
      return { transferSheet: toTransferSheet(await sheets.get(asUser(caller), id)) };
    },
    async listTransferSheets(request, { caller }): Promise<ListTransferSheetsResponse> {
      const user = asUser(caller);
      const list = `ListTransferSheets ${user.user.id} ${request.walletId}`;
      const { ownerId, page } = readOwnedPage(list, request);
      const named = ownerId ?? readOptionalId('wallet', request.walletId);
      const found = await sheets.list(user, named, page);
      return {
        transferSheets: found.rows.map(toTransferSheet),
        nextPageToken: nextOwnedToken(list, found),
      };
    },
    async switchTransferSheet(
      { transferSheetId },
      { caller },
    ): Promise<SwitchTransferSheetResponse> {
      const id = readId('transferSheet', transferSheetId);
      return { transferSheet: toTransferSheet(await sheets.switchTo(asUser(caller), id)) };
    },
    async unlinkTransferSheet(
      { transferSheetId },
      { caller },
    ): Promise<UnlinkTransferSheetResponse> {
      const active = await sheets.unlink(asUser(caller), readId('transferSheet', transferSheetId));
      return { activeTransferSheetId: formatOptionalId('transferSheet', active) };
    },
    async getTransferRecord({ transferRecordId }, { caller }): Promise<GetTransferRecordResponse> {
      const id = readId('transferRecord', transferRecordId);
      const seen = await sheets.getRecord(asUser(caller), id);
      return { transferRecord: toTransferRecord(seen) };
    },
    async listTransferRecords(request, { caller }): Promise<ListTransferRecordsResponse> {
      const user = asUser(caller);
      const list = `ListTransferRecords ${user.user.id} ${request.transferSheetId}`;
      const sheetId = readOptionalId('transferSheet', request.transferSheetId);
      const page = await sheets.listRecords(user, sheetId, readPage(list, request));
      return {
        transferRecords: page.rows.map(toTransferRecord),
        nextPageToken: nextPageToken(list, page),
      };
    },
    async unlinkTransferRecord(
      { transferRecordId },
      { caller },
    ): Promise<UnlinkTransferRecordResponse> {
      await sheets.unlinkRecord(asUser(caller), readId('transferRecord', transferRecordId));
      return {};
    },
  };
}
