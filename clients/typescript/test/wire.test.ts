import { readFileSync } from 'node:fs';
import {
  createFileRegistry,
  createRegistry,
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonValue,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import * as system from '../src/generated/ewallet/system/v1/system_service.js';
import * as accounts from '../src/generated/ewallet/v1/account_service.js';
import * as clocks from '../src/generated/ewallet/v1/clock_service.js';
import * as contacts from '../src/generated/ewallet/v1/contact_service.js';
import * as conversionSheets from '../src/generated/ewallet/v1/conversion_sheet_service.js';
import * as invoiceSheets from '../src/generated/ewallet/v1/invoice_sheet_service.js';
import * as issues from '../src/generated/ewallet/v1/issue_service.js';
import * as masters from '../src/generated/ewallet/v1/master_service.js';
import * as sessions from '../src/generated/ewallet/v1/session_service.js';
import * as timeSheets from '../src/generated/ewallet/v1/time_sheet_service.js';
import * as transferSheets from '../src/generated/ewallet/v1/transfer_sheet_service.js';
import * as wallets from '../src/generated/ewallet/v1/wallet_service.js';

/*
 * Messages on the wire are those of all clients: clients/wire/golden.json. The generated code knows no JSON, so another library
 * reads it.
 */

type Sample = { type: string; name: string; hex: string; json: JsonValue };
type Codec = {
  $type: string;
  decode(bytes: Uint8Array): unknown;
  encode(message: unknown): { finish(): Uint8Array };
};

const root = new URL('../../../', import.meta.url);
const samples: Sample[] = JSON.parse(
  readFileSync(new URL('clients/wire/golden.json', root), 'utf8'),
);
const registry = createRegistry(
  ...['public', 'operator'].map((name) => {
    const bytes = readFileSync(new URL(`generated/${name}.binpb`, root));
    return createFileRegistry(fromBinary(FileDescriptorSetSchema, bytes));
  }),
);
const services = [
  accounts,
  clocks,
  contacts,
  conversionSheets,
  invoiceSheets,
  issues,
  masters,
  sessions,
  system,
  timeSheets,
  transferSheets,
  wallets,
];
const codecs = new Map(
  services
    .flatMap((service): unknown[] => Object.values(service))
    .filter(
      (value): value is Codec => typeof value === 'object' && value !== null && '$type' in value,
    )
    .map((codec) => [codec.$type, codec]),
);

test('there are samples', () => {
  expect(samples.length).toBeGreaterThan(0);
});

test.each(samples)('$type is written and read as by the other clients: $name', (sample) => {
  const codec = codecs.get(sample.type);
  const desc = registry.getMessage(sample.type);
  if (!codec || !desc) throw new Error(`${sample.type} is unknown.`);
  const message = plain(desc, fromJson(desc, sample.json, { registry }));
  expect(codec.decode(Buffer.from(sample.hex, 'hex'))).toEqual(message);
  expect(Buffer.from(codec.encode(message).finish()).toString('hex')).toBe(sample.hex);
});

/** The message as the generated code has it, in which a field mask is the list of its paths. */
function plain(desc: DescMessage, message: object): object {
  const values = message as Record<string, unknown>;
  if (desc.typeName === 'google.protobuf.FieldMask') return values.paths as string[];
  return Object.fromEntries(
    desc.members.map((member) => {
      const value = values[member.localName];
      if (member.kind === 'oneof') return [member.localName, plainCase(member.fields, value)];
      const inner = member.message;
      if (!inner)
        return [member.localName, value instanceof Uint8Array ? Buffer.from(value) : value];
      if (!Array.isArray(value)) return [member.localName, value && plain(inner, value)];
      return [member.localName, value.map((element) => plain(inner, element))];
    }),
  );
}

function plainCase(fields: DescMessage['fields'], chosen: unknown): unknown {
  const { case: name, value } = chosen as { case?: string; value?: unknown };
  const field = fields.find(({ localName }) => localName === name);
  if (!field) return undefined;
  return { $case: name, value: field.message ? plain(field.message, value as object) : value };
}
