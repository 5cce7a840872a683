import { readFileSync } from 'node:fs';
import {
  createFileRegistry,
  createRegistry,
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonValue,
  type Message,
  toBinary,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import * as client from '../src/index.js';
import type { Codec, ServiceDefinition } from '../src/method.js';

type Sample = { type: string; name: string; hex: string; json: JsonValue };

const root = new URL('../../../', import.meta.url);
const samples: Sample[] = JSON.parse(
  readFileSync(new URL('clients/wire/golden.json', root), 'utf8'),
);

/** What ProtoJSON and the order of fields are by the descriptors: the client has neither. */
const registry = createRegistry(
  ...['public', 'operator'].map((name) =>
    createFileRegistry(
      fromBinary(FileDescriptorSetSchema, readFileSync(new URL(`generated/${name}.binpb`, root))),
    ),
  ),
);

const codecs = new Map<string, Codec<object>>(
  Object.values(client)
    .filter((it): it is ServiceDefinition & typeof it => typeof it === 'object' && 'methods' in it)
    .flatMap(({ methods }: ServiceDefinition) => Object.values(methods))
    .flatMap(({ requestType, responseType }) => [requestType, responseType])
    .map((codec) => [codec.$type, codec]),
);

test.each(samples.map((sample) => [sample.type, sample.name, sample] as const))(
  '%s, %s, is on the wire as in all clients',
  (type, _name, { hex, json }) => {
    const codec = codecs.get(type);
    const desc = registry.getMessage(type);
    if (!codec || !desc) throw new Error(`The client does not know ${type}.`);
    const values = plain(fromJson(desc, json, { registry }), desc);
    const written = codec.encode(codec.fromPartial(values as never)).finish();
    expect(Buffer.from(inOrder(desc, written)).toString('hex')).toBe(hex);
    expect(codec.decode(Buffer.from(hex, 'hex'))).toEqual(codec.fromPartial(values as never));
  },
);

/** The same bytes with fields in the order of their numbers, in which nobody has to write them. */
function inOrder(desc: DescMessage, bytes: Uint8Array): Uint8Array {
  return toBinary(desc, fromBinary(desc, bytes));
}

/** The values of a message in the shape of the client: a oneof is `{ $case, value }`, bytes are a Buffer. */
function plain(message: Message, desc: DescMessage): Record<string, unknown> {
  const fields = message as unknown as Record<string, unknown>;
  return Object.fromEntries(
    desc.members.map((member) => {
      if (member.kind === 'field') return [member.localName, plainValue(fields[member.localName])];
      const { case: name, value } = fields[member.localName] as { case?: string; value?: unknown };
      return [
        member.localName,
        name === undefined ? undefined : { $case: name, value: plainValue(value) },
      ];
    }),
  );
}

function plainValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainValue);
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (typeof value !== 'object' || value === null) return value;
  if (!('$typeName' in value)) return value;
  // A field mask is its paths.
  if ('paths' in value) return value.paths;
  const desc = registry.getMessage(String(value.$typeName));
  return desc && plain(value as unknown as Message, desc);
}
