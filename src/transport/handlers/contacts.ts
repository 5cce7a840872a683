import type { ContactServiceImplementation } from '../../../generated/ewallet/v1/contact_service.js';
import type { Domain } from '../../domain/domain.js';
import { asUser } from '../../model/caller.js';
import { formatId, formatOptionalId } from '../../model/public-id.js';
import type { HandlerContext } from '../call-middleware.js';
import { readId, readOptionalId } from '../ids.js';
import {
  fromEditContactRecord,
  nextContactToken,
  readContactPage,
  textsOf,
  toContactList,
  toContactRecord,
} from '../messages/contacts.js';
import { nextListToken, readListPage } from '../messages/listing.js';

/** Creates the handlers of ContactService. */
export function createContactHandlers({
  contacts,
}: Pick<Domain, 'contacts'>): ContactServiceImplementation<HandlerContext> {
  const { lists, records } = contacts;
  return {
    createContactList: async ({ reference }, { caller }) => ({
      contactList: toContactList(await lists.create(asUser(caller), { reference })),
    }),
    async getContactList({ contactListId }, { caller }) {
      const id = readOptionalId('contactList', contactListId);
      return { contactList: toContactList(await lists.get(asUser(caller), id)) };
    },
    async listContactLists(request, { caller }) {
      const user = asUser(caller);
      const name = `ListContactLists ${user.user.id}`;
      const page = await lists.list(user, readListPage(name, request));
      return {
        contactLists: page.rows.map(toContactList),
        nextPageToken: nextListToken(name, page),
      };
    },
    async switchContactList({ contactListId }, { caller }) {
      const id = readId('contactList', contactListId);
      return { contactList: toContactList(await lists.switchTo(asUser(caller), id)) };
    },
    async unlinkContactList({ contactListId }, { caller }) {
      const active = await lists.unlink(asUser(caller), readId('contactList', contactListId));
      return { activeContactListId: formatOptionalId('contactList', active) };
    },
    async createContactRecord(request, { caller }) {
      const listId = readOptionalId('contactList', request.contactListId);
      const input = { listId, texts: textsOf(request) };
      return { contactRecord: toContactRecord(await records.create(asUser(caller), input)) };
    },
    async getContactRecord({ contactRecordId }, { caller }) {
      const id = readId('contactRecord', contactRecordId);
      return { contactRecord: toContactRecord(await records.get(asUser(caller), id)) };
    },
    async listContactRecords(request, { caller }) {
      const user = asUser(caller);
      const { contactListId, search } = request;
      const name = `ListContactRecords ${user.user.id} ${contactListId} ${search}`;
      const { which, page } = readContactPage(name, request);
      const found = await records.list(user, which, page);
      return {
        contactRecords: found.rows.map(toContactRecord),
        nextPageToken: nextContactToken(name, found),
      };
    },
    async editContactRecord(request, { caller }) {
      const id = readId('contactRecord', request.contactRecordId);
      const record = await records.edit(asUser(caller), id, fromEditContactRecord(request));
      return { contactRecord: toContactRecord(record) };
    },
    async unlinkContactRecord({ contactRecordId }, { caller }) {
      const listId = await records.unlink(asUser(caller), readId('contactRecord', contactRecordId));
      return { contactListId: formatId('contactList', listId) };
    },
  };
}
