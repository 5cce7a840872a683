import type { Knex } from 'knex';
import { sqlValue } from './sql-values.js';

/** A place in a list that is ordered newest first. */
export type ListPlace = { readonly createTime: number; readonly id: bigint };

/** A part of such a list: at most `limit` rows from below `before` (null: from the first). */
export type ListPart = { readonly before: ListPlace | null; readonly limit: number };

/** Orders and cuts a query on a table with `create_time` and `id`. */
export function newestFirst(query: Knex.QueryBuilder, { before, limit }: ListPart) {
  if (before) {
    query.where((older) =>
      older
        .where('create_time', '<', before.createTime)
        .orWhere((same) =>
          same.where('create_time', before.createTime).where('id', '<', sqlValue(before.id)),
        ),
    );
  }
  return query
    .orderBy([
      { column: 'create_time', order: 'desc' },
      { column: 'id', order: 'desc' },
    ])
    .limit(limit);
}
