import { type ContactRecord, searchKeyOf } from '../model/contact.js';
import { type ListPart, newestFirst } from './newest-first.js';
import { sqlValue } from './sql-values.js';
import type { Reader, Tx } from './transaction.js';

/** A contact, found only if it is the user's. */
export type ContactRecordKey = { readonly id: bigint; readonly userId: bigint };

type RecordRow = {
  id: bigint;
  list_id: bigint;
  user_id: bigint;
  reference: string;
  name: string;
  email: string;
  phone: string;
  notes: string;
  create_time: bigint;
  update_time: bigint;
};

const columns = [
  'id',
  'list_id',
  'user_id',
  'reference',
  'name',
  'email',
  'phone',
  'notes',
  'create_time',
  'update_time',
];

/** Stores a new contact. */
export async function insertContactRecord(tx: Tx, record: ContactRecord): Promise<void> {
  await tx('contact_records').insert({
    id: record.id,
    list_id: record.listId,
    user_id: record.userId,
    ...textsOf(record),
    create_time: record.createTime,
    update_time: record.updateTime,
  });
}

/** Replaces what is written down about a contact. */
export async function updateContactRecord(tx: Tx, record: ContactRecord): Promise<void> {
  await tx('contact_records')
    .where('id', sqlValue(record.id))
    .update({ ...textsOf(record), update_time: record.updateTime });
}

/** Deletes a contact. */
export async function deleteContactRecord(tx: Tx, id: bigint): Promise<void> {
  await tx('contact_records').where('id', sqlValue(id)).delete();
}

/** The contact. */
export async function findContactRecord(
  reader: Reader,
  { id, userId }: ContactRecordKey,
): Promise<ContactRecord | undefined> {
  const row: RecordRow | undefined = await reader('contact_records')
    .where({ id: sqlValue(id), user_id: sqlValue(userId) })
    .first(columns);
  return row && toRecord(row);
}

/**
 * The contacts on a list, newest first; with `search`, those that have it in their search key. It is compared as bytes, so that no
 * character of it means anything else. Reads this one list at most, whose length is limited.
 */
export async function listContactRecords(
  reader: Reader,
  query: ListPart & { readonly listId: bigint; readonly search: Buffer },
): Promise<ContactRecord[]> {
  const records = reader('contact_records').where('list_id', sqlValue(query.listId));
  if (query.search.length > 0) records.whereRaw('instr(search_key, ?) > 0', [query.search]);
  return (await newestFirst(records, query).select(columns)).map(toRecord);
}

function textsOf(record: ContactRecord) {
  const { reference, name, email, phone, notes } = record;
  return { reference, name, email, phone, notes, search_key: searchKeyOf(record) };
}

function toRecord(row: RecordRow): ContactRecord {
  return {
    id: row.id,
    listId: row.list_id,
    userId: row.user_id,
    reference: row.reference,
    name: row.name,
    email: row.email,
    phone: row.phone,
    notes: row.notes,
    createTime: Number(row.create_time),
    updateTime: Number(row.update_time),
  };
}
