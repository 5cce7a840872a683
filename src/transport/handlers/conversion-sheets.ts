import type {
  ConversionSheetServiceImplementation,
  CreateConversionSheetResponse,
  GetConversionRecordResponse,
  GetConversionSheetResponse,
  ListConversionRecordsResponse,
  ListConversionSheetsResponse,
  SwitchConversionSheetResponse,
  UnlinkConversionRecordResponse,
  UnlinkConversionSheetResponse,
} from '../../../generated/ewallet/v1/conversion_sheet_service.js';
import type { Domain } from '../../domain/domain.js';
import { asUser } from '../../model/caller.js';
import { formatOptionalId } from '../../model/public-id.js';
import type { HandlerContext } from '../call-middleware.js';
import { readId, readOptionalId } from '../ids.js';
import { toConversionRecord } from '../messages/clock-records.js';
import { nextPageToken, readPage } from '../messages/history.js';
import { nextOwnedToken, readOwnedPage, toConversionSheet } from '../messages/sheets.js';

/** Creates the handlers of ConversionSheetService. */
export function createConversionSheetHandlers({
  conversionSheets: sheets,
}: Pick<Domain, 'conversionSheets'>): ConversionSheetServiceImplementation<HandlerContext> {
  return {
    async createConversionSheet(
      { clockId, reference },
      { caller },
    ): Promise<CreateConversionSheetResponse> {
      const input = { ownerId: readOptionalId('clock', clockId), reference };
      return { conversionSheet: toConversionSheet(await sheets.create(asUser(caller), input)) };
    },
    async getConversionSheet(
      { conversionSheetId },
      { caller },
    ): Promise<GetConversionSheetResponse> {
      const id = readOptionalId('conversionSheet', conversionSheetId);
      return { conversionSheet: toConversionSheet(await sheets.get(asUser(caller), id)) };
    },
    async listConversionSheets(request, { caller }): Promise<ListConversionSheetsResponse> {
      const user = asUser(caller);
      const list = `ListConversionSheets ${user.user.id} ${request.clockId}`;
      const { ownerId, page } = readOwnedPage(list, request);
      const named = ownerId ?? readOptionalId('clock', request.clockId);
      const found = await sheets.list(user, named, page);
      return {
        conversionSheets: found.rows.map(toConversionSheet),
        nextPageToken: nextOwnedToken(list, found),
      };
    },
    async switchConversionSheet(
      { conversionSheetId },
      { caller },
    ): Promise<SwitchConversionSheetResponse> {
      const id = readId('conversionSheet', conversionSheetId);
      return { conversionSheet: toConversionSheet(await sheets.switchTo(asUser(caller), id)) };
    },
    async unlinkConversionSheet(
      { conversionSheetId },
      { caller },
    ): Promise<UnlinkConversionSheetResponse> {
      const active = await sheets.unlink(
        asUser(caller),
        readId('conversionSheet', conversionSheetId),
      );
      return { activeConversionSheetId: formatOptionalId('conversionSheet', active) };
    },
    async getConversionRecord(
      { conversionRecordId },
      { caller },
    ): Promise<GetConversionRecordResponse> {
      const id = readId('conversionRecord', conversionRecordId);
      const seen = await sheets.getRecord(asUser(caller), id);
      return { conversionRecord: toConversionRecord(seen) };
    },
    async listConversionRecords(request, { caller }): Promise<ListConversionRecordsResponse> {
      const user = asUser(caller);
      const list = `ListConversionRecords ${user.user.id} ${request.conversionSheetId}`;
      const sheetId = readOptionalId('conversionSheet', request.conversionSheetId);
      const page = await sheets.listRecords(user, sheetId, readPage(list, request));
      return {
        conversionRecords: page.rows.map(toConversionRecord),
        nextPageToken: nextPageToken(list, page),
      };
    },
    async unlinkConversionRecord(
      { conversionRecordId },
      { caller },
    ): Promise<UnlinkConversionRecordResponse> {
      await sheets.unlinkRecord(asUser(caller), readId('conversionRecord', conversionRecordId));
      return {};
    },
  };
}
