/**
 * Public ids: a prefix that tells the kind, an underscore, and the integer in lower-case Crockford base32.
 *
 * Clients treat them as opaque. Inside the service ids are bare `bigint`s.
 * Source of the alphabet: Douglas Crockford, "Base 32" (no i, l, o, u).
 */
export const idPrefixes = {
  account: 'usr',
  auditEvent: 'aud',
  clientToken: 'ctk',
  clock: 'clk',
  contactList: 'ctl',
  contactRecord: 'ctr',
  conversionRecord: 'cvr',
  conversionSheet: 'cvs',
  invoiceRecord: 'inr',
  invoiceSheet: 'ivs',
  issueReport: 'iss',
  loginRecord: 'lgr',
  master: 'mst',
  masterKey: 'key',
  operation: 'op',
  session: 'ses',
  sessionToken: 'stk',
  timeRecord: 'tmr',
  timeSheet: 'tms',
  transferRecord: 'trr',
  transferSheet: 'trs',
  wallet: 'wal',
  worker: 'wrk',
} as const;

/** A kind of thing that has public ids. */
export type IdKind = keyof typeof idPrefixes;

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const PART = 1n << 30n;
const MAX_ID = 2n ** 63n - 1n;
const values = new Map([...ALPHABET].map((symbol, value) => [symbol, value]));

/** The public id of `id`, for example `wal_1a2b`. */
export function formatId(kind: IdKind, id: bigint): string {
  return `${idPrefixes[kind]}_${toBase32(id)}`;
}

/** In parts of 30 bits: operations on small numbers are several times faster than on bigints, and a reply has many ids. */
function toBase32(id: bigint): string {
  if (id < PART) return encode(Number(id), 1);
  return toBase32(id >> 30n) + encode(Number(id & (PART - 1n)), 6);
}

/** At least `width` symbols for a number below 2^30. */
function encode(value: number, width: number): string {
  let text = '';
  for (let rest = value; rest > 0 || text.length < width; rest >>>= 5) {
    text = ALPHABET[rest & 31] + text;
  }
  return text;
}

/** As {@link formatId}; an absent id becomes the empty text that the API uses for "none". */
export function formatOptionalId(kind: IdKind, id: bigint | null | undefined): string {
  return id === null || id === undefined ? '' : formatId(kind, id);
}

/**
 * The integer of a public id, or undefined when the text is not a canonical id of that kind: a wrong prefix, a foreign symbol,
 * leading zeros or a value beyond 2^63 - 1. Such a text names nothing; answer it as a missing resource.
 */
export function parseId(kind: IdKind, text: string): bigint | undefined {
  const prefix = `${idPrefixes[kind]}_`;
  const symbols = text.slice(prefix.length);
  if (!text.startsWith(prefix) || symbols.length === 0 || symbols.length > 13) return undefined;
  if (symbols.startsWith('0')) return undefined;
  // Ten symbols are 50 bits, which a number holds.
  const high = decode(symbols.slice(0, -10));
  const low = decode(symbols.slice(-10));
  if (high === undefined || low === undefined) return undefined;
  const id = high === 0 ? BigInt(low) : (BigInt(high) << 50n) | BigInt(low);
  return id <= MAX_ID ? id : undefined;
}

/** The number of at most ten symbols, or undefined when one of them is none of ours. */
function decode(symbols: string): number | undefined {
  let number = 0;
  for (let index = 0; index < symbols.length; index += 1) {
    const value = values.get(symbols[index] as string);
    if (value === undefined) return undefined;
    number = number * 32 + value;
  }
  return number;
}
