import { once } from 'node:events';
import { createServer } from 'node:net';
import { createChannel, createClient } from 'nice-grpc';
import { HealthDefinition } from 'nice-grpc-server-health';
import { expect, test } from 'vitest';
import { createDatabaseUrl } from '../support/database-url.js';
import { runProgram, startProgram } from '../support/program.js';

test('the server serves, and a SIGTERM ends it with exit code 0, watchers and all', async () => {
  const server = await startProgram({ EWALLET_DATABASE_URL: await createDatabaseUrl() });
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
  expect(statuses).toEqual([1, 2]);
  expect(await server.exited).toBe(0);
  channel.close();
});

test('a second signal ends a stop that waits', async () => {
  const server = await startProgram({
    EWALLET_DATABASE_URL: await createDatabaseUrl(),
    EWALLET_DRAIN_DELAY_SECONDS: '300',
  });
  const channel = createChannel(server.publicAddress);
  for await (const { status } of createClient(HealthDefinition, channel).watch({ service: '' })) {
    // It serves on, but tells load balancers to go elsewhere.
    if (status === 2) break;
    server.kill('SIGTERM');
  }
  server.kill('SIGTERM');
  expect(await server.exited).toBe(0);
  channel.close();
});

test('a server started again finds its database as it left it', async () => {
  const env = { EWALLET_DATABASE_URL: await createDatabaseUrl(), EWALLET_MIGRATE: 'check' };
  const refused = await runProgram({ ...env, ...secrets });
  expect(refused).toMatchObject({
    code: 1,
    output: expect.stringContaining('run `migrate` first'),
  });
  const migrated = await runProgram({ ...env, ...secrets }, 'migrate');
  expect(migrated.code).toBe(0);
  for (let round = 0; round < 2; round += 1) {
    const server = await startProgram(env);
    server.kill('SIGINT');
    expect(await server.exited).toBe(0);
  }
});

const secrets = {
  EWALLET_OPERATOR_KEY: 'operator-key-of-the-tests',
  EWALLET_REGISTRATION_KEY: 'registration-key-of-the-tests',
};

test('a bad configuration ends with 78, every problem and no secret', async () => {
  const { code, output } = await runProgram({
    EWALLET_DATABASE_URL: 'mysql://root:hunter2@',
    EWALLET_PUBLIC_ADDRESS: 'nowhere',
    EWALLET_LOG_LEVEL: 'loud',
  });
  expect(code).toBe(78);
  expect(output.split('\n').filter((line) => line.startsWith('  - '))).toHaveLength(5);
  expect(output).not.toContain('hunter2');
});

test('an unknown command ends with 64 and tells the known ones', async () => {
  const { code, output } = await runProgram(secrets, 'sreve');
  expect(code).toBe(64);
  expect(output).toContain('serve | migrate | verify');
});

test('an address that is taken ends the start, and nothing stays behind', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const address = taken.address() as { port: number };
  const { code, output } = await runProgram({
    ...secrets,
    EWALLET_DATABASE_URL: await createDatabaseUrl(),
    EWALLET_PUBLIC_ADDRESS: '127.0.0.1:0',
    EWALLET_OPERATOR_ADDRESS: `127.0.0.1:${address.port}`,
  });
  expect(code).toBe(1);
  expect(output).toContain(
    `The operator listener cannot have 127.0.0.1:${address.port}: another program listens there.`,
  );
  expect(output).toContain('set EWALLET_OPERATOR_ADDRESS to another address.');
  taken.close();
});
