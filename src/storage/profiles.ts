import type { Profile } from '../model/master.js';
import { sqlValue } from './sql-values.js';
import type { Reader, Tx } from './transaction.js';

/** What of a profile changes, with the unique forms of what must be unique. Absent parts stay as they are. */
export type ProfileChange = Partial<Profile> & {
  readonly nameKey?: Buffer;
  readonly emailKey?: Buffer;
  /** Masters only. */
  readonly company?: string;
  readonly address?: string;
};

/** A password as it is stored, of somebody who is not removed. */
export type StoredPassword = {
  readonly id: bigint;
  readonly masterId: bigint;
  readonly emailKey: Buffer;
  readonly passwordHash: string;
};

/**
 * Changes the profile of a user or master. False when there is none.
 *
 * @throws StorageError 'duplicate' with the key of the name or e-mail.
 */
export async function updateProfile(
  tx: Tx,
  table: 'users' | 'masters',
  id: bigint,
  change: ProfileChange & { readonly updateTime: number },
): Promise<boolean> {
  const { nameKey, emailKey, updateTime, ...texts } = change;
  const updated = await tx(table)
    .where('id', sqlValue(id))
    .whereNull('remove_time')
    .update({ ...texts, name_key: nameKey, email_key: emailKey, update_time: updateTime });
  return updated > 0;
}

/** The password of a user. */
export async function findUserPassword(
  reader: Reader,
  key: { readonly id: bigint; readonly masterId: bigint },
): Promise<StoredPassword | undefined> {
  const row = await reader('users')
    .where({ id: sqlValue(key.id), master_id: sqlValue(key.masterId) })
    .first('id', 'master_id', 'email_key', 'password_hash');
  return row && toPassword(row);
}

/** The password of a master, found by its id or its normalised e-mail. */
export async function findMasterPassword(
  reader: Reader,
  key: { readonly id: bigint } | { readonly emailKey: Buffer },
): Promise<StoredPassword | undefined> {
  const where = 'id' in key ? { id: sqlValue(key.id) } : { email_key: key.emailKey };
  const row = await reader('masters')
    .where(where)
    .whereNull('remove_time')
    .first('id', { master_id: 'id' }, 'email_key', 'password_hash');
  return row && toPassword(row);
}

/** Locks a user or master as long as its password is still the one of this hash. */
export async function lockPassword(
  tx: Tx,
  table: 'users' | 'masters',
  { id, passwordHash }: { readonly id: bigint; readonly passwordHash: string },
): Promise<boolean> {
  const row = await tx(table)
    .where({ id: sqlValue(id), password_hash: passwordHash, remove_time: null })
    .forUpdate()
    .first('id');
  return row !== undefined;
}

/** Sets the password of a user or master that the transaction has locked. */
export async function updatePassword(
  tx: Tx,
  table: 'users' | 'masters',
  change: { readonly id: bigint; readonly passwordHash: string; readonly updateTime: number },
): Promise<void> {
  await tx(table)
    .where('id', sqlValue(change.id))
    .update({ password_hash: change.passwordHash, update_time: change.updateTime });
}

function toPassword(row: {
  id: bigint;
  master_id: bigint;
  email_key: Buffer;
  password_hash: string;
}): StoredPassword {
  return {
    id: row.id,
    masterId: row.master_id,
    emailKey: row.email_key,
    passwordHash: row.password_hash,
  };
}
