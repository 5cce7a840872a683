import { randomUUID } from 'node:crypto';
import { developmentSecrets } from '../../src/config.js';
import { as } from '../../test/support/clients.js';
import {
  killServers,
  type ServingProcess,
  spawnServerProgram,
  untilServing,
} from '../../test/support/server-program.js';
import { operatorKey, registrationKey } from '../../test/support/server-secrets.js';
import type { DatabaseHost } from './database-host.js';
import { freePort } from './free-port.js';

/** What a client's tests want of a server. */
export type ServerWish = {
  /** Settings besides those of the profile, `EWALLET_…`. */
  env?: Record<string, string>;
  /** Servers that name the same one are instances on the same database; a database of its own by default. */
  database?: string;
  /** `test` by default: production's rules with cheap password hashes and room for many users, and no cleaner sweeps by itself. */
  profile?: 'test' | 'development';
};

/** Where a server is and the secrets that its callers need. */
export type StandServer = {
  id: string;
  /** `host:port` of the public listener, kept over restarts. */
  address: string;
  operatorAddress: string;
  operatorKey: string;
  /** For `CreateMaster`; null where anybody may. */
  registrationKey: string | null;
  /** Fits every master; null but in the development profile. */
  acquireKey: string | null;
};

/** The servers of a stand. All but `start` throw UnknownServer for an id that is none, or no longer. */
export type StandServers = ReturnType<typeof createStandServers>;

/** No server of the stand has this id. */
export class UnknownServer extends Error {}

/** Settings of the tests that the development profile has defaults for. */
const developmentEnvironment = {
  EWALLET_PROFILE: 'development',
  EWALLET_OPERATOR_KEY: '',
  EWALLET_REGISTRATION_KEY: '',
  EWALLET_AUDIT_KEY: '',
  EWALLET_SECRETS_KEYS: '',
  EWALLET_NEW_MASTER_CREDIT_LIMIT: '',
};

type Running = {
  process: ServingProcess;
  readonly operatorKey: string;
  start(): Promise<ServingProcess>;
};

/** Starts, kills and restarts servers, each a process of its own, on databases of `host`. */
export function createStandServers(host: DatabaseHost) {
  const running = new Map<string, Running>();
  const databases = new Map<string, Promise<string>>();

  function find(id: string) {
    const server = running.get(id);
    if (server === undefined) throw new UnknownServer(`No server ${id} here.`);
    return server;
  }

  function databaseUrl(name: string | undefined): Promise<string> {
    if (name === undefined) return host.createDatabase();
    const url = databases.get(name) ?? host.createDatabase();
    databases.set(name, url);
    return url;
  }

  async function start(wish: ServerWish): Promise<StandServer> {
    const development = wish.profile === 'development';
    const address = `127.0.0.1:${await freePort()}`;
    const operatorAddress = `127.0.0.1:${await freePort()}`;
    const url = await databaseUrl(wish.database);
    const env = {
      ...(development ? developmentEnvironment : {}),
      EWALLET_PUBLIC_ADDRESS: address,
      EWALLET_OPERATOR_ADDRESS: operatorAddress,
      ...wish.env,
    };
    async function startProcess(): Promise<ServingProcess> {
      const process = spawnServerProgram(url, { env });
      try {
        return await untilServing(process);
      } catch (error) {
        process.kill('SIGKILL');
        throw error;
      }
    }
    const id = randomUUID();
    const usualKey = development ? developmentSecrets.operatorKey : operatorKey;
    const ownKey = wish.env?.EWALLET_OPERATOR_KEY ?? usualKey;
    const process = await startProcess();
    running.set(id, { process, operatorKey: ownKey, start: startProcess });
    // The first sweep comes within a minute, and would remove a vacant worker that a test has just made.
    if (!development) await process.clients.system.stopCleaner({}, as({ operatorKey: ownKey }));
    return {
      id,
      address,
      operatorAddress,
      operatorKey: ownKey,
      registrationKey: development ? null : (wish.env?.EWALLET_REGISTRATION_KEY ?? registrationKey),
      acquireKey: development ? developmentSecrets.acquireKey : null,
    };
  }

  async function kill(id: string, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const { process } = find(id);
    process.kill(signal);
    // One that is paused would hear of it later.
    process.kill('SIGCONT');
    await process.exited;
  }

  return {
    start,
    kill,
    async restart(id: string): Promise<void> {
      await kill(id);
      const server = find(id);
      server.process = await server.start();
    },
    /** SIGSTOP: it is there and answers nothing. */
    pause: (id: string): void => find(id).process.kill('SIGSTOP'),
    resume: (id: string): void => find(id).process.kill('SIGCONT'),
    /** A full VerifyLedger on the server; counts are decimal strings. */
    async verify(id: string): Promise<Record<string, unknown>> {
      const server = find(id);
      const caller = as({ operatorKey: server.operatorKey });
      const verdict = await server.process.clients.system.verifyLedger({}, caller);
      return JSON.parse(
        JSON.stringify(verdict, (_name, value) => (typeof value === 'bigint' ? `${value}` : value)),
      );
    },
    async remove(id: string): Promise<void> {
      await kill(id);
      running.delete(id);
    },
    /** Ends all of them at once. */
    removeAll: killServers,
  };
}
