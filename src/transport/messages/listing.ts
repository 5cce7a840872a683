import type { LoginRecord as LoginRecordMessage } from '../../../generated/ewallet/v1/account_service.js';
import type { AcquiredClientToken } from '../../../generated/ewallet/v1/master_service.js';
import type { ListPage, ListRows } from '../../domain/list-page.js';
import { formatId, formatOptionalId } from '../../model/public-id.js';
import type { ClientToken } from '../../model/session.js';
import type { LoginRecord } from '../../storage/login-records.js';
import { toTimestamp } from '../convert.js';
import { decodePageToken, encodePageToken, pageSizeOf } from '../page-token.js';

/** The page that a request asks for of a list that is ordered newest first. @throws PAGE_TOKEN_MISMATCH */
export function readListPage(
  list: string,
  { pageSize, pageToken }: { readonly pageSize: number; readonly pageToken: string },
): ListPage {
  const [createTime, id] = decodePageToken(list, pageToken, 2) ?? [];
  const begins = createTime !== undefined && id !== undefined;
  return {
    size: pageSizeOf(pageSize),
    before: begins ? { createTime: Number(createTime), id } : null,
  };
}

/** The token for the page after this one; empty at the end. */
export function nextListToken(list: string, { next }: ListRows<unknown>): string {
  return encodePageToken(list, next && [BigInt(next.createTime), next.id]);
}

/** A page of logins or logouts. */
export function toLoginRecords(list: string, page: ListRows<LoginRecord>) {
  const loginRecords = page.rows.map(toLoginRecord);
  return { loginRecords, nextPageToken: nextListToken(list, page) };
}

/** A client token that has acquired a master. */
export function toAcquiredClientToken(token: ClientToken): AcquiredClientToken {
  return {
    clientTokenId: formatId('clientToken', token.id),
    sessionId: formatOptionalId('session', token.sessionId),
    createTime: toTimestamp(token.createTime),
    updateTime: toTimestamp(token.updateTime),
    expireTime: toTimestamp(token.expireTime),
  };
}

function toLoginRecord(record: LoginRecord): LoginRecordMessage {
  return {
    loginRecordId: formatId('loginRecord', record.id),
    sessionId: formatOptionalId('session', record.sessionId),
    source: record.source,
    createTime: toTimestamp(record.createTime),
  };
}
