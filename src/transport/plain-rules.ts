import {
  type DescField,
  type DescMessage,
  type DescOneof,
  type FileRegistry,
  getOption,
  isFieldSet,
  type Message,
  ScalarType,
} from '@bufbuild/protobuf';

/** Tells of a message as the generated code decoded it, or of a value in it, whether it surely keeps its rules. */
export type PlainCheck = (value: unknown) => boolean;

type Fields = Record<string, unknown>;

/**
 * Compiles the rules of a type into one check. Where it says yes, the validator would find nothing; where it says no, only the validator
 * knows. Undefined when a rule is of a kind that is not known here: then nothing is sure.
 */
export function compilePlainRules(
  type: DescMessage,
  registry: FileRegistry,
): PlainCheck | undefined {
  const rules = rulesOf(type, 'message', registry);
  const checks: (PlainCheck | undefined)[] = rules.map(compileMessageRule);
  for (const oneof of type.oneofs) checks.push(...compileOneof(oneof, registry));
  for (const field of type.fields) {
    const check = compileField(field, registry);
    const { oneof, localName } = field;
    if (check === undefined) checks.push(undefined);
    else if (oneof && !isSynthetic(oneof)) checks.push(onlyWhenChosen(oneof, localName, check));
    else checks.push((message) => check((message as Fields)[localName]));
  }
  return every(checks);
}

/** All checks in one; undefined when one of them is. */
function every(checks: readonly (PlainCheck | undefined)[]): PlainCheck | undefined {
  if (checks.includes(undefined)) return undefined;
  const known = checks as readonly PlainCheck[];
  return (value) => {
    for (const check of known) if (!check(value)) return false;
    return true;
  };
}

/** Only what begins with "unless this field is there": then it is kept by messages without the field. */
function compileMessageRule([name, value]: Rule): PlainCheck | undefined {
  if (name !== 'cel') return undefined;
  const absences = (value as { expression: string }[]).map(({ expression }) => {
    const [, field] = /^!has\(this\.(\w+)\) \|\| [^?]*$/.exec(expression) ?? [];
    return field && absent(toLocalName(field));
  });
  return every(absences.map((check) => check || undefined));
}

function absent(localName: string): PlainCheck {
  return (message) => (message as Fields)[localName] === undefined;
}

function compileOneof(oneof: DescOneof, registry: FileRegistry): (PlainCheck | undefined)[] {
  return rulesOf(oneof, 'oneof', registry).map(([name, value]) => {
    if (name !== 'required' || value !== true) return undefined;
    return (message) => (message as Fields)[oneof.localName] !== undefined;
  });
}

function onlyWhenChosen(oneof: DescOneof, localName: string, check: PlainCheck): PlainCheck {
  return (message) => {
    const chosen = (message as Record<string, { $case: string; value: unknown } | undefined>)[
      oneof.localName
    ];
    return chosen?.$case !== localName || check(chosen.value);
  };
}

function isSynthetic(oneof: DescOneof): boolean {
  return oneof.fields.length === 1 && oneof.name.startsWith('_');
}

/** A check of a field's value, undefined standing for an absent one. */
function compileField(field: DescField, registry: FileRegistry): PlainCheck | undefined {
  const rules = rulesOf(field, 'field', registry);
  if (field.fieldKind === 'message') return compileMessageField(field.message, rules, registry);
  if (field.fieldKind === 'list') {
    return rules.length === 0 ? (value) => (value as unknown[]).length === 0 : undefined;
  }
  const check = every(rules.map((rule) => compileValueRules(rule, registry)));
  if (!check) return undefined;
  if (field.fieldKind === 'scalar' && field.scalar === ScalarType.STRING) {
    return (value) => value === undefined || (isWellFormed(value as string) && check(value));
  }
  if (field.fieldKind === 'map') return undefined;
  return (value) => value === undefined || check(value);
}

