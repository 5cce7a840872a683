import { parseDurationMs } from '../api/values.js';
import { createApi } from '../client/api-calls.js';
import { locateServers } from '../client/servers.js';
import { openProfiles } from '../config/profiles.js';
import { UsageError } from '../errors/usage-error.js';
import { createPrinter } from '../output/printer.js';
import type { Context, ContextFactory, GlobalOptions } from './context.js';
import { brokenNote } from './display-notes.js';
import { repeatCommand } from './repeat-command.js';

/** What the program knows from its start on. */
export type Start = { env: NodeJS.ProcessEnv; argv: string[]; signal: AbortSignal };

/** Makes contexts, and keeps the last one for the end of the program. */
export function createContextFactory({ env, argv, signal }: Start) {
  let last: Context | undefined;
  const create: ContextFactory = (given) => {
    const options = given as GlobalOptions;
    const profiles = openProfiles(env);
    const named = options.profile ?? env.EWALLET_CLI_PROFILE;
    if (named && !profiles.exists(named)) {
      throw new UsageError(
        `There is no profile ${named}.`,
        `Make it: ewallet use ${named} --address <host:port>. List them: ewallet profile list.`,
      );
    }
    const profileName = named || profiles.current();
    const json = options.json === true;
    const color = options.color && !env.NO_COLOR && process.stdout.isTTY === true && !json;
    const printer = createPrinter(process.stdout, process.stderr, { json, color });
    const { as, backend, timeout } = options;
    const timeoutMs =
      timeout === undefined ? undefined : Number(parseDurationMs(timeout, '--timeout'));
    const stream = { broken: false };
    last = {
      env,
      profiles,
      profileName,
      profile: profiles.load(profileName),
      options: { ...options, color },
      printer,
      signal,
      api: createApi(locateServers(env, profiles, profileName), {
        as,
        backend,
        timeoutMs,
        signal,
        onReopen: () => {
          stream.broken = true;
          if (!printer.terminal) printer.note(brokenNote);
        },
      }),
      stream,
      save: (changes) => void profiles.update(profileName, changes),
      repeatCommand: (requestId) => repeatCommand(argv, requestId),
    };
    return last;
  };
  return { create, last: () => last };
}
