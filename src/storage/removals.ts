import { sqlValue } from './sql-values.js';
import type { Reader, Tx } from './transaction.js';

/** Where a sweep stands: the key of the last row that it has seen. */
export type DueKey = { readonly unlinkTime: number; readonly id: bigint };

/** The next users or masters that were unlinked at or before a time, the longest first. Those that were removed meanwhile are no more. */
export async function listDue(
  reader: Reader,
  table: 'users' | 'masters',
  query: { readonly until: number; readonly after: DueKey | null; readonly limit: number },
): Promise<DueKey[]> {
  const { until, after, limit } = query;
  const rows: { id: bigint; unlink_time: bigint }[] = await reader(table)
    .where('unlink_time', '<=', until)
    .modify((builder) => {
      if (!after) return;
      builder.where((or) =>
        or
          .where('unlink_time', '>', after.unlinkTime)
          .orWhere((and) =>
            and.where('unlink_time', after.unlinkTime).where('id', '>', sqlValue(after.id)),
          ),
      );
    })
    .orderBy(['unlink_time', 'id'])
    .limit(limit)
    .select('id', 'unlink_time');
  return rows.map((row) => ({ unlinkTime: Number(row.unlink_time), id: row.id }));
}

/** The next users of a master, by id. */
export async function listUserIds(
  reader: Reader,
  query: { readonly masterId: bigint; readonly after: bigint; readonly limit: number },
): Promise<bigint[]> {
  const rows: { id: bigint }[] = await reader('users')
    .where('master_id', sqlValue(query.masterId))
    .where('id', '>', sqlValue(query.after))
    .orderBy('id')
    .limit(query.limit)
    .select('id');
  return rows.map(({ id }) => id);
}

/** The next operations that moved something on an account, by version, from above `after`. */
export async function listOperationsOf(
  reader: Reader,
  query: {
    readonly accountId: bigint;
    readonly side: 'debit' | 'credit';
    readonly after: bigint;
    readonly limit: number;
  },
): Promise<{ operationId: bigint; version: bigint }[]> {
  const { side } = query;
  const rows: { operation_id: bigint; version: bigint }[] = await reader('ledger_entries')
    .where(`${side}_account_id`, sqlValue(query.accountId))
    .where(`${side}_version`, '>', sqlValue(query.after))
    .orderBy(`${side}_version`)
    .limit(query.limit)
    .select('operation_id', { version: `${side}_version` });
  return rows.map((row) => ({ operationId: row.operation_id, version: row.version }));
}

/** Erases the notes of those of the operations that this user asked for; null for those that no user did. */
export async function eraseNotes(
  tx: Tx,
  operationIds: readonly bigint[],
  userId: bigint | null,
): Promise<void> {
  const rows: { id: bigint }[] = await tx('operations')
    .whereIn('id', operationIds.map(sqlValue))
    .where('user_id', userId === null ? null : sqlValue(userId))
    .select('id');
  if (rows.length === 0) return;
  await tx('operation_notes')
    .whereIn(
      'operation_id',
      rows.map(({ id }) => sqlValue(id)),
    )
    .delete();
}

/** Logs a user out of every session but `keptSessionId`. Returns the sessions that it was logged in on. */
export async function deleteUserLogins(
  tx: Tx,
  { userId, keptSessionId }: { readonly userId: bigint; readonly keptSessionId: bigint | null },
): Promise<bigint[]> {
  const rows: { session_id: bigint }[] = await tx('session_users')
    .where('user_id', sqlValue(userId))
    .whereNot('session_id', sqlValue(keptSessionId ?? 0n))
    .orderBy('session_id')
    .select('session_id');
  const ids = rows.map(({ session_id }) => session_id);
  if (ids.length === 0) return ids;
  await tx('sessions')
    .whereIn('id', ids.map(sqlValue))
    .where('active_user_id', sqlValue(userId))
    .update({ active_user_id: null });
  await tx('session_users')
    .whereIn('session_id', ids.map(sqlValue))
    .where('user_id', sqlValue(userId))
    .delete();
  return ids;
}

/** Deletes a user whose accounts are closed, and the texts that it gave to what stays. False when it was done before. */
export async function deleteUser(
  tx: Tx,
  user: { readonly id: bigint; readonly masterId: bigint },
  now: number,
): Promise<boolean> {
  const userId = sqlValue(user.id);
  const deleted = await tx('users').where('id', userId).whereNotNull('remove_time').delete();
  if (deleted === 0) return false;
  await tx('wallets').where('user_id', userId).update({ reference: '' });
  await tx('clocks').where('user_id', userId).update({ reference: '' });
  await tx('sheets').where('user_id', userId).update({ reference: '' });
  await tx('masters')
    .where('id', sqlValue(user.masterId))
    .where('subordinate_count', '>', 0)
    .update({ subordinate_count: tx.raw('subordinate_count - 1'), update_time: now });
  return true;
}

/**
 * Blanks a master whose accounts are closed: its row stays as the owner of ledger accounts. Its keys go, and no client token has it any
 * more. The unique keys become what no name or e-mail can be: bytes that are no text. False when it was done before.
 */
export async function blankMaster(tx: Tx, id: bigint, now: number): Promise<boolean> {
  const blank = Buffer.from(`\u00ff${id}`, 'latin1');
  const blanked = await tx('masters')
    .where('id', sqlValue(id))
    .whereNotNull('remove_time')
    .whereNot('email_key', blank)
    .update({
      name: '',
      name_key: blank,
      email: '',
      email_key: blank,
      phone: '',
      alias: '',
      company: '',
      address: '',
      password_hash: '',
      // It waits for no cleaner any more.
      unlink_time: null,
      update_time: now,
    });
  if (blanked === 0) return false;
  await tx('master_keys').where('master_id', sqlValue(id)).delete();
  await tx('client_tokens')
    .where('acquired_master_id', sqlValue(id))
    .update({ acquired_master_id: null, update_time: now });
  return true;
}

/** E-mail, as its unique form, of a master that is to be blanked; undefined when it was. */
export async function findMasterEmailKey(reader: Reader, id: bigint): Promise<Buffer | undefined> {
  const row = await reader('masters').where('id', sqlValue(id)).first('email_key');
  const key: Buffer | undefined = row?.email_key;
  return key?.[0] === 0xff ? undefined : key;
}
