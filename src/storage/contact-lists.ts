import type { ContactList } from '../model/contact.js';
import { type ListPart, newestFirst } from './newest-first.js';
import { sqlValue } from './sql-values.js';
import type { Reader, Tx } from './transaction.js';

/** A list, found only if it is the user's. */
export type ContactListKey = { readonly id: bigint; readonly userId: bigint };

type ListRow = {
  id: bigint;
  user_id: bigint;
  reference: string;
  record_count: bigint;
  create_time: bigint;
  update_time: bigint;
};

const columns = ['id', 'user_id', 'reference', 'record_count', 'create_time', 'update_time'];

/**
 * Locks the user that contacts are written for, so that its writes come one after another, and tells its active list. Undefined when the
 * user is removed.
 */
export async function lockContactOwner(
  tx: Tx,
  userId: bigint,
): Promise<{ activeListId: bigint | null } | undefined> {
  const row = await tx('users')
    .where('id', sqlValue(userId))
    .whereNull('remove_time')
    .forUpdate()
    .first<{ active_contact_list_id: bigint | null } | undefined>('active_contact_list_id');
  return row && { activeListId: row.active_contact_list_id };
}

/** The active list of a user; null when none is. */
export async function findActiveContactListId(
  reader: Reader,
  userId: bigint,
): Promise<bigint | null> {
  const row = await reader('users')
    .where('id', sqlValue(userId))
    .first<{ active_contact_list_id: bigint | null } | undefined>('active_contact_list_id');
  return row?.active_contact_list_id ?? null;
}

/** Makes a list the active one of the locked user; null makes none active. */
export async function setActiveContactList(
  tx: Tx,
  { userId, id }: { readonly userId: bigint; readonly id: bigint | null },
): Promise<void> {
  await tx('users')
    .where('id', sqlValue(userId))
    .update({ active_contact_list_id: sqlValue(id) });
}

/** Stores a new list. */
export async function insertContactList(tx: Tx, list: ContactList): Promise<void> {
  await tx('contact_lists').insert({
    id: list.id,
    user_id: list.userId,
    reference: list.reference,
    record_count: list.recordCount,
    create_time: list.createTime,
    update_time: list.updateTime,
  });
}

/** The list. */
export async function findContactList(
  reader: Reader,
  key: ContactListKey,
): Promise<ContactList | undefined> {
  const row: ListRow | undefined = await reader('contact_lists').where(where(key)).first(columns);
  return row && toList(row);
}

/** The lists of a user, newest first. */
export async function listContactLists(
  reader: Reader,
  query: ListPart & { readonly userId: bigint },
): Promise<ContactList[]> {
  const lists = reader('contact_lists').where('user_id', sqlValue(query.userId));
  return (await newestFirst(lists, query).select(columns)).map(toList);
}

/** The oldest list of a user; undefined when there is none. */
export async function findOldestContactListId(
  reader: Reader,
  userId: bigint,
): Promise<bigint | undefined> {
  const row = await reader('contact_lists')
    .where('user_id', sqlValue(userId))
    .orderBy(['create_time', 'id'])
    .first<{ id: bigint } | undefined>('id');
  return row?.id;
}

/** How many lists a user has. */
export async function countContactLists(reader: Reader, userId: bigint): Promise<number> {
  const row = await reader('contact_lists')
    .where('user_id', sqlValue(userId))
    .count<{ count: bigint }[]>({ count: '*' });
  return Number(row[0]?.count ?? 0n);
}

/** Notes that something on the list changed, and how many there are more of it. */
export async function touchContactList(
  tx: Tx,
  change: { readonly id: bigint; readonly by: number; readonly updateTime: number },
): Promise<void> {
  await tx('contact_lists')
    .where('id', sqlValue(change.id))
    .update({
      record_count: tx.raw('record_count + ?', [change.by]),
      update_time: change.updateTime,
    });
}

/** Deletes a list with everything on it. False when there is none. */
export async function deleteContactList(tx: Tx, key: ContactListKey): Promise<boolean> {
  const deleted = await tx('contact_lists').where(where(key)).delete();
  if (deleted === 0) return false;
  await tx('contact_records').where('list_id', sqlValue(key.id)).delete();
  return true;
}

/** Erases the address book of a removed user. What others wrote down about it is theirs. */
export async function eraseContacts(tx: Tx, userId: bigint): Promise<void> {
  await tx('contact_lists').where('user_id', sqlValue(userId)).delete();
  await tx('contact_records').where('user_id', sqlValue(userId)).delete();
}

function where({ id, userId }: ContactListKey) {
  return { id: sqlValue(id), user_id: sqlValue(userId) };
}

function toList(row: ListRow): ContactList {
  return {
    id: row.id,
    userId: row.user_id,
    reference: row.reference,
    recordCount: Number(row.record_count),
    createTime: Number(row.create_time),
    updateTime: Number(row.update_time),
  };
}
