/**
 * Writes what the program knows of the API into `generated`: the descriptors of both listeners without their source, and apart
 * from them the comments, which only help texts need.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  type DescriptorProto,
  type FileDescriptorProto,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';

const generated = new URL('../../../generated/', import.meta.url);
const out = new URL('../generated/', import.meta.url);
mkdirSync(out, { recursive: true });

// Numbers of the fields of FileDescriptorProto, DescriptorProto, EnumDescriptorProto and ServiceDescriptorProto.
const messageTypes = 4;
const enumTypes = 5;
const services = 6;
const members = 2;

// The server holds the rules of fields; this program starts sooner without them.
const rules = 'buf/validate/validate.proto';

const files = new Map<string, FileDescriptorProto>();
for (const name of ['public.binpb', 'operator.binpb']) {
  const set = fromBinary(FileDescriptorSetSchema, readFileSync(new URL(name, generated)));
  for (const file of set.file) {
    if (!file.name.startsWith('grpc/') && file.name !== rules) files.set(file.name, file);
  }
}

const comments: Record<string, string> = {};
for (const file of files.values()) {
  if (file.name.startsWith('ewallet/')) Object.assign(comments, collectComments(file));
  file.sourceCodeInfo = undefined;
  file.dependency = file.dependency.filter((name) => name !== rules);
}
const set = create(FileDescriptorSetSchema, { file: [...files.values()] });
writeFileSync(new URL('api.binpb', out), toBinary(FileDescriptorSetSchema, set));
writeFileSync(new URL('comments.json', out), `${JSON.stringify(comments)}\n`);

/** Full name of each message, field, enum value, service and method, and what is written above it. */
function collectComments(file: FileDescriptorProto): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { path, leadingComments } of file.sourceCodeInfo?.location ?? []) {
    const name = nameAt(file, path);
    if (name && leadingComments.trim()) found[name] = leadingComments.trim();
  }
  return found;
}

/** The API nests no messages, so a path has two numbers for a thing and two more for a part of it. */
function nameAt(file: FileDescriptorProto, path: number[]): string | undefined {
  const [kind, index = 0, part, partIndex = 0] = path;
  if (path.length !== 2 && (path.length !== 4 || part !== members)) return undefined;
  const things: Record<number, { name: string }[]> = {
    [messageTypes]: file.messageType,
    [enumTypes]: file.enumType,
    [services]: file.service,
  };
  const thing = things[kind ?? 0]?.[index];
  if (!thing) return undefined;
  const name = `${file.package}.${thing.name}`;
  return path.length === 2 ? name : `${name}.${partsOf(thing)[partIndex]?.name}`;
}

function partsOf(thing: { name: string }): { name: string }[] {
  if ('field' in thing) return (thing as DescriptorProto).field;
  const { method, value } = thing as { method?: { name: string }[]; value?: { name: string }[] };
  return method ?? value ?? [];
}
