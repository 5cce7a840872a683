import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../errors/usage-error.js';
import { configFolder, readPrivateJson, writePrivateJson } from './folder.js';

/** What is kept about one place to work: servers, keys and tokens. All of it is optional. */
export type Profile = {
  /** `host:port` of the listener for clients and backends. */
  address?: string;
  /** `host:port` of the operator's listener. */
  operatorAddress?: string;
  tls?: boolean;
  /** Path of a PEM file with the certificates to trust instead of the system's. */
  caFile?: string;
  masterEmail?: string;
  acquireKey?: string;
  backendKey?: string;
  operatorKey?: string;
  registrationKey?: string;
  /** Who logged in last: what `ewallet login` offers. */
  email?: string;
  /** Tokens as the client library hands them out. */
  credentials?: object;
  /** How long the last whole verification of the ledger took, for the next one's progress bar. */
  verifyMs?: number;
};

/** Fields of a profile that are never shown. */
export const secretFields = ['acquireKey', 'backendKey', 'operatorKey', 'registrationKey'] as const;

/** The profile that is used where none is named. */
export const defaultName = 'default';

/** The profiles of this user. */
export type Profiles = ReturnType<typeof openProfiles>;

/** The profiles in the user's configuration folder. Nothing is written before something is saved. */
export function openProfiles(env: NodeJS.ProcessEnv) {
  const folder = configFolder(env);
  const settingsPath = join(folder, 'config.json');
  const pathOf = (name: string) => join(folder, `profile-${checkName(name)}.json`);

  return {
    folder,
    /** Name of the profile that is in use. */
    current(): string {
      const settings = readPrivateJson(settingsPath) as { profile?: string } | undefined;
      return settings?.profile ?? defaultName;
    },
    /** Makes a profile the one in use. */
    use(name: string): void {
      writePrivateJson(settingsPath, { profile: checkName(name) });
    },
    exists(name: string): boolean {
      return readPrivateJson(pathOf(name)) !== undefined;
    },
    /** A profile; an empty one when there is none of that name. @throws UsageError when others may read it. */
    load(name: string): Profile {
      return (readPrivateJson(pathOf(name)) as Profile | undefined) ?? {};
    },
    /** Changes what is given and leaves the rest as another program may have written it meanwhile. */
    update(name: string, changes: Partial<Profile>): Profile {
      const profile = { ...this.load(name), ...changes };
      for (const [key, value] of Object.entries(profile)) {
        if (value === undefined) delete profile[key as keyof Profile];
      }
      writePrivateJson(pathOf(name), profile);
      return profile;
    },
    remove(name: string): void {
      rmSync(pathOf(name), { force: true });
    },
    /** Names of all profiles that are kept, in alphabetical order. */
    names(): string[] {
      try {
        const files = readdirSync(folder);
        return files.flatMap((file) => /^profile-(.+)\.json$/.exec(file)?.[1] ?? []).sort();
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
        throw error;
      }
    },
  };
}

function checkName(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,49}$/.test(name)) return name;
  throw new UsageError(
    `A profile's name has letters, digits, _ and - only, at most 50: "${name}" does not do.`,
  );
}
