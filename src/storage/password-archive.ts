import { sqlValue } from './sql-values.js';
import type { Reader, Tx } from './transaction.js';

/** Hashes of the latest `limit` passwords that a user or master had before its present one, newest first. */
export async function listArchivedPasswords(
  reader: Reader,
  { ownerId, limit }: { readonly ownerId: bigint; readonly limit: number },
): Promise<string[]> {
  const rows: { password_hash: string }[] = await archiveOf(reader, ownerId)
    .limit(limit)
    .select('password_hash');
  return rows.map((row) => row.password_hash);
}

/** Archives a password that is being replaced, and forgets all but the latest `keep`. */
export async function archivePassword(
  tx: Tx,
  password: {
    readonly id: bigint;
    readonly ownerId: bigint;
    readonly passwordHash: string;
    readonly createTime: number;
    readonly keep: number;
  },
): Promise<void> {
  if (password.keep > 0) {
    await tx('password_archive').insert({
      id: password.id,
      owner_id: password.ownerId,
      password_hash: password.passwordHash,
      create_time: password.createTime,
    });
  }
  const rows: { id: bigint }[] = await archiveOf(tx, password.ownerId).select('id');
  const old = rows.slice(password.keep).map(({ id }) => sqlValue(id));
  if (old.length > 0) await tx('password_archive').whereIn('id', old).delete();
}

function archiveOf(reader: Reader, ownerId: bigint) {
  return reader('password_archive')
    .where('owner_id', sqlValue(ownerId))
    .orderBy([
      { column: 'create_time', order: 'desc' },
      { column: 'id', order: 'desc' },
    ]);
}
