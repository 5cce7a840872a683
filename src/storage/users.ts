import type { User } from '../model/account.js';
import { type ListPart, newestFirst } from './newest-first.js';
import { numberOrNull } from './numbers.js';
import { sqlValue } from './sql-values.js';
import type { Reader, Tx } from './transaction.js';

const columns = [
  'id',
  'master_id',
  'name',
  'email',
  'phone',
  'alias',
  'active_wallet_id',
  'active_contact_list_id',
  'unlink_time',
  'create_time',
  'update_time',
];

/** What is stored of a user beside what may be told: the unique forms and the password's hash. */
export type UserSecrets = {
  readonly nameKey: Buffer;
  readonly emailKey: Buffer;
  readonly passwordHash: string;
};

/**
 * Stores a new user.
 *
 * @throws StorageError 'duplicate' with key `users_master_id_name_key_unique` or `users_master_id_email_key_unique`.
 */
export async function insertUser(tx: Tx, user: User, secrets: UserSecrets): Promise<void> {
  await tx('users').insert({
    id: user.id,
    master_id: user.masterId,
    name: user.name,
    name_key: secrets.nameKey,
    email: user.email,
    email_key: secrets.emailKey,
    phone: user.phone,
    alias: user.alias,
    password_hash: secrets.passwordHash,
    active_wallet_id: user.activeWalletId,
    active_contact_list_id: user.activeContactListId,
    unlink_time: user.unlinkTime,
    create_time: user.createTime,
    update_time: user.updateTime,
  });
}

/** The user of this id under this master. */
export async function findUser(
  reader: Reader,
  key: { readonly id: bigint; readonly masterId: bigint },
): Promise<User | undefined> {
  const row = await reader('users').where({ id: key.id, master_id: key.masterId }).first(columns);
  return row && toUser(row);
}

/** The users of a master, newest first. */
export async function listUsers(
  reader: Reader,
  query: ListPart & { readonly masterId: bigint },
): Promise<User[]> {
  const users = reader('users').where('master_id', sqlValue(query.masterId));
  return (await newestFirst(users, query).select(columns)).map(toUser);
}

/** Id and password hash of the user with this e-mail under this master. */
export async function findUserLogin(
  reader: Reader,
  key: { readonly masterId: bigint; readonly emailKey: Buffer },
): Promise<{ id: bigint; passwordHash: string } | undefined> {
  const row = await reader('users')
    .where({ master_id: key.masterId, email_key: key.emailKey })
    .first('id', 'password_hash');
  return row && { id: row.id, passwordHash: row.password_hash };
}

/** Locks a user as long as its password is still the one of this hash. */
export async function lockUserLogin(
  tx: Tx,
  login: { readonly id: bigint; readonly passwordHash: string },
): Promise<User | undefined> {
  const row = await tx('users')
    .where({ id: login.id, password_hash: login.passwordHash })
    .forUpdate()
    .first(columns);
  return row && toUser(row);
}

type UserRow = {
  id: bigint;
  master_id: bigint;
  name: string;
  email: string;
  phone: string;
  alias: string;
  active_wallet_id: bigint | null;
  active_contact_list_id: bigint | null;
  unlink_time: bigint | null;
  create_time: bigint;
  update_time: bigint;
};

function toUser(row: UserRow): User {
  return {
    id: row.id,
    masterId: row.master_id,
    name: row.name,
    email: row.email,
    phone: row.phone,
    alias: row.alias,
    activeWalletId: row.active_wallet_id,
    activeContactListId: row.active_contact_list_id,
    unlinkTime: numberOrNull(row.unlink_time),
    createTime: Number(row.create_time),
    updateTime: Number(row.update_time),
  };
}
