import { afterAll } from 'vitest';
import type { ServerWish } from './stand-servers.js';

/* The stand as the suites in TypeScript use it. */

/** A real server in a process of its own. */
export type Server = {
  readonly address: string;
  readonly operatorAddress: string;
  readonly operatorKey: string;
  readonly registrationKey: string | undefined;
  kill(signal?: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  restart(): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Throws unless the whole ledger verifies. */
  verify(): Promise<void>;
};

const standUrl = process.env.EWALLET_STAND_URL;
const ids: string[] = [];

afterAll(async () => {
  await Promise.all(ids.splice(0).map((id) => ask('DELETE', `/servers/${id}`)));
});

/** Starts a server of the test stand; it ends after the tests of the file. */
export async function startServer(wish: ServerWish = {}): Promise<Server> {
  const told = (await ask('POST', '/servers', wish)) as Record<string, string>;
  const id = told.id ?? '';
  ids.push(id);
  const act = async (what: string, body?: object) => {
    await ask('POST', `/servers/${id}/${what}`, body);
  };
  return {
    address: told.address ?? '',
    operatorAddress: told.operatorAddress ?? '',
    operatorKey: told.operatorKey ?? '',
    registrationKey: told.registrationKey ?? undefined,
    kill: (signal = 'SIGKILL') => act('kill', { signal }),
    restart: () => act('restart'),
    pause: () => act('pause'),
    resume: () => act('resume'),
    async verify() {
      const verdict = (await ask('POST', `/servers/${id}/verify`)) as { verified: boolean };
      if (!verdict.verified) throw new Error(`Not verified: ${JSON.stringify(verdict)}`);
    },
  };
}

async function ask(method: string, path: string, body?: object): Promise<unknown> {
  if (!standUrl) {
    throw new Error(
      'There is no test stand: run `npm test -w clients/typescript`, or another client, from the root.',
    );
  }
  const response = await fetch(standUrl + path, {
    method,
    ...(body
      ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
      : {}),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}
