import { Argument, Command } from 'commander';
import { defaultAddress, defaultOperatorAddress } from '../client/servers.js';
import { type Profile, secretFields } from '../config/profiles.js';
import { UsageError } from '../errors/usage-error.js';
import type { Json } from '../output/format.js';
import { readSecret } from '../prompts/secrets.js';
import type { ContextFactory } from './context.js';

type SettingOptions = {
  address?: string;
  operatorAddress?: string;
  tls?: boolean;
  caFile?: string;
  masterEmail?: string;
};

const keyKinds = ['acquire', 'backend', 'operator', 'registration'] as const;

/** `ewallet use`: switches to a profile, and makes it when it is not there. */
export function createUseCommand(createContext: ContextFactory): Command {
  const command = addSettingOptions(new Command('use'))
    .description('Switch to a profile: its servers, keys and login. Makes it when it is not there.')
    .argument('<name>', 'Name of the profile')
    .action((name: string) => {
      const { profiles, printer } = createContext(command.optsWithGlobals());
      const settings = readSettings(command.opts());
      if (!profiles.exists(name) || Object.keys(settings).length) profiles.update(name, settings);
      profiles.use(name);
      printer.tell(`Profile ${name} is in use.`);
    });
  return command;
}

/** `ewallet profile …`: what is kept in this user's configuration folder. */
export function createProfileCommands(createContext: ContextFactory): Command {
  const profile = new Command('profile').description(
    'Profiles: servers, keys and tokens, in files that only you can read.',
  );
  const list = new Command('list')
    .description('List the profiles; * marks the one in use.')
    .action(() => {
      const { profiles, profileName, printer } = createContext(list.optsWithGlobals());
      const names = [...new Set([...profiles.names(), profileName])].sort();
      const entries = names.map((name) => ({
        name,
        inUse: name === profileName,
        ...visible(profiles.load(name)),
      }));
      if (printer.json) return printer.jsonDocument({ profiles: entries as Json[] });
      for (const { name, inUse, address } of entries)
        printer.line(`${inUse ? '*' : ' '} ${name}\t${address}`);
    });
  const show = new Command('show')
    .description('Show the profile in use. Keys and tokens are not shown.')
    .action(() => {
      const context = createContext(show.optsWithGlobals());
      const entries = {
        name: context.profileName,
        folder: context.profiles.folder,
        ...visible(context.profile),
      };
      if (context.printer.json) return context.printer.jsonDocument(entries as Json);
      for (const [name, value] of Object.entries(entries))
        context.printer.line(`${name}\t${value}`);
    });
  const set = addSettingOptions(new Command('set'))
    .description('Change the profile in use: its servers and its master.')
    .action(() => {
      const context = createContext(set.optsWithGlobals());
      const settings = readSettings(set.opts());
      if (!Object.keys(settings).length)
        throw new UsageError('Nothing to change was named.', 'See the options: --help.');
      // Tokens of one server are of no use, and no business, of another.
      const moved = settings.address !== undefined && settings.address !== context.profile.address;
      context.save({ ...settings, ...(moved ? { credentials: undefined } : {}) });
      context.printer.tell(`Profile ${context.profileName} is changed.`);
    });
  const remove = new Command('remove')
    .description('Remove a profile with its keys and tokens.')
    .argument('<name>', 'Name of the profile')
    .action((name: string) => {
      const { profiles, printer } = createContext(remove.optsWithGlobals());
      if (!profiles.exists(name))
        throw new UsageError(`There is no profile ${name}.`, 'List them: ewallet profile list.');
      profiles.remove(name);
      printer.tell(`Profile ${name} is gone.`);
    });
  for (const command of [list, show, set, createSetKeyCommand(createContext), remove])
    profile.addCommand(command);
  return profile;
}

function createSetKeyCommand(createContext: ContextFactory): Command {
  const command = new Command('set-key')
    .description('Keep a key in the profile. It is asked for, and never an argument.')
    .addArgument(new Argument('<kind>', 'What the key is for').choices(keyKinds))
    .option('--key-stdin', 'Read the key from a line of standard input')
    .option('--forget', 'Remove the key from the profile')
    .action(async (kind: (typeof keyKinds)[number]) => {
      const context = createContext(command.optsWithGlobals());
      const { keyStdin, forget } = command.opts<{ keyStdin?: boolean; forget?: boolean }>();
      const name = `${kind}_key`;
      const key = forget
        ? undefined
        : await readSecret({ name, fromStdin: keyStdin === true }, context.env);
      context.save({ [`${kind}Key`]: key });
      context.printer.tell(`The profile ${forget ? 'forgot' : 'keeps'} the ${kind} key.`);
    });
  return command;
}

function addSettingOptions(command: Command): Command {
  return command
    .option(
      '--address <host:port>',
      `Where clients and backends are served; ${defaultAddress} by default`,
    )
    .option(
      '--operator-address <host:port>',
      `Where the operator is served; ${defaultOperatorAddress} by default`,
    )
    .option('--tls', 'Use TLS; it is used by default unless the server is on this machine')
    .option('--no-tls', 'Send tokens and keys in clear: only on networks that you trust')
    .option('--ca-file <file>', 'PEM file with the certificates to trust')
    .option('--master-email <email>', 'E-mail address of the master whose users log in');
}

function readSettings(options: SettingOptions): Partial<Profile> {
  for (const name of ['address', 'operatorAddress'] as const) {
    const value = options[name];
    if (value !== undefined && !/^\S+:\d{1,5}$/.test(value)) {
      throw new UsageError(
        `--${name === 'address' ? name : 'operator-address'} must be host:port, not "${value}".`,
      );
    }
  }
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** A profile without its secrets: of those only whether they are there. */
function visible(profile: Profile) {
  const { credentials, address, operatorAddress, verifyMs: _, ...rest } = profile;
  const shown = Object.entries(rest).map(([name, value]) =>
    (secretFields as readonly string[]).includes(name) ? [name, 'set'] : [name, value],
  );
  return {
    address: address ?? defaultAddress,
    operatorAddress: operatorAddress ?? defaultOperatorAddress,
    ...Object.fromEntries(shown),
    session: credentials ? 'set' : 'none',
  };
}
