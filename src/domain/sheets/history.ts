/** Where a page of a history begins: whose history it is, and the version of the ledger account that it is below. */
export type Position = { readonly ownerId: bigint; readonly version: bigint };

/** A page of a history (entries or records, newest first) as it is asked for. */
export type PageRequest = {
  /**
   * Where the page before ended; null for the first page. It stays with its owner (a wallet or sheet), also when another one became
   * the active one meanwhile.
   */
  readonly before: Position | null;
  readonly size: number;
};

/** A page of a history; `next` is null at the end. */
export type Page<T> = { readonly rows: readonly T[]; readonly next: Position | null };

/** Cuts `rows`, read one beyond `size`, to a page. */
export function cutPage<T>(
  rows: readonly T[],
  size: number,
  position: (row: T) => Position,
): Page<T> {
  const page = rows.slice(0, size);
  const last = page.at(-1);
  return { rows: page, next: rows.length > size && last ? position(last) : null };
}
