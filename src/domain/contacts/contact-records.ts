import type { UserCaller } from '../../model/caller.js';
import {
  type ContactList,
  type ContactRecord,
  type ContactTexts,
  isBlank,
  searchForm,
} from '../../model/contact.js';
import { invalidField } from '../../model/errors.js';
import {
  findContactList,
  insertContactList,
  setActiveContactList,
  touchContactList,
} from '../../storage/contact-lists.js';
import {
  deleteContactRecord,
  findContactRecord,
  insertContactRecord,
  listContactRecords,
  updateContactRecord,
} from '../../storage/contact-records.js';
import { read, type Tx, withTransaction } from '../../storage/transaction.js';
import { cutList, type ListPage, type ListRows } from '../list-page.js';
import { notFound } from '../not-found.js';
import { type ContactDeps, findOwnList, lockOwner, newContactList } from './contact-lists.js';
import { contactLimitReached } from './refusals.js';

/** Which contacts of a list. */
export type ContactSearch = {
  /** Null for the active list. */
  readonly listId: bigint | null;
  /** Found anywhere in reference, name or e-mail; empty finds all. */
  readonly search: string;
};

/** Contacts, with the list that they are on. */
export type ContactRows = ListRows<ContactRecord> & { readonly listId: bigint };

/** What is on the lists of a user's address book. */
export type ContactRecords = {
  /**
   * Writes a contact down on the list named, or on the active one, which is opened where there is none.
   *
   * @throws CONTACT_LIST_NOT_FOUND, CONTACT_LIMIT_REACHED, VALIDATION_FAILED
   */
  create(
    caller: UserCaller,
    input: { readonly listId: bigint | null; readonly texts: ContactTexts },
  ): Promise<ContactRecord>;
  /** @throws CONTACT_RECORD_NOT_FOUND */
  get(caller: UserCaller, recordId: bigint): Promise<ContactRecord>;
  /** Contacts, newest first. @throws CONTACT_LIST_NOT_FOUND */
  list(caller: UserCaller, which: ContactSearch, page: ListPage): Promise<ContactRows>;
  /** Changes the texts given. @throws CONTACT_RECORD_NOT_FOUND, VALIDATION_FAILED when nothing would be left */
  edit(caller: UserCaller, recordId: bigint, texts: Partial<ContactTexts>): Promise<ContactRecord>;
  /** Deletes a contact and gives the list that it was on. @throws CONTACT_RECORD_NOT_FOUND */
  unlink(caller: UserCaller, recordId: bigint): Promise<bigint>;
};

/** Creates the use cases. Writes for one user come one after another: they lock the user first. */
export function createContactRecords({ db, time, ids, settings }: ContactDeps): ContactRecords {
  /** The list to write on. `spareId` is for one that has to be opened. */
  async function openList(
    tx: Tx,
    userId: bigint,
    { listId, spareId }: { readonly listId: bigint | null; readonly spareId: bigint },
  ): Promise<ContactList> {
    const { activeListId } = await lockOwner(tx, userId);
    const id = listId ?? activeListId;
    const found = id === null ? undefined : await findContactList(tx, { id, userId });
    if (found) return found;
    if (id !== null) throw notFound('contactList', id);
    const opened = newContactList(spareId, userId, time.now());
    await insertContactList(tx, opened);
    await setActiveContactList(tx, { userId, id: spareId });
    return opened;
  }

  return {
    async create({ user }, { listId, texts }) {
      if (isBlank(texts)) throw nothingTold('name');
      const [id, spareId] = (await ids.take(2)) as [bigint, bigint];
      return withTransaction(db, async (tx) => {
        const list = await openList(tx, user.id, { listId, spareId });
        if (list.recordCount >= settings.contactRecords) {
          throw contactLimitReached('contacts', settings.contactRecords);
        }
        const now = time.now();
        const own = { id, listId: list.id, userId: user.id, createTime: now, updateTime: now };
        const record: ContactRecord = { ...texts, ...own };
        await insertContactRecord(tx, record);
        await touchContactList(tx, { id: list.id, by: 1, updateTime: now });
        return record;
      });
    },
    async get({ user }, recordId) {
      const key = { id: recordId, userId: user.id };
      const record = await read(db, (reader) => findContactRecord(reader, key));
      if (!record) throw notFound('contactRecord', recordId);
      return record;
    },
    async list({ user }, { listId, search }, { before, size }) {
      return read(db, async (reader) => {
        const { id } = await findOwnList(reader, user.id, listId);
        const query = { listId: id, search: searchForm(search), before, limit: size + 1 };
        return { listId: id, ...cutList(await listContactRecords(reader, query), size) };
      });
    },
    async edit({ user }, recordId, texts) {
      return withTransaction(db, async (tx) => {
        await lockOwner(tx, user.id);
        const found = await findContactRecord(tx, { id: recordId, userId: user.id });
        if (!found) throw notFound('contactRecord', recordId);
        const record = { ...found, ...texts, updateTime: time.now() };
        if (isBlank(record)) throw nothingTold('update_mask');
        await updateContactRecord(tx, record);
        const { listId: id, updateTime } = record;
        await touchContactList(tx, { id, by: 0, updateTime });
        return record;
      });
    },
    async unlink({ user }, recordId) {
      return withTransaction(db, async (tx) => {
        await lockOwner(tx, user.id);
        const found = await findContactRecord(tx, { id: recordId, userId: user.id });
        if (!found) throw notFound('contactRecord', recordId);
        await deleteContactRecord(tx, recordId);
        await touchContactList(tx, { id: found.listId, by: -1, updateTime: time.now() });
        return found.listId;
      });
    },
  };
}

function nothingTold(field: string) {
  return invalidField('VALIDATION_FAILED', field, 'Something must be told about the contact.');
}
