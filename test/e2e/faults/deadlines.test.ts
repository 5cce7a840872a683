import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runSql } from '../../support/alter-database.js';
import { as } from '../../support/clients.js';
import { createFaultReport, faultRounds, limitOf } from '../../support/fault-rounds.js';
import { findProgram } from '../../support/find-mysql.js';
import { lockWallet } from '../../support/lock-rows.js';
import { type MysqlServer, startMysqlServer } from '../../support/mysql-server.js';
import { createPayer } from '../../support/payment-attempt.js';
import { startPaymentLoad } from '../../support/payment-load.js';
import { startServerProcess } from '../../support/server-process.js';
import type { ServingProcess } from '../../support/server-program.js';
import { settleLoad } from '../../support/settle-load.js';
import { type Customer, paymentBetween, tellStory } from '../../support/story.js';
import { testEngine } from '../../support/test-database.js';

const CREDITS = 100_000n;
const ROUNDS = faultRounds(1, 0.25);
const NOT_FOUND = 5;
/**
 * A statement on a locked SQLite file blocks the process for its busy timeout, 1 s; and the machine has more to do. The proof is that callers are
 * answered before the database is let go, however long that takes.
 */
const LATE_MS = 5_000;

const program = findProgram('mariadbd') ?? findProgram('mysqld');
let mysql: MysqlServer | undefined;
let server: ServingProcess;

beforeAll(async () => {
  if (testEngine() === 'mysql' && program) {
    mysql = await startMysqlServer(program);
    await runSql(`${mysql.url}/mysql`, 'CREATE DATABASE faults');
  }
  server = await startServerProcess(mysql && { databaseUrl: `${mysql.url}/faults` });
});

afterAll(async () => {
  server?.kill('SIGKILL');
  await server?.exited;
  await mysql?.stop();
});

/** Makes the database stand still: MySQL as a whole, SQLite for whoever writes. Call what it gives to let it go on. */
async function stall(walletId: string): Promise<() => Promise<void>> {
  if (!mysql) return lockWallet(server.databaseUrl, walletId);
  const { pid } = mysql;
  process.kill(pid, 'SIGSTOP');
  return async () => void process.kill(pid, 'SIGCONT');
}

test(
  'while the database stands still, no caller waits longer than its deadline, and afterwards each payment is settled once',
  async () => {
    const report = createFaultReport('database stalled');
    for (let round = 0; round < ROUNDS; round += 1) {
      const random = report.begin(round);
      const story = await tellStory(server.clients, {
        name: `stalled-${round}`,
        customers: 8,
        credits: CREDITS,
      });
      const deadlineMs = random.between(500, 2_000);
      const load = startPaymentLoad(server.publicAddress, story, {
        random,
        callers: 32,
        deadlineMs,
        // The client would keep it all the same: this is the server's part.
        keptBy: 'server',
      });
      await load.settledMore(random.between(1, 100));
      const release = await stall(story.customers[0]?.walletId ?? '');
      // The longest outlasts every time limit on an answer of the database.
      const answered = load.answered();
      await pause(round % 4 === 3 ? 15_000 : random.between(3_000, 6_000));
      await answered;
      await release();
      await load.settledMore(50);
      await load.stop();
      const longest = Math.max(
        ...load.all.flatMap(({ attempts }) => attempts.map(({ ms }) => Math.round(ms))),
      );
      report.end(load.all, `deadline ${deadlineMs} ms, longest wait ${longest} ms`);
      expect(load.count('DEADLINE_EXCEEDED -')).toBeGreaterThanOrEqual(32);
      await settleLoad(server.clients, load, story, {
        credits: CREDITS,
        passing: ['DEADLINE_EXCEEDED -', 'UNAVAILABLE STORAGE_UNAVAILABLE'],
      });
      expect(longest).toBeLessThan(deadlineMs + LATE_MS);
    }
    report.sum();
  },
  limitOf(ROUNDS),
);

test('a payment whose caller is gone before it was taken never happens', async () => {
  const { customers } = await tellStory(server.clients, {
    name: 'gone',
    customers: 2,
    credits: CREDITS,
  });
  const [from, to] = customers as [Customer, Customer];
  const payer = createPayer(server.publicAddress);
  const unlock = await lockWallet(server.databaseUrl, from.walletId);
  const taken = payer.attempt(paymentBetween(from, to, 1n), 10_000);
  await pause(300);
  const late = Array.from({ length: 20 }, () => paymentBetween(from, to, 1n));
  const answers = await Promise.all(late.map((payment) => payer.attempt(payment, 700)));
  expect(new Set(answers.map(({ told }) => told))).toEqual(new Set(['DEADLINE_EXCEEDED -']));
  await unlock();
  expect(await taken).toMatchObject({ told: 'OK' });
  // Behind all of them in the queue.
  expect(await payer.attempt(paymentBetween(from, to, 1n), 10_000)).toMatchObject({ told: 'OK' });
  for (const { caller, request } of late) {
    const { requestId } = request;
    const stored = server.clients.wallets.getOperation({ requestId }, as(caller));
    await expect(stored).rejects.toMatchObject({ code: NOT_FOUND });
  }
  payer.close();
});
