import type {
  ContactList as ContactListMessage,
  ContactRecord as ContactRecordMessage,
  EditContactRecordRequest,
} from '../../../generated/ewallet/v1/contact_service.js';
import type { OwnContactList } from '../../domain/contacts/contact-lists.js';
import type { ContactRows, ContactSearch } from '../../domain/contacts/contact-records.js';
import type { ListPage } from '../../domain/list-page.js';
import type { ContactRecord, ContactTexts } from '../../model/contact.js';
import { formatId } from '../../model/public-id.js';
import { toTimestamp } from '../convert.js';
import { readOptionalId } from '../ids.js';
import { decodePageToken, encodePageToken, pageSizeOf } from '../page-token.js';

/** A contact list. */
export function toContactList(list: OwnContactList): ContactListMessage {
  return {
    contactListId: formatId('contactList', list.id),
    accountId: formatId('account', list.userId),
    reference: list.reference,
    active: list.active,
    recordCount: list.recordCount,
    createTime: toTimestamp(list.createTime),
    updateTime: toTimestamp(list.updateTime),
  };
}

/** A contact. */
export function toContactRecord(record: ContactRecord): ContactRecordMessage {
  return {
    contactRecordId: formatId('contactRecord', record.id),
    contactListId: formatId('contactList', record.listId),
    ...textsOf(record),
    createTime: toTimestamp(record.createTime),
    updateTime: toTimestamp(record.updateTime),
  };
}

/** What a request tells about a contact. */
export function textsOf({ reference, name, email, phone, notes }: ContactTexts): ContactTexts {
  return { reference, name, email, phone, notes };
}

/** What a request changes: the fields that its mask names. */
export function fromEditContactRecord(request: EditContactRecordRequest): Partial<ContactTexts> {
  const mask = request.updateMask ?? [];
  const entries = Object.entries(textsOf(request)).filter(([field]) => mask.includes(field));
  return Object.fromEntries(entries);
}

/**
 * The page of contacts that a request asks for. A page token knows its list: pages of "the active one" go on with the list that they began
 * with.
 *
 * @throws PAGE_TOKEN_MISMATCH
 */
export function readContactPage(
  name: string,
  request: {
    readonly contactListId: string;
    readonly search: string;
    readonly pageSize: number;
    readonly pageToken: string;
  },
): { readonly which: ContactSearch; readonly page: ListPage } {
  const { search } = request;
  const [listId, createTime, id] = decodePageToken(name, request.pageToken, 3) ?? [];
  const begins = createTime !== undefined && id !== undefined;
  return {
    which: { listId: listId ?? readOptionalId('contactList', request.contactListId), search },
    page: {
      size: pageSizeOf(request.pageSize),
      before: begins ? { createTime: Number(createTime), id } : null,
    },
  };
}

/** The token for the page after this one; empty at the end. */
export function nextContactToken(name: string, { listId, next }: ContactRows): string {
  return encodePageToken(name, next && [listId, BigInt(next.createTime), next.id]);
}
