import { readFileSync } from 'node:fs';
import { createFileRegistry, type FileRegistry, fromBinary, getOption } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';

/** A listener: who may reach it is a matter of its address. */
export type ListenerName = 'public' | 'operator';

/** What a listener knows of its own services. */
export type Descriptors = {
  /** The descriptor set as it was generated: reflection serves it. */
  readonly bytes: Uint8Array;
  /** The same, readable: access rules, validation rules and sensitive fields are looked up in it. */
  readonly registry: FileRegistry;
};

/** Reads the descriptor set of a listener. Its place is the same beside the source and beside the built file. */
export function loadDescriptors(listener: ListenerName): Descriptors {
  const bytes = readFileSync(new URL(`../../generated/${listener}.binpb`, import.meta.url));
  return { bytes, registry: createFileRegistry(fromBinary(FileDescriptorSetSchema, bytes)) };
}

/** Names, in camel case, of all fields that are marked as sensitive. */
export function sensitiveFields({ registry }: Descriptors): Set<string> {
  const option = registry.getExtension('ewallet.options.v1.sensitive');
  if (!option) throw new Error('The descriptor set lacks the option "sensitive".');
  const names = new Set<string>();
  for (const type of registry) {
    if (type.kind !== 'message') continue;
    for (const field of type.fields) if (getOption(field, option)) names.add(field.localName);
  }
  return names;
}
