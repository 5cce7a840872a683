import { sha256 } from '../lib/hash.js';
import { invalidField } from '../model/errors.js';

const VERSION = '1';
const DEFAULT_SIZE = 50;
const MAX_SIZE = 500;
const NUMBER = /^-?\d{1,19}$/;

/** Rows of a page: 0 means 50, more than 500 means 500. */
export function pageSizeOf(requested: number): number {
  return requested === 0 ? DEFAULT_SIZE : Math.min(requested, MAX_SIZE);
}

/**
 * A page token: where the next page begins, and which list it belongs to. It grants nothing: every page is authorized anew.
 *
 * @param list the method and the arguments that choose the rows; a token is refused for any other list.
 * @param key the keyset of the last row; null at the end, which gives the empty token.
 */
export function encodePageToken(list: string, key: readonly bigint[] | null): string {
  if (key === null) return '';
  const parts = [VERSION, check(list, key), ...key];
  return Buffer.from(parts.join('.')).toString('base64url');
}

/**
 * The keyset in a page token of this list, null for the empty token.
 *
 * @throws PAGE_TOKEN_MISMATCH for anything but a token that {@link encodePageToken} gave for the same list.
 */
export function decodePageToken(list: string, token: string, width: number): bigint[] | null {
  if (token === '') return null;
  const text = Buffer.from(token, 'base64url').toString();
  const [version, sum, ...parts] = text.split('.');
  const wellFormed =
    version === VERSION && parts.length === width && parts.every((part) => NUMBER.test(part));
  const key = wellFormed ? parts.map(BigInt) : [];
  if (wellFormed && sum === check(list, key)) return key;
  throw invalidField(
    'PAGE_TOKEN_MISMATCH',
    'page_token',
    'The page token is not one of this list. List again from the first page.',
  );
}

/** Ties the key to its list, and finds a token that was altered. No secret: nothing is gained by making one. */
function check(list: string, key: readonly bigint[]): string {
  return sha256(`${list} ${key.join('.')}`).toString('hex', 0, 8);
}
