import { invalidField } from '../../model/errors.js';

/** Widths of the columns. A few characters grow when they are normalised; whole texts of those do not fit. */
const MAX_BYTES = { name: 512, email: 1024 } as const;

/** The form under which a name or e-mail is unique: NFC, lower case. */
export function normaliseKey(text: string): Buffer {
  return Buffer.from(text.normalize('NFC').toLowerCase().normalize('NFC'));
}

/**
 * The unique forms of a new name and e-mail.
 *
 * @throws VALIDATION_FAILED when one is too long once normalised.
 */
export function uniqueKeys(profile: { name: string; email: string }): {
  nameKey: Buffer;
  emailKey: Buffer;
} {
  return { nameKey: uniqueKey('name', profile.name), emailKey: uniqueKey('email', profile.email) };
}

/** The unique form of one of them. @throws VALIDATION_FAILED when it is too long once normalised */
export function uniqueKey(field: 'name' | 'email', text: string): Buffer {
  const key = normaliseKey(text);
  if (key.length <= MAX_BYTES[field]) return key;
  throw invalidField('VALIDATION_FAILED', field, 'Too long once normalised.');
}
