import { formatPageToken, pageLimit, parsePageToken } from '../pages.js';

/** A page of a history (entries or records, newest first) as it is asked for. */
export type PageInput = {
  /** 0 for the default. */
  readonly pageSize: number;
  /** Empty for the first page. */
  readonly pageToken: string;
};

/** A page of a history. */
export type Page<T> = {
  readonly rows: readonly T[];
  /** Empty at the end. */
  readonly nextPageToken: string;
};

/** Where a page begins: whose history it is, and the version of the ledger account that it is below. */
export type Position = { readonly ownerId: bigint; readonly version: bigint };

/**
 * Reads a page request of the list named. The token stays with its owner (a wallet or sheet), also when another one became the
 * active one meanwhile.
 *
 * @throws PAGE_TOKEN_MISMATCH
 */
export function readPage(list: string, page: PageInput): { before: Position | null; size: number } {
  const [ownerId, version] = parsePageToken(list, page.pageToken);
  const size = pageLimit(page.pageSize);
  if (ownerId === undefined || version === undefined) return { before: null, size };
  return { before: { ownerId, version }, size };
}

/** Cuts `rows`, read one beyond `size`, to a page whose token begins below its last row. */
export function cutPage<T>(
  list: string,
  rows: readonly T[],
  size: number,
  position: (row: T) => Position,
): Page<T> {
  const page = rows.slice(0, size);
  const last = page.at(-1);
  if (rows.length <= size || last === undefined) return { rows: page, nextPageToken: '' };
  const { ownerId, version } = position(last);
  return { rows: page, nextPageToken: formatPageToken(list, [ownerId, version]) };
}
