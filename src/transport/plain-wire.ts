import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';

/** The tags that a message of some type may have on the wire, each with those of the message inside, or null where there is none. */
export type WireTable = ReadonlyMap<number, WireTable | null>;

const VARINT = 0;
const LENGTH = 2;

/** What is written as a varint. */
const VARINTS: ReadonlySet<ScalarType> = new Set([
  ScalarType.BOOL,
  ScalarType.INT32,
  ScalarType.INT64,
  ScalarType.UINT32,
  ScalarType.UINT64,
]);

/** The wire table of a type. Fields of rarer shapes (lists, maps, fixed width) are left out: messages that have them are not plain. */
export function compileWireTable(type: DescMessage): WireTable {
  const table = new Map<number, WireTable | null>();
  for (const field of type.fields) {
    const wireType = wireTypeOf(field);
    if (wireType === undefined) continue;
    const inner = field.fieldKind === 'message' ? compileWireTable(field.message) : null;
    table.set((field.number << 3) | wireType, inner);
  }
  return table;
}

function wireTypeOf(field: DescField): number | undefined {
  if (field.fieldKind === 'enum') return VARINT;
  if (field.fieldKind === 'message') return field.delimitedEncoding ? undefined : LENGTH;
  if (field.fieldKind !== 'scalar') return undefined;
  if (field.scalar === ScalarType.STRING || field.scalar === ScalarType.BYTES) return LENGTH;
  return VARINTS.has(field.scalar) ? VARINT : undefined;
}

/**
 * Whether the bytes are well-formed and hold nothing but fields of the table, as their types have them. Every decoder reads such bytes
 * alike; of others (unknown fields, foreign types, an end in the middle) some are refused by one and passed over by another.
 */
export function isPlainWire(table: WireTable, bytes: Uint8Array): boolean {
  return endOf(table, bytes, 0, bytes.length);
}

function endOf(table: WireTable, bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end) {
    const tag = varintAt(bytes, at, end);
    const inner = table.get(tag);
    if (inner === undefined) return false;
    at = afterVarint(bytes, at, end);
    if ((tag & 7) === LENGTH) {
      const length = varintAt(bytes, at, end);
      at = afterVarint(bytes, at, end);
      if (at + length > end) return false;
      if (inner && !endOf(inner, bytes, at, at + length)) return false;
      at += length;
    } else {
      at = afterVarint(bytes, at, end);
    }
  }
  return at === end;
}

/** A varint of at most four bytes: no tag and no length of ours is longer. Otherwise more than any message has. */
function varintAt(bytes: Uint8Array, at: number, end: number): number {
  let value = 0;
  for (let shift = 0; shift < 28 && at < end; shift += 7) {
    const byte = bytes[at++] as number;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  return Number.MAX_SAFE_INTEGER;
}

/** Where a varint of at most ten bytes ends; beyond the end when it does not. */
function afterVarint(bytes: Uint8Array, at: number, end: number): number {
  const limit = Math.min(end, at + 10);
  for (let index = at; index < limit; index += 1) {
    if ((bytes[index] as number) < 0x80) return index + 1;
  }
  return end + 1;
}
