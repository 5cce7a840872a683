import { expect, test } from 'vitest';
import { migrations } from '../../migrations/index.js';
import { type Row, runSql } from '../support/alter-database.js';
import { createDatabaseUrl } from '../support/database-url.js';
import { findProgram } from '../support/find-mysql.js';
import { freeAddress } from '../support/free-address.js';
import { startMysqlServer } from '../support/mysql-server.js';
import { pay } from '../support/pay.js';
import { spawnServer, startServerProcess } from '../support/server-process.js';
import { type ServerProcess, untilServing } from '../support/server-program.js';
import { balanceOf, expectVerified, paymentBetween, tellStory } from '../support/story.js';
import { testEngine } from '../support/test-database.js';
import { waitUntil } from '../support/wait-until.js';

const names = migrations.map(({ name }) => name);

/** The migrations that the database has seen, in order; none while it is not there. */
async function listMigrations(databaseUrl: string): Promise<string[]> {
  const rows = await runSql(databaseUrl, 'SELECT name FROM knex_migrations ORDER BY id').catch(
    (): Row[] => [],
  );
  return rows.map(({ name }) => String(name));
}

/** Every table, column and key, in an order that does not depend on who made them. */
async function describeSchema(databaseUrl: string): Promise<unknown[]> {
  if (testEngine() === 'sqlite') {
    const sql = 'SELECT type, name, sql FROM sqlite_master ORDER BY type, name';
    return runSql(databaseUrl, sql);
  }
  const columns = `SELECT table_name AS t, column_name AS c, column_type AS kind, is_nullable AS n
    FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY t, ordinal_position`;
  const keys = `SELECT table_name AS t, index_name AS k, seq_in_index AS at, column_name AS c, non_unique AS n
    FROM information_schema.statistics WHERE table_schema = DATABASE() ORDER BY t, k, at`;
  const triggers = `SELECT trigger_name AS name FROM information_schema.triggers
    WHERE trigger_schema = DATABASE() ORDER BY name`;
  const answers = [columns, keys, triggers].map((sql) => runSql(databaseUrl, sql));
  return (await Promise.all(answers)).flat();
}

/** A server that stands still in the middle of migrating an empty database. */
async function stopInTheMiddle(): Promise<ServerProcess> {
  for (;;) {
    const server = await spawnServer();
    const { databaseUrl } = server;
    await waitUntil('a migration', async () => (await listMigrations(databaseUrl)).length > 0, {
      intervalMs: 1,
    });
    server.kill('SIGSTOP');
    // It may have been faster than the signal: then there is nothing to see here.
    if ((await listMigrations(databaseUrl)).length < names.length) return server;
    server.kill('SIGKILL');
    await server.exited;
  }
}

test.runIf(testEngine() === 'mysql')(
  'four servers started at once on one empty database all come up with one schema, and serve',
  async () => {
    const databaseUrl = await createDatabaseUrl();
    const spawned = await Promise.all([1, 2, 3, 4].map(() => spawnServer({ databaseUrl })));
    const servers = await Promise.all(spawned.map(untilServing));
    expect(await listMigrations(databaseUrl)).toEqual(names);
    const alone = await startServerProcess();
    expect(await describeSchema(databaseUrl)).toEqual(await describeSchema(alone.databaseUrl));

    const [one] = servers;
    if (!one) throw new Error('no server');
    const story = await tellStory(one.clients, { name: 'four', customers: 2, credits: 100n });
    const [payer, payee] = story.customers;
    if (!payer || !payee) throw new Error('no customers');
    for (const { clients } of servers) await pay(clients, paymentBetween(payer, payee, 10n));
    expect(await balanceOf(one.clients, payee)).toBe(140n);
    await expectVerified(one.clients);
    const exits = await Promise.all(servers.map((server) => server.stop()));
    expect(exits).toEqual(servers.map(() => ({ code: 0, signal: null })));
  },
);

test('a server killed in the middle of migrating does not stop the next', async () => {
  const killed = await stopInTheMiddle();
  const { databaseUrl } = killed;
  let next: ServerProcess | undefined;
  if (testEngine() === 'mysql') {
    // One waits already when the first dies.
    next = await spawnServer({ databaseUrl });
    const waiting = `SELECT COUNT(*) AS n FROM information_schema.processlist
      WHERE db = DATABASE() AND info LIKE 'SELECT GET_LOCK%'`;
    await waitUntil('the next to wait', async () => {
      const [row] = await runSql(databaseUrl, waiting);
      return Number(row?.n) === 1;
    });
    expect((await listMigrations(databaseUrl)).length).toBeLessThan(names.length);
  }
  killed.kill('SIGKILL');
  expect(await killed.exited).toEqual({ code: null, signal: 'SIGKILL' });
  const server = await untilServing(next ?? (await spawnServer({ databaseUrl })));
  expect(await listMigrations(databaseUrl)).toEqual(names);
  const alone = await startServerProcess();
  expect(await describeSchema(databaseUrl)).toEqual(await describeSchema(alone.databaseUrl));
  await tellStory(server.clients, { name: 'next', customers: 1, credits: 1n });
  await expectVerified(server.clients);
});

