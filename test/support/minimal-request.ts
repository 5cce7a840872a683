import {
  create,
  type DescField,
  type DescMessage,
  type DescOneof,
  type FileRegistry,
  getOption,
  hasOption,
  toBinary,
} from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { createValidator, type Validator } from '@bufbuild/protovalidate';
import { formatId, type IdKind, idPrefixes } from '../../src/model/public-id.js';

/** The rules of a field that matter here, as the option holds them. */
type FieldRules = {
  required: boolean;
  type: { case?: string; value?: Record<string, unknown> };
};

/** A validator compiles rules once for each type: it is kept. */
const validators = new WeakMap<FileRegistry, Validator>();

function validatorOf(registry: FileRegistry): Validator {
  const known = validators.get(registry) ?? createValidator({ registry });
  validators.set(registry, known);
  return known;
}

/** No row of any test has it. */
const MISSING = 2n ** 40n + 7n;

/** A public id of this kind that nothing has. */
export function missingId(kind: IdKind): string {
  return formatId(kind, MISSING);
}

/** Values for fields by their names, wherever they are in a request, in place of the made ones. */
export type GivenFields = Readonly<Record<string, string>>;

/**
 * The smallest request that keeps the rules of its type, made from the descriptor alone: what need not be there is not, ids name nothing.
 *
 * @throws Error when it breaks a rule: then this file has to learn that rule.
 */
export function minimalRequest(
  type: DescMessage,
  registry: FileRegistry,
  given: GivenFields = {},
): Uint8Array {
  const message = fill(type, registry, given);
  let result = validatorOf(registry).validate(type, message.message);
  if (result.kind === 'invalid' && result.violations.every(isNotEmpty)) {
    const name = type.fields.find((field) => field.name === 'name');
    if (name) message.set(name, 'x');
    result = validatorOf(registry).validate(type, message.message);
  }
  if (result.kind !== 'valid') throw new Error(`${type.typeName}: ${result.error}`);
  return toBinary(type, message.message);
}

/** Rules of requests that must tell something, whichever field it is in. */
function isNotEmpty({ ruleId }: { readonly ruleId: string }): boolean {
  return ruleId.endsWith('.not_empty');
}

/** A request of which a text is no UTF-8, so that it breaks the rules of its type, whichever they are; undefined when it has no text. */
export function brokenRequest(type: DescMessage): Uint8Array | undefined {
  const text = type.fields.find(({ scalar, fieldKind }) => fieldKind === 'scalar' && scalar === 9);
  return text && Uint8Array.of(...varint((text.number << 3) | 2), 1, 0xff);
}

/** Fields that hold a public id, wherever they are in a request, by their names, with what they name. */
export function idFields(
  type: DescMessage,
  registry: FileRegistry,
  depth = 0,
): Map<string, IdKind> {
  const found = new Map<string, IdKind>();
  for (const field of type.fields) {
    if (field.fieldKind === 'message' && depth < 3) {
      for (const [name, kind] of idFields(field.message, registry, depth + 1))
        found.set(name, kind);
    }
    const kind = idKindOf(rulesOf(field, registry));
    if (kind) found.set(field.name, kind);
  }
  return found;
}

function fill(type: DescMessage, registry: FileRegistry, given: GivenFields): ReflectMessage {
  const message = reflect(type, create(type));
  for (const member of type.members) {
    if (member.kind === 'oneof') fillOneof(message, member, registry, given);
    else fillField(message, member, registry, given);
  }
  return message;
}

/** One of its fields: the one that is given, else the first where one must be there. */
function fillOneof(
  message: ReflectMessage,
  oneof: DescOneof,
  registry: FileRegistry,
  given: GivenFields,
): void {
  const extension = registry.getExtension('buf.validate.oneof');
  const required =
    extension && hasOption(oneof, extension)
      ? (getOption(oneof, extension) as unknown as { required: boolean }).required
      : false;
  const named = oneof.fields.find(({ name }) => given[name] !== undefined);
  const field = named ?? (required ? oneof.fields[0] : undefined);
  if (field) fillField(message, field, registry, given, true);
}

