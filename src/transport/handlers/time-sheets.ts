import type {
  CreateTimeSheetResponse,
  GetTimeRecordResponse,
  GetTimeSheetResponse,
  ListTimeRecordsResponse,
  ListTimeSheetsResponse,
  SwitchTimeSheetResponse,
  TimeSheetServiceImplementation,
  UnlinkTimeRecordResponse,
  UnlinkTimeSheetResponse,
} from '../../../generated/ewallet/v1/time_sheet_service.js';
import type { Domain } from '../../domain/domain.js';
import { asUser } from '../../model/caller.js';
import { formatOptionalId } from '../../model/public-id.js';
import type { HandlerContext } from '../call-middleware.js';
import { readId, readOptionalId } from '../ids.js';
import { toTimeRecord } from '../messages/clock-records.js';
import { nextPageToken, readPage } from '../messages/history.js';
import { nextOwnedToken, readOwnedPage, toTimeSheet } from '../messages/sheets.js';

/** Creates the handlers of TimeSheetService. */
export function createTimeSheetHandlers({
  timeSheets: sheets,
}: Pick<Domain, 'timeSheets'>): TimeSheetServiceImplementation<HandlerContext> {
  return {
    async createTimeSheet({ clockId, reference }, { caller }): Promise<CreateTimeSheetResponse> {
      const input = { ownerId: readOptionalId('clock', clockId), reference };
      return { timeSheet: toTimeSheet(await sheets.create(asUser(caller), input)) };
    },
    async getTimeSheet({ timeSheetId }, { caller }): Promise<GetTimeSheetResponse> {
      const id = readOptionalId('timeSheet', timeSheetId);
      return { timeSheet: toTimeSheet(await sheets.get(asUser(caller), id)) };
    },
    async listTimeSheets(request, { caller }): Promise<ListTimeSheetsResponse> {
      const user = asUser(caller);
      const list = `ListTimeSheets ${user.user.id} ${request.clockId}`;
      const { ownerId, page } = readOwnedPage(list, request);
      const named = ownerId ?? readOptionalId('clock', request.clockId);
      const found = await sheets.list(user, named, page);
      return {
        timeSheets: found.rows.map(toTimeSheet),
        nextPageToken: nextOwnedToken(list, found),
      };
    },
    async switchTimeSheet({ timeSheetId }, { caller }): Promise<SwitchTimeSheetResponse> {
      const id = readId('timeSheet', timeSheetId);
      return { timeSheet: toTimeSheet(await sheets.switchTo(asUser(caller), id)) };
    },
    async unlinkTimeSheet({ timeSheetId }, { caller }): Promise<UnlinkTimeSheetResponse> {
      const active = await sheets.unlink(asUser(caller), readId('timeSheet', timeSheetId));
      return { activeTimeSheetId: formatOptionalId('timeSheet', active) };
    },
    async getTimeRecord({ timeRecordId }, { caller }): Promise<GetTimeRecordResponse> {
      const id = readId('timeRecord', timeRecordId);
      const seen = await sheets.getRecord(asUser(caller), id);
      return { timeRecord: toTimeRecord(seen) };
    },
    async listTimeRecords(request, { caller }): Promise<ListTimeRecordsResponse> {
      const user = asUser(caller);
      const list = `ListTimeRecords ${user.user.id} ${request.timeSheetId}`;
      const sheetId = readOptionalId('timeSheet', request.timeSheetId);
      const page = await sheets.listRecords(user, sheetId, readPage(list, request));
      return {
        timeRecords: page.rows.map(toTimeRecord),
        nextPageToken: nextPageToken(list, page),
      };
    },
    async unlinkTimeRecord({ timeRecordId }, { caller }): Promise<UnlinkTimeRecordResponse> {
      await sheets.unlinkRecord(asUser(caller), readId('timeRecord', timeRecordId));
      return {};
    },
  };
}
