/**
 * Writes golden.json: samples of every request and response, as ProtoJSON and as bytes. The tests of all clients encode the one
 * and decode the other.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  createFileRegistry,
  createRegistry,
  type DescMessage,
  fromBinary,
  fromJson,
  toBinary,
  toJson,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { outputRoot } from '../../scripts/output-root.js';
import { sampleMessage } from './samples.js';

const registry = createRegistry(
  ...['public', 'operator'].map((name) =>
    createFileRegistry(
      fromBinary(FileDescriptorSetSchema, readFileSync(`generated/${name}.binpb`)),
    ),
  ),
);

const golden = [...listMessages()].flatMap((desc) => {
  const samples = sampleMessage(desc).map(({ name, json }) => {
    const message = fromJson(desc, json, { registry });
    const hex = Buffer.from(toBinary(desc, message)).toString('hex');
    return { type: desc.typeName, name, hex, json: toJson(desc, message, { registry }) };
  });
  // A message without fields is the same however it is filled.
  return samples.filter(({ hex }, at) => samples.findIndex((other) => other.hex === hex) === at);
});
const path = join(outputRoot(), 'clients/wire/golden.json');
mkdirSync(dirname(path), { recursive: true });
// A line for each, so that a difference shows which.
writeFileSync(path, `[\n${golden.map((sample) => JSON.stringify(sample)).join(',\n')}\n]\n`);

/** What goes over the wire by itself: in the order of the names, each once. */
function listMessages(): Set<DescMessage> {
  const services = [...registry].filter((desc) => desc.kind === 'service');
  return new Set(
    services
      .filter(({ typeName }) => typeName.startsWith('ewallet.'))
      .sort((a, b) => (a.typeName < b.typeName ? -1 : 1))
      .flatMap(({ methods }) => methods.flatMap(({ input, output }) => [input, output])),
  );
}
