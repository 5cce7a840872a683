import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { enumName, shortEnumNames } from './enums.js';
import { parseDuration, parseInteger, parseMoney, parseTimestamp } from './values.js';

/** Fields that only the user may know: never in arguments, where other users of the machine and the history see them. */
export const secretNames = new Set([
  'password',
  'current_password',
  'new_password',
  'acquire_key',
  'one_time_code',
  'client_id',
  'session_token',
]);

/** What a field takes from the command line. */
export type FieldInput = {
  field: DescField;
  /** Names from the request down to the field, as ProtoJSON has them. */
  jsonPath: string[];
  /** Without dashes, for example `payee-email`. */
  option: string;
  /** What a value looks like, for example `<number>`. Empty for a switch. */
  placeholder: string;
  /** The values that it may have, when they are few. */
  choices: string[];
};

/** The fields of a request that options set; those that the program fills itself are left out. */
export function listInputs(request: DescMessage, parents: string[] = []): FieldInput[] {
  return request.fields.flatMap((field) => {
    if (field.name === 'update_mask') return [];
    const jsonPath = [...parents, field.jsonName];
    if (field.fieldKind === 'message' && !field.message.typeName.startsWith('google.')) {
      return listInputs(field.message, jsonPath);
    }
    return [
      {
        field,
        jsonPath,
        option: field.name.replaceAll('_', '-'),
        placeholder: placeholderOf(field),
        choices: enumOf(field) ? shortEnumNames(enumOf(field)) : [],
      },
    ];
  });
}

/** The value of a field as ProtoJSON has it. @throws UsageError that names the option. */
export function readValue({ field, option }: FieldInput, value: string | boolean): unknown {
  if (typeof value === 'boolean') return value;
  const name = `--${option}`;
  const enumeration = enumOf(field);
  if (enumeration) return enumName(enumeration, value, name);
  const message = field.fieldKind === 'scalar' ? undefined : field.message?.typeName;
  if (message === 'google.protobuf.Duration') return parseDuration(value, name);
  if (message === 'google.protobuf.Timestamp') return parseTimestamp(value, name);
  if (message === 'google.type.Money') return parseMoney(value, name);
  const scalar = scalarOf(field);
  if (scalar === ScalarType.INT64) return parseInteger(value, name);
  if (scalar === ScalarType.INT32) return Number(parseInteger(value, name));
  return value;
}

/** Whether a field is a switch. */
export function isSwitch(field: DescField): boolean {
  return scalarOf(field) === ScalarType.BOOL;
}

/** Whether a field takes the content of a file. */
export function isFile(field: DescField): boolean {
  return scalarOf(field) === ScalarType.BYTES;
}

function placeholderOf(field: DescField): string {
  if (isSwitch(field)) return '';
  const text = isFile(field) ? 'file' : nameOfValue(field);
  return field.fieldKind === 'list' ? `<${text}...>` : `<${text}>`;
}

function nameOfValue(field: DescField): string {
  if (enumOf(field)) return 'name';
  const { typeName = '' } = field.message ?? {};
  if (typeName)
    return { Duration: 'time', Timestamp: 'moment', Money: 'money' }[last(typeName)] ?? 'value';
  if (field.name.endsWith('_id')) return 'id';
  return scalarOf(field) === ScalarType.STRING ? 'text' : 'number';
}

function last(typeName: string): string {
  return typeName.slice(typeName.lastIndexOf('.') + 1);
}

function scalarOf(field: DescField): ScalarType | undefined {
  return field.fieldKind === 'scalar' || field.fieldKind === 'list' ? field.scalar : undefined;
}

function enumOf(field: DescField) {
  return field.fieldKind === 'enum' || field.fieldKind === 'list' ? field.enum : undefined;
}
