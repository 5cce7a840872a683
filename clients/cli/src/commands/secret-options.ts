import type { DescMethod } from '@bufbuild/protobuf';
import type { Command } from 'commander';
import type { FieldInput } from '../api/fields.js';
import type { Profile } from '../config/profiles.js';
import { readSecret, secretVariable } from '../prompts/secrets.js';
import type { Context } from './context.js';
import { camelCase, type GivenOptions, type RequestJson, secretInputs } from './request.js';

/** Secrets that a method works without: they are asked for when the option is given. */
const optionalSecrets: Record<string, string[]> = {
  Login: ['one_time_code'],
  EditMaster: ['password', 'current_password'],
  RemoveTotp: ['one_time_code'],
};

/** Passwords that are made by the method: their policy is told at the prompt. */
const newSecrets: Record<string, string[]> = {
  CreateAccount: ['password'],
  CreateMaster: ['password'],
  ChangePassword: ['new_password'],
  ResetSubordinatePassword: ['new_password'],
  EditMaster: ['password'],
};

/** Adds the options that say where secrets come from. */
export function addSecretOptions(command: Command, method: DescMethod, inputs: FieldInput[]): void {
  for (const { field, option } of inputs) {
    const words = field.name.replaceAll('_', ' ');
    const variable = secretVariable(field.name);
    if (isOptional(method, field.name) && field.name !== 'current_password') {
      command.option(`--${option}`, `Send the ${words}: ask for it, or take it from ${variable}`);
    }
    command.option(
      `--${option}-stdin`,
      `Read the ${words} from a line of standard input instead of asking; ${variable} does, too`,
    );
  }
}

/** Adds the secrets of a request. @throws UsageError when one is missing and nobody can be asked. */
export async function fillSecrets(
  context: Context,
  method: DescMethod,
  request: RequestJson,
  given: GivenOptions,
): Promise<void> {
  for (const { field, option, jsonPath } of secretInputs(method.input)) {
    const fromStdin = given[camelCase(`${option}-stdin`)] === true;
    if (isOptional(method, field.name) && !fromStdin && !isWanted(field.name, given)) continue;
    request[jsonPath[0] ?? ''] = await readSecret(
      {
        name: field.name,
        fromStdin,
        stored: storedSecret(context.profile, method, field.name),
        isNew: newSecrets[method.name]?.includes(field.name) === true,
      },
      context.env,
    );
  }
}

function isOptional(method: DescMethod, name: string): boolean {
  return optionalSecrets[method.name]?.includes(name) === true;
}

/** A master proves itself with the present password when it sets another. */
function isWanted(name: string, given: GivenOptions): boolean {
  if (name === 'current_password') return given.password === true || given.passwordStdin === true;
  return given[camelCase(name.replaceAll('_', '-'))] === true;
}

/** Keys and tokens that the profile keeps; a status may be asked of the profile's own tokens. */
function storedSecret(profile: Profile, method: DescMethod, name: string): string | undefined {
  if (name === 'acquire_key') return profile.acquireKey;
  const tokens = (profile.credentials ?? {}) as { clientId?: string; sessionToken?: string };
  if (method.name === 'GetClientTokenStatus') return tokens.clientId;
  if (method.name === 'GetSessionTokenStatus') return tokens.sessionToken;
  return undefined;
}
