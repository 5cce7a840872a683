import { sqlValue } from './sql-values.js';
import type { Reader } from './transaction.js';

/** Where a sweep stands: the key of the last row that it has seen. */
export type ExpiredKey = { readonly expireTime: number; readonly id: bigint };

/** The next rows whose time is over, the longest expired first, after the key of another. */
export async function listExpired(
  reader: Reader,
  table: 'client_tokens' | 'session_tokens' | 'sessions',
  query: { readonly now: number; readonly after: ExpiredKey | null; readonly limit: number },
): Promise<ExpiredKey[]> {
  const { now, after, limit } = query;
  const rows: { id: bigint; expire_time: bigint }[] = await reader(table)
    .where('expire_time', '<=', now)
    .modify((builder) => {
      if (!after) return;
      builder.where((or) =>
        or
          .where('expire_time', '>', after.expireTime)
          .orWhere((and) =>
            and.where('expire_time', after.expireTime).where('id', '>', sqlValue(after.id)),
          ),
      );
    })
    .orderBy(['expire_time', 'id'])
    .limit(limit)
    .select('id', 'expire_time');
  return rows.map((row) => ({ expireTime: Number(row.expire_time), id: row.id }));
}
