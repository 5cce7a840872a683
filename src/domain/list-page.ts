import type { ListPlace } from '../storage/newest-first.js';

/** Which page of a list that is ordered newest first. */
export type ListPage = { readonly size: number; readonly before: ListPlace | null };

/** A page of such a list; `next` is null at the end. */
export type ListRows<T> = { readonly rows: readonly T[]; readonly next: ListPlace | null };

/** Cuts rows, read one beyond `size`, to a page. */
export function cutList<T extends ListPlace>(rows: readonly T[], size: number): ListRows<T> {
  const page = rows.slice(0, size);
  const last = page.at(-1);
  const next = rows.length > size && last ? { createTime: last.createTime, id: last.id } : null;
  return { rows: page, next };
}
