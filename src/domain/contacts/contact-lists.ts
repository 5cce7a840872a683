import type { Time } from '../../lib/time.js';
import type { UserCaller } from '../../model/caller.js';
import { CONTACT_LIST_REFERENCE, type ContactList } from '../../model/contact.js';
import {
  countContactLists,
  deleteContactList,
  findActiveContactListId,
  findContactList,
  findOldestContactListId,
  insertContactList,
  listContactLists,
  lockContactOwner,
  setActiveContactList,
} from '../../storage/contact-lists.js';
import type { Database } from '../../storage/database.js';
import type { Ids } from '../../storage/ids.js';
import { type Reader, read, type Tx, withTransaction } from '../../storage/transaction.js';
import { cutList, type ListPage, type ListRows } from '../list-page.js';
import { notFound } from '../not-found.js';
import { contactLimitReached } from './refusals.js';

/** A list as its user sees it. */
export type OwnContactList = ContactList & { readonly active: boolean };

/** The lists of a user's address book. */
export type ContactLists = {
  /** Makes a list; it becomes the active one where there is none. @throws CONTACT_LIMIT_REACHED */
  create(caller: UserCaller, input: { readonly reference: string }): Promise<OwnContactList>;
  /** The list named, or the active one. @throws CONTACT_LIST_NOT_FOUND */
  get(caller: UserCaller, listId: bigint | null): Promise<OwnContactList>;
  /** The lists, newest first. */
  list(caller: UserCaller, page: ListPage): Promise<ListRows<OwnContactList>>;
  /** Makes a list the active one. @throws CONTACT_LIST_NOT_FOUND */
  switchTo(caller: UserCaller, listId: bigint): Promise<OwnContactList>;
  /** Deletes a list with everything on it. Gives the list that is active now, if any. @throws CONTACT_LIST_NOT_FOUND */
  unlink(caller: UserCaller, listId: bigint): Promise<bigint | null>;
};

/** What contacts stand on. */
export type ContactDeps = {
  readonly db: Database;
  readonly time: Time;
  readonly ids: Ids;
  readonly settings: { readonly contactLists: number; readonly contactRecords: number };
};

/** Creates the use cases. Writes for one user come one after another: they lock the user first. */
export function createContactLists({ db, time, ids, settings }: ContactDeps): ContactLists {
  return {
    async create({ user }, { reference }) {
      const list = newContactList(await ids.next(), user.id, time.now(), reference);
      return withTransaction(db, async (tx) => {
        const { activeListId } = await lockOwner(tx, user.id);
        if ((await countContactLists(tx, user.id)) >= settings.contactLists) {
          throw contactLimitReached('contact lists', settings.contactLists);
        }
        await insertContactList(tx, list);
        const active = activeListId === null;
        if (active) await setActiveContactList(tx, { userId: user.id, id: list.id });
        return { ...list, active };
      });
    },
    get: ({ user }, listId) => read(db, (reader) => findOwnList(reader, user.id, listId)),
    async list({ user }, page) {
      const query = { userId: user.id, before: page.before, limit: page.size + 1 };
      return read(db, async (reader) => {
        const activeId = await findActiveContactListId(reader, user.id);
        const { rows, next } = cutList(await listContactLists(reader, query), page.size);
        return { rows: rows.map((row) => ({ ...row, active: row.id === activeId })), next };
      });
    },
    async switchTo({ user }, listId) {
      return withTransaction(db, async (tx) => {
        await lockOwner(tx, user.id);
        const list = await findContactList(tx, { id: listId, userId: user.id });
        if (!list) throw notFound('contactList', listId);
        await setActiveContactList(tx, { userId: user.id, id: listId });
        return { ...list, active: true };
      });
    },
    async unlink({ user }, listId) {
      return withTransaction(db, async (tx) => {
        const { activeListId } = await lockOwner(tx, user.id);
        const key = { id: listId, userId: user.id };
        if (!(await deleteContactList(tx, key))) throw notFound('contactList', listId);
        if (activeListId !== listId) return activeListId;
        const id = (await findOldestContactListId(tx, user.id)) ?? null;
        await setActiveContactList(tx, { userId: user.id, id });
        return id;
      });
    },
  };
}

/** A list without anything on it. */
export function newContactList(
  id: bigint,
  userId: bigint,
  createTime: number,
  reference = '',
): ContactList {
  return {
    id,
    userId,
    reference: reference || CONTACT_LIST_REFERENCE,
    recordCount: 0,
    createTime,
    updateTime: createTime,
  };
}

/** Locks the user whose address book changes. @throws ACCOUNT_NOT_FOUND when it was removed meanwhile */
export async function lockOwner(
  tx: Tx,
  userId: bigint,
): Promise<{ readonly activeListId: bigint | null }> {
  const owner = await lockContactOwner(tx, userId);
  if (!owner) throw notFound('account', userId);
  return owner;
}

/** The list named, or the active one, of the user. @throws CONTACT_LIST_NOT_FOUND */
export async function findOwnList(
  reader: Reader,
  userId: bigint,
  listId: bigint | null,
): Promise<OwnContactList> {
  const activeId = await findActiveContactListId(reader, userId);
  const id = listId ?? activeId;
  const list = id === null ? undefined : await findContactList(reader, { id, userId });
  if (!list) throw notFound('contactList', id);
  return { ...list, active: list.id === activeId };
}
