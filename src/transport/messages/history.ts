import type { Page, PageRequest } from '../../domain/sheets/history.js';
import { decodePageToken, encodePageToken, pageSizeOf } from '../page-token.js';

/** The page of a history that a request asks for. @throws PAGE_TOKEN_MISMATCH */
export function readPage(
  list: string,
  request: { readonly pageSize: number; readonly pageToken: string },
): PageRequest {
  const size = pageSizeOf(request.pageSize);
  const [ownerId, version] = decodePageToken(list, request.pageToken, 2) ?? [];
  const begins = ownerId !== undefined && version !== undefined;
  return { before: begins ? { ownerId, version } : null, size };
}

/** The token for the page after this one; empty at the end. */
export function nextPageToken(list: string, { next }: Page<unknown>): string {
  return encodePageToken(list, next && [next.ownerId, next.version]);
}
