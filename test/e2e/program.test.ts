import { createChannel, createClient } from 'nice-grpc';
import { HealthDefinition } from 'nice-grpc-server-health';
import { expect, test } from 'vitest';
import { createDatabaseUrl } from '../support/database-url.js';
import { spawnServer, startServerProcess } from '../support/server-process.js';

const SERVING = 1;
const NOT_SERVING = 2;

test('the server serves, and a SIGTERM ends it with exit code 0, watchers and all', async () => {
  const server = await startServerProcess();
  const channel = createChannel(server.publicAddress);
  const updates = createClient(HealthDefinition, channel).watch({ service: '' });
  const statuses: number[] = [];
  try {
    for await (const { status } of updates) {
      statuses.push(status);
      if (statuses.length === 1) server.kill('SIGTERM');
    }
  } catch (error) {
    expect(String(error)).toContain('UNAVAILABLE');
  }
  expect(statuses).toEqual([SERVING, NOT_SERVING]);
  expect(await server.exited).toEqual({ code: 0, signal: null });
  channel.close();
});

test('a second signal ends a stop that waits', async () => {
  const server = await startServerProcess({ env: { EWALLET_DRAIN_DELAY_SECONDS: '300' } });
  const channel = createChannel(server.publicAddress);
  for await (const { status } of createClient(HealthDefinition, channel).watch({ service: '' })) {
    // It serves on, but tells load balancers to go elsewhere.
    if (status === NOT_SERVING) break;
    server.kill('SIGTERM');
  }
  server.kill('SIGTERM');
  expect(await server.exited).toEqual({ code: 0, signal: null });
  channel.close();
});

test('a server that may not migrate waits for `migrate`, and finds its database as it left it', async () => {
  const databaseUrl = await createDatabaseUrl();
  const options = { databaseUrl, env: { EWALLET_MIGRATE: 'check' } };
  const refused = await spawnServer(options);
  expect(await refused.exited).toEqual({ code: 1, signal: null });
  expect(refused.output()).toContain('run `migrate` first');
  const migrated = await spawnServer({ ...options, command: 'migrate' });
  expect(await migrated.exited).toEqual({ code: 0, signal: null });
  for (let round = 0; round < 2; round += 1) {
    const server = await startServerProcess(options);
    server.kill('SIGINT');
    expect(await server.exited).toEqual({ code: 0, signal: null });
  }
  const verified = await spawnServer({ ...options, command: 'verify' });
  expect(await verified.exited).toEqual({ code: 0, signal: null });
  expect(verified.output()).toContain('The ledger is verified: no difference.');
  const recent = await spawnServer({ ...options, command: 'verify --incremental' });
  expect(await recent.exited).toEqual({ code: 0, signal: null });
  expect(recent.output()).toContain('What is new since the last clean run is verified');
}, 120_000);

test.each(['sreve', 'verify --incrementally', 'serve --full'])(
  'an unknown command (%s) ends with 64 and tells the known ones',
  async (command) => {
    const server = await spawnServer({ command });
    expect(await server.exited).toEqual({ code: 64, signal: null });
    expect(server.output()).toContain('serve | migrate | verify');
  },
);