/** Nothing is sure of text with the replacement character: it may stand for bytes that are no UTF-8. */
function isWellFormed(text: string): boolean {
  return !text.includes('\uFFFD');
}

function compileMessageField(
  type: DescMessage,
  rules: readonly Rule[],
  registry: FileRegistry,
): PlainCheck | undefined {
  if (rules.some(([name]) => name === 'required')) return undefined;
  // Rules of a message are for one that is there.
  const inside = rules.length === 0 ? compilePlainRules(type, registry) : undefined;
  return (value) => value === undefined || (inside?.(value) ?? false);
}

/** Rules of one kind of value, for example `string`: the name and what is set in it. */
function compileValueRules([kind, value]: Rule, registry: FileRegistry): PlainCheck | undefined {
  if (kind !== 'type') return undefined;
  const { case: name, value: rules } = value as { case?: string; value?: Message };
  if (!rules) return undefined;
  const set = setFields(rules, registry);
  if (name === 'string') return every(set.map(compileTextRule));
  if (name === 'int32' || name === 'int64') return compileRange(set);
  return undefined;
}

/** A text has as many code points as UTF-16 units at most and half as many at least, and three bytes for each unit at most. */
function compileTextRule([name, value]: Rule): PlainCheck | undefined {
  const limit = Number(value);
  if (name === 'minLen') return (text) => (text as string).length >= 2 * limit - 1;
  if (name === 'maxLen') return (text) => (text as string).length <= limit;
  if (name === 'maxBytes') return (text) => 3 * (text as string).length <= limit;
  if (name === 'pattern') return matches(new RegExp(value as string, 'u'));
  if (name === 'wellKnown') {
    const { case: format, value: wanted } = value as { case?: string; value?: unknown };
    if (format === 'uuid' && wanted === true) return matches(UUID);
  }
  return undefined;
}

const UUID = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/;

function matches(pattern: RegExp): PlainCheck {
  return (text) => pattern.test(text as string);
}

/** Bounds of a whole number. A lower one above the upper one would mean what is outside of them. */
function compileRange(rules: readonly Rule[]): PlainCheck | undefined {
  let lowest: bigint | number = -(2n ** 63n);
  let highest: bigint | number = 2n ** 63n - 1n;
  for (const [name, value] of rules) {
    const { case: bound, value: limit } = value as { case?: string; value?: bigint | number };
    if ((name !== 'lessThan' && name !== 'greaterThan') || limit === undefined) return undefined;
    if (bound === 'gt') lowest = BigInt(limit) + 1n;
    else if (bound === 'gte') lowest = limit;
    else if (bound === 'lt') highest = BigInt(limit) - 1n;
    else if (bound === 'lte') highest = limit;
    else return undefined;
  }
  if (lowest > highest) return undefined;
  return (value) => (value as bigint | number) >= lowest && (value as bigint | number) <= highest;
}

/** A rule that is set: its name in the descriptor and its value. */
type Rule = readonly [name: string, value: unknown];

/** What is set in the rules of something. A rule that is switched off is a rule here: it is not known. */
function rulesOf(
  of: DescMessage | DescOneof | DescField,
  kind: 'message' | 'oneof' | 'field',
  registry: FileRegistry,
): Rule[] {
  const extension = registry.getExtension(`buf.validate.${kind}`);
  if (!extension) throw new Error('The descriptor set lacks the rules of protovalidate.');
  return setFields(getOption(of, extension) as Message, registry);
}

function setFields(rules: Message, registry: FileRegistry): Rule[] {
  const type = registry.getMessage(rules.$typeName);
  if (!type) throw new Error(`The descriptor set lacks ${rules.$typeName}.`);
  const found = new Map<string, unknown>();
  for (const field of type.fields) {
    if (!isFieldSet(rules, field)) continue;
    const name = field.oneof?.localName ?? field.localName;
    found.set(name, (rules as unknown as Fields)[name]);
  }
  if (rules.$unknown?.length) found.set('unknown', rules.$unknown);
  return [...found];
}

function toLocalName(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
