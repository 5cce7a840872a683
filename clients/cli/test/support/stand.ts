import { afterAll } from 'vitest';

/** A server that the stand runs, see clients/stand/README.md. */
export type StandServer = {
  id: string;
  address: string;
  operatorAddress: string;
  operatorKey: string;
  registrationKey: string;
};

/** What a server may be started with. */
export type ServerOptions = {
  env?: Record<string, string>;
  database?: string;
  profile?: 'test' | 'development';
};

/** Starts a server on a database of its own, or on the one that is named. */
export async function startServer(options: ServerOptions = {}): Promise<StandServer> {
  const server = (await send('POST', '/servers', options)) as StandServer;
  started.push(server);
  return server;
}

const started: StandServer[] = [];

// The servers of a file end with it: they would take the processor from others.
afterAll(async () => {
  await Promise.all(started.splice(0).map(({ id }) => send('DELETE', `/servers/${id}`)));
});

/** Does something to a server: `kill`, `restart`, `pause`, `resume` or `verify`. */
export async function tell(server: StandServer, what: string): Promise<unknown> {
  return send('POST', `/servers/${server.id}/${what}`, {});
}

async function send(method: string, path: string, body?: object): Promise<unknown> {
  const { EWALLET_STAND_URL: url } = process.env;
  if (!url) throw new Error('No stand: run the tests with npm test -w clients/cli.');
  const response = await fetch(`${url}${path}`, {
    method,
    ...(body
      ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
      : {}),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text ? JSON.parse(text) : undefined;
}
