import { type ListPart, newestFirst } from './newest-first.js';
import { sqlValue } from './sql-values.js';
import type { Reader, Tx } from './transaction.js';

/** What was done. */
export type LoginAct = 'LOGIN' | 'LOGOUT';

/** A login or logout of a user or master. Times are Unix ms. */
export type LoginRecord = {
  readonly id: bigint;
  /** The user or master. */
  readonly subjectId: bigint;
  readonly act: LoginAct;
  readonly sessionId: bigint | null;
  /** Network address of the one who did it. */
  readonly source: string;
  readonly createTime: number;
};

/** Stores records. */
export async function insertLoginRecords(tx: Tx, records: readonly LoginRecord[]): Promise<void> {
  if (records.length === 0) return;
  await tx('login_records').insert(
    records.map((record) => ({
      id: record.id,
      subject_id: record.subjectId,
      act: record.act,
      session_id: record.sessionId,
      source: record.source.slice(0, 64),
      create_time: record.createTime,
    })),
  );
}

/** The logins or logouts of a user or master, newest first. */
export async function listLoginRecords(
  reader: Reader,
  query: ListPart & { readonly subjectId: bigint; readonly act: LoginAct },
): Promise<LoginRecord[]> {
  const rows = await newestFirst(
    reader('login_records').where({ subject_id: sqlValue(query.subjectId), act: query.act }),
    query,
  ).select('id', 'subject_id', 'act', 'session_id', 'source', 'create_time');
  return rows.map((row: Record<string, unknown>) => ({
    id: row.id as bigint,
    subjectId: row.subject_id as bigint,
    act: row.act as LoginAct,
    sessionId: row.session_id as bigint | null,
    source: row.source as string,
    createTime: Number(row.create_time),
  }));
}

/** Erases the records of a user or master. */
export async function eraseLoginRecords(tx: Tx, subjectId: bigint): Promise<void> {
  await tx('login_records').where('subject_id', sqlValue(subjectId)).delete();
}

/** Deletes up to `limit` records that are older than `before`, and tells how many. */
export async function deleteOldLoginRecords(
  tx: Tx,
  { before, limit }: { readonly before: number; readonly limit: number },
): Promise<number> {
  const rows: { id: bigint }[] = await tx('login_records')
    .where('create_time', '<', before)
    .orderBy('create_time')
    .limit(limit)
    .select('id');
  const ids = rows.map(({ id }) => sqlValue(id));
  if (ids.length > 0) await tx('login_records').whereIn('id', ids).delete();
  return ids.length;
}
