import { readFileSync } from 'node:fs';
import {
  createFileRegistry,
  type DescExtension,
  type DescField,
  type DescMessage,
  type DescMethod,
  type FileRegistry,
  fromBinary,
  getOption,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';

/** A caller as the options of the API name it, see docs/access.md. */
export const callers = { anyone: 1, client: 2, user: 5, master: 6, backend: 7, backendForUser: 8 };

const operatorListener = 2;

/** What the access option of a method says. */
export type AccessRule = { listener: number; callers: number[]; registrationKey: boolean };

let registry: FileRegistry | undefined;
let comments: Record<string, string> | undefined;

/** Every message and service of the API, with google.rpc's error details. */
export function getRegistry(): FileRegistry {
  registry ??= createFileRegistry(
    fromBinary(
      FileDescriptorSetSchema,
      readFileSync(new URL('../../generated/api.binpb', import.meta.url)),
    ),
  );
  return registry;
}

/** What the proto says above a message, field, enum value or method. Empty when it says nothing. */
export function commentOn({ typeName, name }: { typeName: string; name?: string }): string {
  comments ??= JSON.parse(
    readFileSync(new URL('../../generated/comments.json', import.meta.url), 'utf8'),
  ) as Record<string, string>;
  return comments[name ? `${typeName}.${name}` : typeName] ?? '';
}

/** The methods of all services of EWallet, by `Service.Method`. */
export function listMethods(): Map<string, DescMethod> {
  const methods = new Map<string, DescMethod>();
  for (const type of getRegistry()) {
    if (type.kind !== 'service' || !type.typeName.startsWith('ewallet.')) continue;
    for (const method of type.methods) methods.set(`${type.name}.${method.name}`, method);
  }
  return methods;
}

/** A method by `Service.Method`. @throws Error when the API has none of that name. */
export function findMethod(name: string): DescMethod {
  const [service, method] = name.split('.');
  for (const space of ['ewallet.v1', 'ewallet.system.v1']) {
    const found = getRegistry()
      .getService(`${space}.${service}`)
      ?.methods.find((candidate) => candidate.name === method);
    if (found) return found;
  }
  throw new Error(`The API has no method ${name}.`);
}

/** A message by its full name. @throws Error when the API has none of that name. */
export function findMessage(typeName: string): DescMessage {
  const message = getRegistry().getMessage(typeName);
  if (!message) throw new Error(`The API has no message ${typeName}.`);
  return message;
}

/** Who may call a method, and where. */
export function accessOf(method: DescMethod): AccessRule {
  const option = extension('ewallet.options.v1.access');
  return getOption(method, option) as unknown as AccessRule;
}

/** Whether a method is served to the operator only. */
export function isForOperator(method: DescMethod): boolean {
  return accessOf(method).listener === operatorListener;
}

/** Whether a field holds a secret or personal data. */
export function isSensitive(field: DescField): boolean {
  return getOption(field, extension('ewallet.options.v1.sensitive')) as unknown as boolean;
}

function extension<T extends DescExtension>(name: string): T {
  const found = getRegistry().getExtension(name);
  if (!found) throw new Error(`The API has no option ${name}.`);
  return found as T;
}