function fillField(
  message: ReflectMessage,
  field: DescField,
  registry: FileRegistry,
  given: GivenFields,
  chosen = false,
): void {
  const value = given[field.name];
  const rules = rulesOf(field, registry);
  if (value !== undefined) message.set(field, value);
  else if (field.fieldKind === 'message') {
    if (!chosen && !rules?.required) return;
    message.set(field, fill(field.message, registry, given));
    if (field.message.typeName === 'google.protobuf.FieldMask') fillMask(message, field, rules);
  } else if (field.fieldKind === 'enum') {
    const notIn = (rules?.type.value?.notIn ?? []) as number[];
    if (notIn.includes(0))
      message.set(field, field.enum.values.find(({ number }) => number > 0)?.number ?? 0);
  } else if (field.fieldKind === 'scalar') {
    const made = scalarOf(field, rules, chosen);
    if (made !== undefined) message.set(field, made);
  }
}

function fillMask(message: ReflectMessage, field: DescField, rules: FieldRules | undefined): void {
  const allowed = (rules?.type.value?.in ?? []) as string[];
  const mask = message.get(field) as ReflectMessage;
  const paths = mask.fields.find(({ name }) => name === 'paths') as DescField & {
    fieldKind: 'list';
  };
  const path = allowed[0] ?? 'name';
  mask.get(paths).add(path);
  // What is to be edited is given, too.
  const edited = message.fields.find(({ name }) => name === path);
  if (edited?.fieldKind === 'scalar') message.set(edited, 'Somebody Else');
}

function scalarOf(field: DescField, rules: FieldRules | undefined, chosen: boolean) {
  const { case: kind, value = {} } = rules?.type ?? {};
  if (kind === 'string') return textOf(field, value, chosen);
  const lowest = lowestOf(value.greaterThan);
  if (kind === 'int64' || kind === 'uint64') return lowest;
  return lowest === undefined ? undefined : Number(lowest);
}

function lowestOf(bound: unknown): bigint | undefined {
  const { case: kind, value } = (bound ?? {}) as { case?: string; value?: number | bigint };
  if (kind === 'gt') return BigInt(value ?? 0) + 1n;
  return kind === 'gte' && BigInt(value ?? 0) > 0n ? BigInt(value ?? 0) : undefined;
}

function textOf(
  field: DescField,
  rule: Record<string, unknown>,
  chosen: boolean,
): string | undefined {
  const wellKnown = (rule.wellKnown as { case?: string } | undefined)?.case;
  if (wellKnown === 'uuid') return crypto.randomUUID();
  if (wellKnown === 'email') return 'nobody@example.com';
  const pattern = String(rule.pattern ?? '');
  if (pattern === '^[0-9]{6}$') return '123456';
  const kind = idKindOf({ required: false, type: { case: 'string', value: rule } });
  // Another one that nobody has: two ids of one request may have to differ.
  if (kind) return pattern.endsWith(')?$') && !chosen ? undefined : formatId(kind, MISSING + 1n);
  // A password that the policy would take as well.
  if (field.name.endsWith('password')) return 'correct-horse-7';
  return Number(rule.minLen ?? 0) > 0 || chosen
    ? 'x'.repeat(Number(rule.minLen ?? 1) || 1)
    : undefined;
}

function idKindOf(rules: FieldRules | undefined): IdKind | undefined {
  if (rules?.type.case !== 'string') return undefined;
  const prefix = /^\^\(?([a-z]+)_/.exec(String(rules.type.value?.pattern ?? ''))?.[1];
  if (prefix === undefined) return undefined;
  const kind = Object.entries(idPrefixes).find(([, own]) => own === prefix)?.[0];
  if (!kind) throw new Error(`${prefix}_ is the prefix of no id.`);
  return kind as IdKind;
}

function rulesOf(field: DescField, registry: FileRegistry): FieldRules | undefined {
  const extension = registry.getExtension('buf.validate.field');
  if (!extension || !hasOption(field, extension)) return undefined;
  return getOption(field, extension) as unknown as FieldRules;
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)];
}
