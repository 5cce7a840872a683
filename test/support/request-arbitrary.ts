import { create, type DescField, type DescMessage, ScalarType, toBinary } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import fc from 'fast-check';

/** Texts at and around the edges of the rules of our protos. */
const TEXTS = [
  '',
  'a',
  'usr_1a',
  'mst_1a',
  'wal_1a',
  'wal_1l',
  'USD',
  'usd',
  '123456',
  '6f1c0f6e-6a52-4d0b-9d7e-0a1b2c3d4e5f',
  '6F1C0F6E-6A52-4D0B-9D7E-0A1B2C3D4E5F',
  '6f1c0f6e-6a52-4d0b-9d7e-0a1b2c3d4e5',
  'ann@example.com',
  'name',
  'nowhere',
  '\uFFFD',
  '😀',
  '\u0000',
  'line\n',
];
const LENGTHS = [12, 43, 64, 100, 127, 128, 170, 171, 253, 254, 255, 256, 280, 281, 512, 513, 1024];
const text = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...TEXTS) },
  fc
    .tuple(fc.constantFrom('a', 'é', '😀'), fc.constantFrom(...LENGTHS))
    .map(([symbol, length]) => symbol.repeat(length)),
);
const integer = fc.constantFrom(
  0n,
  1n,
  -1n,
  7n,
  10n ** 16n,
  10n ** 16n + 1n,
  2n ** 62n,
  -(2n ** 63n),
);

/** The bytes of any message of a type, whether it keeps its rules or not, and sometimes with a flaw in them. */
export function requestBytes(type: DescMessage): fc.Arbitrary<Uint8Array> {
  const whole = messageOf(type).map(({ message }) => toBinary(type, message));
  return fc.oneof({ weight: 3, arbitrary: whole }, whole.chain(flawed));
}

/** Cut off, or with a byte changed, put in or appended. */
function flawed(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  return fc
    .record({
      at: fc.nat(bytes.length),
      byte: fc.oneof(fc.constantFrom(0, 1, 4, 8, 10, 0x80, 0xff), fc.nat(255)),
      how: fc.constantFrom('cut', 'change', 'insert', 'append'),
    })
    .map(({ at, byte, how }) => {
      if (how === 'cut') return bytes.slice(0, at);
      if (how === 'append') return Uint8Array.of(...bytes, byte);
      const rest = bytes.slice(how === 'insert' ? at : at + 1);
      return Uint8Array.of(...bytes.slice(0, at), byte, ...rest);
    });
}

function messageOf(type: DescMessage): fc.Arbitrary<ReflectMessage> {
  const fields = type.fields.map((field) => fc.option(valuesOf(field), { freq: 3 }));
  return fc.tuple(...fields).map((values) => {
    const message = reflect(type, create(type));
    for (const [index, value] of values.entries()) {
      const field = type.fields[index] as DescField;
      if (value === null) continue;
      if (field.fieldKind === 'list')
        for (const item of value as string[]) message.get(field).add(item);
      else message.set(field, value);
    }
    return message;
  });
}

function valuesOf(field: DescField): fc.Arbitrary<unknown> {
  if (field.fieldKind === 'message') return messageOf(field.message);
  if (field.fieldKind === 'enum') return fc.integer({ min: 0, max: 4 });
  if (field.fieldKind === 'list') return fc.array(text, { maxLength: 3 });
  if (field.fieldKind !== 'scalar') throw new Error(`${field.name}: maps are not made here.`);
  switch (field.scalar) {
    case ScalarType.STRING:
      return text;
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.INT64:
      return integer;
    case ScalarType.INT32:
      return integer.map((value) => Number(BigInt.asIntN(32, value)));
    case ScalarType.UINT32:
      return integer.map((value) => Number(BigInt.asUintN(32, value)));
    default:
      throw new Error(`${field.name}: no values are made here for its type.`);
  }
}
