import { setTimeout as pause } from 'node:timers/promises';
import { createChannel, createClient } from 'nice-grpc';
import { HealthDefinition } from 'nice-grpc-server-health';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runSql } from '../../support/alter-database.js';
import { createFaultReport, faultRounds, limitOf } from '../../support/fault-rounds.js';
import { findProgram } from '../../support/find-mysql.js';
import { type MysqlServer, startMysqlServer } from '../../support/mysql-server.js';
import { startPaymentLoad } from '../../support/payment-load.js';
import { startServerProcess } from '../../support/server-process.js';
import type { ServingProcess } from '../../support/server-program.js';
import { OUTCOMES, settleLoad } from '../../support/settle-load.js';
import { tellStory } from '../../support/story.js';
import { testEngine } from '../../support/test-database.js';
import { waitUntil } from '../../support/wait-until.js';

const CREDITS = 100_000n;
const ROUNDS = faultRounds(2);
const SERVING = 1;
const NOT_SERVING = 2;

/** What a client is to expect of a server whose database dies and comes back. */
const PASSING = ['UNAVAILABLE STORAGE_UNAVAILABLE', 'DEADLINE_EXCEEDED -'];

const program = findProgram('mariadbd') ?? findProgram('mysqld');
let mysql: MysqlServer;
let server: ServingProcess;

beforeAll(async () => {
  if (testEngine() !== 'mysql' || !program) return;
  mysql = await startMysqlServer(program);
  await runSql(`${mysql.url}/mysql`, 'CREATE DATABASE faults');
  server = await startServerProcess({ databaseUrl: `${mysql.url}/faults` });
});

afterAll(async () => {
  server?.kill('SIGKILL');
  await mysql?.stop();
});

// SQLite runs inside the server: it dies with it, in the test of that.
test.runIf(testEngine() === 'mysql' && program)(
  'a database server killed at random moments under load: the server goes on by itself, nothing acknowledged is lost or paid twice',
  async () => {
    const channel = createChannel(server.publicAddress);
    const health = createClient(HealthDefinition, channel);
    const reaches = (wanted: number) =>
      waitUntil(`health ${wanted}`, async () => {
        return (await health.check({ service: '' })).status === wanted;
      });
    const report = createFaultReport('database killed');
    for (let round = 0; round < ROUNDS; round += 1) {
      const random = report.begin(round);
      const story = await tellStory(server.clients, {
        name: `round-${round}`,
        customers: 8,
        credits: CREDITS,
      });
      const load = startPaymentLoad(server.publicAddress, story, {
        random,
        callers: random.pick([4, 32, 128]),
        deadlineMs: 3_000,
      });
      await load.settledMore(random.between(1, 300));
      await pause(random.below(50));
      process.kill(mysql.pid, 'SIGKILL');
      // Down for longer than two looks at the database, or as short as a restart takes.
      const long = round % 4 === 0;
      if (long) await reaches(NOT_SERVING);
      else await pause(random.below(500));
      await mysql.restart();
      await reaches(SERVING);
      await load.settledMore(50);
      await load.stop();
      report.end(load.all, long ? 'NOT_SERVING meanwhile' : '');
      await settleLoad(server.clients, load, story, { credits: CREDITS, passing: PASSING });
    }
    const { told } = report.sum();
    for (const reached of [...OUTCOMES, PASSING[0] as string])
      expect(told).toHaveProperty([reached]);
    channel.close();
    expect(server.output()).not.toContain('"status":"INTERNAL"');
    expect(await server.stop()).toEqual({ code: 0, signal: null });
  },
  limitOf(ROUNDS, 60_000),
);
