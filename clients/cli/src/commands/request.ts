import { readFileSync } from 'node:fs';
import type { DescMessage } from '@bufbuild/protobuf';
import {
  type FieldInput,
  isFile,
  isSwitch,
  listInputs,
  readValue,
  secretNames,
} from '../api/fields.js';
import { parseParty } from '../api/values.js';
import { UsageError } from '../errors/usage-error.js';
import type { Json } from '../output/format.js';
import { argumentName, type Declaration } from './declaration.js';

/** A request as ProtoJSON has it. */
export type RequestJson = { [name: string]: Json };

/** What the user gave: values by option, in the spelling of commander. */
export type GivenOptions = Record<string, string | boolean | string[] | undefined>;

/** The fields of a request that are options, secrets left out. */
export function optionInputs(declaration: Declaration, request: DescMessage): FieldInput[] {
  const names = new Set(declaration.args.map(argumentName));
  if (names.has('payee')) names.add('payee_email').add('payee_account_id');
  return listInputs(request).filter(
    ({ field }) =>
      !names.has(field.name) &&
      !secretNames.has(field.name) &&
      field.name !== 'page_size' &&
      field.name !== 'page_token',
  );
}

/** The fields of a request that only a prompt, standard input or the environment fill. */
export function secretInputs(request: DescMessage): FieldInput[] {
  return listInputs(request).filter(({ field }) => secretNames.has(field.name));
}

/**
 * The request that arguments and options make. A mask names exactly what was given.
 *
 * @throws UsageError that names the argument or option.
 */
export function buildRequest(
  declaration: Declaration,
  request: DescMessage,
  args: (string | undefined)[],
  given: GivenOptions,
): RequestJson {
  const json: RequestJson = {};
  const inputs = listInputs(request);
  declaration.args.forEach((argument, at) => {
    const name = argumentName(argument);
    const value = args[at];
    if (value === undefined) return;
    if (name === 'payee') {
      const party = parseParty(value, name);
      if ('email' in party) json.payeeEmail = party.email;
      else json.payeeAccountId = party.accountId;
      return;
    }
    const input = inputs.find(({ field }) => field.name === name);
    if (!input) throw new Error(`${declaration.method} has no field ${name}.`);
    place(json, input.jsonPath, readValue({ ...input, option: name }, value) as Json);
  });
  for (const input of optionInputs(declaration, request)) {
    const value = given[camelCase(input.option)];
    if (value !== undefined) place(json, input.jsonPath, readGiven(input, value));
  }
  return json;
}

/** Sets the mask of a request to the fields that it has. @throws UsageError when it has none. */
export function fillMask(request: DescMessage, json: RequestJson): void {
  const mask = request.fields.find(({ name }) => name === 'update_mask');
  if (!mask) return;
  const masked = request.fields.filter(
    ({ name, jsonName }) =>
      jsonName in json && !name.endsWith('_id') && name !== 'current_password',
  );
  if (!masked.length)
    throw new UsageError('Nothing to change was named.', 'See the options: --help.');
  // In ProtoJSON a mask is one text of names in camel case.
  json[mask.jsonName] = masked.map(({ jsonName }) => jsonName).join(',');
}

function readGiven(input: FieldInput, value: string | boolean | string[]): Json {
  if (Array.isArray(value)) return value.map((item) => readValue(input, item) as Json);
  if (isFile(input.field)) return readFile(String(value), input.option).toString('base64');
  return readValue(input, isSwitch(input.field) ? Boolean(value) : value) as Json;
}

function readFile(path: string, option: string): Buffer {
  try {
    return readFileSync(path === '-' ? 0 : path);
  } catch (error) {
    throw new UsageError(`--${option}: ${(error as Error).message}`);
  }
}

/** Sets a value deep in the request. */
export function place(json: RequestJson, path: string[], value: Json): void {
  const [first = '', ...rest] = path;
  if (!rest.length) {
    json[first] = value;
    return;
  }
  json[first] ??= {};
  place(json[first] as RequestJson, rest, value);
}

/** `payee-wallet-id` as `payeeWalletId`: how commander names the values of options. */
export function camelCase(option: string): string {
  return option.replace(/-(\w)/g, (_all, letter: string) => letter.toUpperCase());
}
