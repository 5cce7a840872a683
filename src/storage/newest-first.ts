import type { Knex } from 'knex';
import { sqlValue } from './sql-values.js';

/** A place in a list that is ordered newest first. */
export type ListPlace = { readonly createTime: number; readonly id: bigint };

/** A part of such a list: at most `limit` rows from below `before` (null: from the first). */
export type ListPart = { readonly before: ListPlace | null; readonly limit: number };

/** Orders and cuts a query on a table with `create_time` and `id`. `table` is its alias, where others are joined that have these, too. */
export function newestFirst<Q extends Knex.QueryBuilder>(
  query: Q,
  { before, limit }: ListPart,
  table?: string,
): Q {
  const [createTime, id] = ['create_time', 'id'].map((name) => (table ? `${table}.${name}` : name));
  if (!createTime || !id) throw new Error('A list is ordered by two columns.');
  if (before) {
    query.where((older) =>
      older
        .where(createTime, '<', before.createTime)
        .orWhere((same) =>
          same.where(createTime, before.createTime).where(id, '<', sqlValue(before.id)),
        ),
    );
  }
  query
    .orderBy([
      { column: createTime, order: 'desc' },
      { column: id, order: 'desc' },
    ])
    .limit(limit);
  return query;
}