test.runIf(testEngine() === 'sqlite')(
  'a second server on the same file is refused, and the first goes on',
  async () => {
    const first = await startServerProcess();
    const { databaseUrl } = first;
    for (const profile of ['production', 'development']) {
      const second = await spawnServer({ databaseUrl, env: { EWALLET_PROFILE: profile } });
      expect(await second.exited).toEqual({ code: 1, signal: null });
      expect(second.output()).toContain('is in use by another server');
      expect(second.output()).toContain('Stop that server or name another file');
    }
    await tellStory(first.clients, { name: 'first', customers: 1, credits: 1n });
  },
);

test.each(['public', 'operator', 'rest'])(
  'a %s address that is in use ends the start and says what to do',
  async (name) => {
    const address = await freeAddress();
    const setting = `EWALLET_${name.toUpperCase()}_ADDRESS`;
    await startServerProcess({ env: { [setting]: address } });
    const second = await spawnServer({
      env: { [setting]: address, EWALLET_PROFILE: 'development' },
    });
    expect(await second.exited).toEqual({ code: 1, signal: null });
    expect(second.output().trimEnd().split('\n').at(-1)).toBe(
      `EWallet stopped: The ${name} listener cannot have ${address}: another program listens there. ` +
        `Stop it, or set ${setting} to another address.`,
    );
  },
);

test('a configuration with problems ends with 78 and lists each of them', async () => {
  const server = await spawnServer({
    env: {
      EWALLET_PUBLIC_ADDRESS: 'somewhere',
      EWALLET_OPERATOR_KEY: 'short',
      EWALLET_REGISTRATION_KEY: '',
      EWALLET_LEDGER_BATCH_SIZE: '0',
      EWALLET_LOG_LEVEL: 'loud',
      EWALLET_MIGRATE: 'perhaps',
      EWALLET_REFLECTION: 'yes',
      EWALLET_DATABASE_URL: 'mysql://root:hunter2@',
    },
  });
  expect(await server.exited).toEqual({ code: 78, signal: null });
  const problems = server
    .output()
    .split('\n')
    .flatMap((line) => /^ {2}- (\w+)/.exec(line)?.[1] ?? []);
  expect(server.output()).not.toContain('hunter2');
  expect(problems.sort()).toEqual([
    'EWALLET_DATABASE_URL',
    'EWALLET_LEDGER_BATCH_SIZE',
    'EWALLET_LOG_LEVEL',
    'EWALLET_MIGRATE',
    'EWALLET_OPERATOR_KEY',
    'EWALLET_PUBLIC_ADDRESS',
    'EWALLET_REFLECTION',
    'EWALLET_REGISTRATION_KEY',
  ]);
});

test.each([
  ['no operator key', { EWALLET_OPERATOR_KEY: '' }, 'EWALLET_OPERATOR_KEY must be set'],
  ['no registration key', { EWALLET_REGISTRATION_KEY: '' }, 'EWALLET_REGISTRATION_KEY must be set'],
  [
    "the development profile's operator key",
    { EWALLET_OPERATOR_KEY: 'development-operator-key' },
    'EWALLET_OPERATOR_KEY is a secret of the development profile',
  ],
  [
    "the development profile's acquire key",
    { EWALLET_DEFAULT_ACQUIRE_KEY: 'EWSC-Master-Key-Code' },
    'EWALLET_DEFAULT_ACQUIRE_KEY is a secret of the development profile',
  ],
])('the production profile refuses %s', async (_what, env, message) => {
  const server = await spawnServer({ env });
  expect(await server.exited).toEqual({ code: 78, signal: null });
  expect(server.output()).toContain(message);
});

test('the development profile refuses addresses that other machines reach', async () => {
  const env = { EWALLET_PROFILE: 'development', EWALLET_PUBLIC_ADDRESS: '0.0.0.0:0' };
  const server = await spawnServer({ env });
  expect(await server.exited).toEqual({ code: 78, signal: null });
  expect(server.output()).toContain('EWALLET_PUBLIC_ADDRESS is not a loopback address');
});

const mysqlProgram = findProgram('mariadbd') ?? findProgram('mysqld');

// A server of its own: the setting is global, and the other tests' servers would see it.
test.runIf(testEngine() === 'mysql' && mysqlProgram)(
  'the production profile refuses a MySQL server that could lose a commit; development warns',
  async () => {
    const mysql = await startMysqlServer(mysqlProgram ?? '');
    try {
      const databaseUrl = `${mysql.url}/ewallet`;
      await runSql(`${mysql.url}/mysql`, 'CREATE DATABASE ewallet');
      await runSql(databaseUrl, 'SET GLOBAL innodb_flush_log_at_trx_commit = 2');
      const advice = 'Set innodb_flush_log_at_trx_commit to 1 on the database server; it is 2.';
      const refused = await spawnServer({ databaseUrl });
      expect(await refused.exited).toEqual({ code: 1, signal: null });
      expect(refused.output()).toContain(`The database is not durable. ${advice}`);
      expect(await listMigrations(databaseUrl)).toEqual([]);

      const env = { EWALLET_PROFILE: 'development' };
      const warned = await startServerProcess({ databaseUrl, env });
      expect(warned.output()).toContain(advice);
      expect(await warned.stop()).toEqual({ code: 0, signal: null });
    } finally {
      await mysql.stop();
    }
  },
);
