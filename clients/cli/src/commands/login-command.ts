import { Command } from 'commander';
import { findMethod } from '../api/api.js';
import { UsageError } from '../errors/usage-error.js';
import { askText, canAsk } from '../prompts/ask.js';
import { readSecret, secretVariable } from '../prompts/secrets.js';
import { afterCall } from './after-call.js';
import type { Context, ContextFactory } from './context.js';

type LoginOptions = {
  passwordStdin?: boolean;
  oneTimeCode?: boolean;
  oneTimeCodeStdin?: boolean;
  master?: string;
  acquireKeyStdin?: boolean;
};

/** `ewallet login`: acquires the master where that is needed, then logs a user in. Asks for what is missing. */
export function createLoginCommand(createContext: ContextFactory): Command {
  const command = new Command('login')
    .description(
      'Log a user in. Asks for the e-mail address and the password, and the first time for the master and an acquire key of it.',
    )
    .argument('[email]', 'E-mail address of the user')
    .option('--master <email>', "E-mail address of the master, when it is not the profile's")
    .option(
      '--password-stdin',
      `Read the password from a line of standard input; ${secretVariable('password')} does, too`,
    )
    .option('--one-time-code', 'Ask for the code of the authenticator, or a recovery code')
    .option('--one-time-code-stdin', 'Read that code from a line of standard input')
    .option('--acquire-key-stdin', 'Read the acquire key from a line of standard input')
    .action(async (email: string | undefined) => {
      const context = createContext(command.optsWithGlobals());
      await logIn(context, email, command.opts());
    });
  return command;
}

async function logIn(
  context: Context,
  given: string | undefined,
  options: LoginOptions,
): Promise<void> {
  const { env, profile } = context;
  const email =
    given ?? (await ask('E-mail address', 'the e-mail address as an argument', profile.email));
  const password = await readSecret(
    { name: 'password', fromStdin: options.passwordStdin === true },
    env,
  );
  const wantsCode = options.oneTimeCode || options.oneTimeCodeStdin;
  const oneTimeCode = wantsCode
    ? await readSecret({ name: 'one_time_code', fromStdin: options.oneTimeCodeStdin === true }, env)
    : '';
  const method = findMethod('AccountService.Login');
  const request = { email, password, oneTimeCode };
  const attempt = () => context.api.call(method, request);
  if (options.master || options.acquireKeyStdin) await acquire(context, options);
  const { reply } = await attempt().catch(async (error: { reason?: string }) => {
    if (error.reason !== 'MASTER_NOT_ACQUIRED') throw error;
    await acquire(context, options);
    return attempt();
  });
  afterCall(context, method, request, reply, {});
}

/** A session belongs to no master at first: users are those of the master that it acquires. */
async function acquire(context: Context, options: LoginOptions): Promise<void> {
  const { env, profile, printer } = context;
  const stored = options.master ?? env.EWALLET_MASTER_EMAIL ?? profile.masterEmail;
  const email = stored ?? (await ask('E-mail address of the master', '--master <email>'));
  const source = {
    name: 'acquire_key',
    fromStdin: options.acquireKeyStdin === true,
    stored: email === profile.masterEmail ? profile.acquireKey : undefined,
  };
  const acquireKey = await readSecret(source, env);
  await context.api.call(findMethod('MasterService.AcquireMaster'), { email, acquireKey });
  context.save({ masterEmail: email, acquireKey });
  printer.note(`Acquired the master ${email}.`);
}

async function ask(label: string, otherwise: string, initial?: string): Promise<string> {
  if (!canAsk()) throw new UsageError(`${label} is missing.`, `Give ${otherwise}.`);
  return askText(label, checkEmail, initial);
}

function checkEmail(text: string): string | undefined {
  return /^\S+@\S+$/.test(text) ? undefined : 'That is no e-mail address.';
}
