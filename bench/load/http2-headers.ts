import type { CallerMetadata } from './job.js';

/*
 * HPACK (RFC 7541), as much as a load generator needs: headers that all calls share go into the dynamic table with the
 * first call of a connection and are one byte each from then on, as with any client; a caller's own follow as they are.
 */

/** Static table: `:method: POST` and `:scheme: http`. */
const METHOD_AND_SCHEME = Buffer.from([0x83, 0x86]);
const STATIC_NAMES: Record<string, number> = {
  ':authority': 1,
  ':path': 4,
  'content-type': 31,
  'user-agent': 58,
};
const FIRST_DYNAMIC_INDEX = 62;

/** The headers that every call of a connection shares, as its first call and as later ones send them. */
export function sharedHeaders(path: string, authority: string): { first: Buffer; later: Buffer } {
  const headers: [string, string][] = [
    [':path', path],
    [':authority', authority],
    ['content-type', 'application/grpc'],
    ['te', 'trailers'],
    ['user-agent', 'ewallet-bench'],
    ['grpc-timeout', '10S'],
  ];
  const first = headers.map(([name, value]) => {
    const index = STATIC_NAMES[name];
    const head =
      index === undefined ? [Buffer.from([0x40]), text(name)] : [integer(0x40, 6, index)];
    return Buffer.concat([...head, text(value)]);
  });
  // The newest entry of the dynamic table has the lowest index.
  const later = headers.map((_, at) => 0x80 | (FIRST_DYNAMIC_INDEX + headers.length - 1 - at));
  return {
    first: Buffer.concat([METHOD_AND_SCHEME, ...first]),
    later: Buffer.concat([METHOD_AND_SCHEME, Buffer.from(later)]),
  };
}

/** A caller's own headers, not put into any table. */
export function callerHeaders(metadata: CallerMetadata): Buffer {
  const literal = Buffer.from([0]);
  return Buffer.concat(metadata.flatMap(([name, value]) => [literal, text(name), text(value)]));
}

/** `grpc-status` in HPACK's Huffman code. */
const STATUS_NAME = Buffer.from('9acac8b21234da8f', 'hex');

/**
 * The gRPC status code in a block of trailers, or '?' when there is none. Codes are one or two digits, for which encoders
 * choose plain text, because the Huffman code is not shorter.
 */
export function statusOf(block: Buffer): string {
  const at = block.indexOf(STATUS_NAME);
  if (at === -1) return '?';
  const start = at + STATUS_NAME.length;
  return block.toString('latin1', start + 1, start + 1 + (block[start] ?? 0));
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1');
  return Buffer.concat([integer(0, 7, bytes.length), bytes]);
}

/** An integer with a prefix of `bits` bits below `pattern`. */
function integer(pattern: number, bits: number, value: number): Buffer {
  const limit = 2 ** bits - 1;
  if (value < limit) return Buffer.from([pattern | value]);
  const bytes = [pattern | limit];
  let rest = value - limit;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}
