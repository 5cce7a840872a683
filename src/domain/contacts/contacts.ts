import { type ContactDeps, type ContactLists, createContactLists } from './contact-lists.js';
import { type ContactRecords, createContactRecords } from './contact-records.js';

/** The address books of users. */
export type Contacts = { readonly lists: ContactLists; readonly records: ContactRecords };

/** Creates the use cases. */
export function createContacts(deps: ContactDeps): Contacts {
  return { lists: createContactLists(deps), records: createContactRecords(deps) };
}
