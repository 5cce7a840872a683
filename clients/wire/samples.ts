import { type DescField, type DescMessage, type JsonValue, ScalarType } from '@bufbuild/protobuf';

/** How the fields of a sample are filled: with ordinary values, with nothing but presence, or with the ends of what they take. */
export type Filling = 'full' | 'blank' | 'extreme';

/** A sample of a message as ProtoJSON, with what tells it from the other samples of its type. */
export type Sample = { name: string; json: JsonValue };

/**
 * Samples of a message: an empty one, and one of each filling for every alternative of its oneofs. The same descriptor gives
 * the same samples.
 */
export function sampleMessage(desc: DescMessage): Sample[] {
  const alternatives = Math.max(1, ...desc.oneofs.map((oneof) => oneof.fields.length));
  const filled = (['full', 'blank', 'extreme'] as const).flatMap((filling) =>
    Array.from({ length: alternatives }, (_, alternative) => ({
      name: alternatives === 1 ? filling : `${filling} ${alternative + 1}`,
      json: fill(desc, filling, alternative),
    })),
  );
  return [{ name: 'empty', json: {} }, ...filled];
}

function fill(desc: DescMessage, filling: Filling, alternative: number, least = false): JsonValue {
  const known = wellKnown[desc.typeName];
  if (known) return filling === 'extreme' && least ? known.least : known[filling];
  const taken = desc.fields.filter((field) => {
    const fields = field.oneof?.fields;
    return !fields || fields[alternative % fields.length] === field;
  });
  return Object.fromEntries(
    taken.map((field) => [field.jsonName, fillField(field, filling, alternative)]),
  );
}

function fillField(field: DescField, filling: Filling, alternative: number): JsonValue {
  if (field.fieldKind === 'map') throw new Error(`${field}: write a sample of this map by hand.`);
  const single = (turn: number): JsonValue => {
    const least = (field.number + turn) % 2 === 0;
    if (field.message) return fill(field.message, filling, alternative + turn, least);
    if (field.enum) {
      const { values } = field.enum;
      return {
        full: values[(field.number + turn) % values.length]?.name ?? 0,
        blank: 0,
        // A value that a later version may add.
        extreme: turn === 0 ? 12_345 : 2_147_483_647,
      }[filling];
    }
    return fillScalar(field, filling, turn, least);
  };
  return field.fieldKind === 'list' ? [0, 1, 2].map(single) : single(0);
}

function fillScalar(field: DescField, filling: Filling, turn: number, least: boolean): JsonValue {
  switch (field.scalar) {
    case ScalarType.BOOL:
      return filling !== 'blank';
    case ScalarType.INT32:
      return { full: field.number * 1_000, blank: 0, extreme: least ? -(2 ** 31) : 2 ** 31 - 1 }[
        filling
      ];
    case ScalarType.INT64:
      // More than a double holds.
      return { full: `900719925474${1_000 + field.number}`, blank: '0', extreme: limit64(least) }[
        filling
      ];
    case ScalarType.STRING:
      return {
        full: `${field.name} ${turn + 1}`,
        blank: '',
        extreme: least ? 'Zoë 👩‍👧 \u0000 "quoted" \\ \n' : 'ﬁn \u{10ffff} الرصيد 残高 ',
      }[filling];
    case ScalarType.BYTES:
      return { full: 'AAEC', blank: '', extreme: '/+8A/w==' }[filling];
    default:
      throw new Error(`${field}: say in samples.ts what a ${field.scalar} may be.`);
  }
}

function limit64(least: boolean): string {
  return least ? '-9223372036854775808' : '9223372036854775807';
}

const errorInfo = {
  '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
  reason: 'INSUFFICIENT_CREDITS',
  domain: 'ewallet',
  metadata: { Zoë: '残高 9007199254741001' },
};
const emptyInfo = { '@type': 'type.googleapis.com/google.rpc.ErrorInfo' };
const retryInfo = {
  '@type': 'type.googleapis.com/google.rpc.RetryInfo',
  retryDelay: '0.000000001s',
};

/** Messages with a JSON of their own, and maps: one entry at most, as their order is free. */
const wellKnown: Record<string, Record<Filling | 'least', JsonValue>> = {
  'google.protobuf.Timestamp': {
    full: '2026-02-28T12:34:56.789Z',
    blank: '1970-01-01T00:00:00Z',
    extreme: '9999-12-31T23:59:59.999999999Z',
    least: '0001-01-01T00:00:00Z',
  },
  'google.protobuf.Duration': {
    full: '3.000001s',
    blank: '0s',
    extreme: '315575999999.999999999s',
    least: '-315575999999.999999999s',
  },
  'google.protobuf.FieldMask': {
    full: 'name,notesText',
    blank: '',
    extreme: 'a.b.cD,eF',
    least: 'a',
  },
  'google.rpc.Status': {
    full: { code: 9, message: 'Too little.', details: [errorInfo] },
    blank: {},
    extreme: { code: 2_147_483_647, message: '残高', details: [errorInfo, retryInfo, emptyInfo] },
    least: { code: -1, details: [emptyInfo] },
  },
};
