import { createInterface } from 'node:readline';
import { UsageError } from '../errors/usage-error.js';
import { askSecret, type Check, canAsk } from './ask.js';

/** Where a secret comes from: the first of these that has it. */
export type SecretSource = {
  /** Name of the field, for example `new_password`. */
  name: string;
  /** True when `--<name>-stdin` was given: the next line of standard input has it. */
  fromStdin: boolean;
  /** What the profile has, if anything. */
  stored?: string | undefined;
  /** True when the secret is made now: the policy holds, and it is asked for twice. */
  isNew?: boolean;
};

/** The environment variable that a program may hand a secret over in. */
export function secretVariable(name: string): string {
  return `EWALLET_${name.toUpperCase()}`;
}

/**
 * A secret from standard input, the environment, the profile or a prompt; never from arguments.
 *
 * @throws UsageError that says how to hand it over when there is none and nobody can be asked.
 */
export async function readSecret(source: SecretSource, env: NodeJS.ProcessEnv): Promise<string> {
  const { name } = source;
  const words = name.replaceAll('_', ' ');
  if (source.fromStdin) {
    const line = await readLine();
    if (!line) throw new UsageError(`Standard input has no line with the ${words}.`);
    return line;
  }
  const given = env[secretVariable(name)] || source.stored;
  if (given) return given;
  const option = `--${name.replaceAll('_', '-')}-stdin`;
  if (!canAsk()) {
    throw new UsageError(
      `The ${words} is missing, and there is no terminal to ask on.`,
      `Send it on a line of standard input with ${option}, or in ${secretVariable(name)}.`,
    );
  }
  const label = words.charAt(0).toUpperCase() + words.slice(1);
  if (!source.isNew) return askSecret(label);
  const chosen = await askSecret(label, checkNewPassword);
  await askSecret(`${label}, once more`, (again) =>
    again === chosen ? undefined : 'That is not the same. Ctrl-C leaves.',
  );
  return chosen;
}

/** The policy of the server, told before anything is sent. */
export const checkNewPassword: Check = (text) => {
  if ([...text].length < 8) return 'Take 8 characters or more.';
  if ([...text].length > 256) return 'Take 256 characters or fewer.';
  const whole = /\p{L}/u.test(text) && /\p{N}/u.test(text) && /[^\p{L}\p{N}]/u.test(text);
  return whole ? undefined : 'Take a letter, a digit and another character at least.';
};

let lines: AsyncIterator<string> | undefined;

/** The next line of standard input: several secrets come on lines of their own. */
async function readLine(): Promise<string | undefined> {
  lines ??= createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const { value, done } = await lines.next();
  return done ? undefined : value;
}
