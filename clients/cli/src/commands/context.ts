import type { Api } from '../client/api-calls.js';
import type { Profile, Profiles } from '../config/profiles.js';
import type { Printer } from '../output/printer.js';

/** Options that every command takes. */
export type GlobalOptions = {
  profile?: string;
  json?: boolean;
  color: boolean;
  as?: string;
  backend?: boolean;
  timeout?: string;
  yes?: boolean;
};

/** What a command works with. */
export type Context = {
  readonly env: NodeJS.ProcessEnv;
  readonly profiles: Profiles;
  /** Name of the profile in use. */
  readonly profileName: string;
  readonly profile: Profile;
  readonly options: GlobalOptions;
  readonly printer: Printer;
  /** Aborted on the first Ctrl-C. */
  readonly signal: AbortSignal;
  /** The connection to the servers, opened when it is first used. */
  readonly api: Api;
  /** Whether a stream broke and was not opened again yet; displays show it. */
  readonly stream: { broken: boolean };
  /** Keeps something in the profile. */
  save(changes: Partial<Profile>): void;
  /** The command that repeats this one with the same request id. */
  repeatCommand(requestId: string): string;
};

/** Makes the context of a command from the options that were given. */
export type ContextFactory = (options: object) => Context;
