import type { ListPage } from '../../domain/list-page.js';
import type { SheetRows } from '../../domain/sheets/sheets.js';
import { formatId } from '../../model/public-id.js';
import type { Sheet } from '../../model/sheet.js';
import { toTimestamp } from '../convert.js';
import { decodePageToken, encodePageToken, pageSizeOf } from '../page-token.js';

/** A transfer sheet. */
export function toTransferSheet(sheet: Sheet) {
  return { ...toWalletSheet(sheet), transferSheetId: formatId('transferSheet', sheet.id) };
}

/** An invoice sheet. */
export function toInvoiceSheet(sheet: Sheet) {
  return { ...toWalletSheet(sheet), invoiceSheetId: formatId('invoiceSheet', sheet.id) };
}

/** A conversion sheet. */
export function toConversionSheet(sheet: Sheet) {
  return { ...toClockSheet(sheet), conversionSheetId: formatId('conversionSheet', sheet.id) };
}

/** A time sheet. */
export function toTimeSheet(sheet: Sheet) {
  return { ...toClockSheet(sheet), timeSheetId: formatId('timeSheet', sheet.id) };
}

/** The page of a list of sheets that a request asks for. It stays with its wallet or clock. @throws PAGE_TOKEN_MISMATCH */
export function readOwnedPage(
  list: string,
  request: { readonly pageSize: number; readonly pageToken: string },
): { readonly ownerId: bigint | null; readonly page: ListPage } {
  const size = pageSizeOf(request.pageSize);
  const [ownerId, createTime, id] = decodePageToken(list, request.pageToken, 3) ?? [];
  if (ownerId === undefined || createTime === undefined || id === undefined) {
    return { ownerId: null, page: { size, before: null } };
  }
  return { ownerId, page: { size, before: { createTime: Number(createTime), id } } };
}

/** The token for the page after this one; empty at the end. */
export function nextOwnedToken(
  list: string,
  { ownerId, next }: Pick<SheetRows, 'ownerId' | 'next'>,
) {
  return encodePageToken(list, next && [ownerId, BigInt(next.createTime), next.id]);
}

function toWalletSheet(sheet: Sheet) {
  return { ...toSheetFacts(sheet), walletId: formatId('wallet', sheet.ownerId) };
}

function toClockSheet(sheet: Sheet) {
  return { ...toSheetFacts(sheet), clockId: formatId('clock', sheet.ownerId) };
}

function toSheetFacts({ reference, active, createTime, updateTime }: Sheet) {
  return {
    reference,
    active,
    createTime: toTimestamp(createTime),
    updateTime: toTimestamp(updateTime),
  };
}
