/** A list of contacts of a user. Times are Unix ms. */
export type ContactList = {
  readonly id: bigint;
  readonly userId: bigint;
  readonly reference: string;
  readonly recordCount: number;
  readonly createTime: number;
  readonly updateTime: number;
};

/** What a user writes down about somebody. Empty texts are not given. */
export type ContactTexts = {
  readonly reference: string;
  readonly name: string;
  readonly email: string;
  readonly phone: string;
  readonly notes: string;
};

/** Somebody on a contact list. */
export type ContactRecord = ContactTexts & {
  readonly id: bigint;
  readonly listId: bigint;
  readonly userId: bigint;
  readonly createTime: number;
  readonly updateTime: number;
};

/** The reference of a list that nobody gave one. */
export const CONTACT_LIST_REFERENCE = 'Contact List';

/** A byte that is in no UTF-8 text. */
const BETWEEN = Buffer.of(0xff);

/** The form in which texts are compared: NFC, lower case, NFC again for what lower case took apart. */
export function searchForm(text: string): Buffer {
  return Buffer.from(text.normalize('NFC').toLowerCase().normalize('NFC'));
}

/**
 * What a search looks in: a text is found in a contact when its {@link searchForm} is in this, byte by byte. UTF-8 has no character
 * inside another, and nothing that is searched for reaches from one text into the next.
 */
export function searchKeyOf({ reference, name, email }: ContactTexts): Buffer {
  const [first, ...others] = [reference, name, email].map(searchForm);
  return Buffer.concat([first ?? BETWEEN, ...others.flatMap((text) => [BETWEEN, text])]);
}

/** Whether nothing is told about a contact. */
export function isBlank({ reference, name, email, phone, notes }: ContactTexts): boolean {
  return [reference, name, email, phone, notes].every((text) => text === '');
}
