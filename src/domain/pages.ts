import { sha256 } from '../lib/hash.js';
import { invalidField } from '../model/errors.js';

const DEFAULT_SIZE = 50;
const MAX_SIZE = 500;

/** How many rows a page has at most: 50 when nothing is asked for, 500 when more is. */
export function pageLimit(pageSize: number): number {
  return pageSize <= 0 ? DEFAULT_SIZE : Math.min(pageSize, MAX_SIZE);
}

/**
 * The token for the page behind `position`, the sort key of the last row shown. `list` names the list and whose it is:
 * the token fits no other. It grants nothing, so it needs no secret.
 */
export function formatPageToken(list: string, position: readonly bigint[]): string {
  return Buffer.from([...position, checkOf(list, position)].join('.')).toString('base64url');
}

/**
 * The position that a page token holds; empty for the first page.
 *
 * @throws PAGE_TOKEN_MISMATCH when it was not made by {@link formatPageToken} for this list.
 */
export function parsePageToken(list: string, token: string): bigint[] {
  if (token === '') return [];
  const parts = Buffer.from(token, 'base64url').toString('latin1').split('.');
  const check = parts.pop();
  const wellFormed = parts.length > 0 && parts.every((part) => /^-?\d{1,19}$/.test(part));
  const position = wellFormed ? parts.map(BigInt) : [];
  if (wellFormed && check === checkOf(list, position)) return position;
  throw invalidField(
    'PAGE_TOKEN_MISMATCH',
    'page_token',
    'Not a page token of this list; list again from the first page.',
  );
}

function checkOf(list: string, position: readonly bigint[]): string {
  return sha256(`${list} ${position.join('.')}`)
    .toString('base64url')
    .slice(0, 11);
}
