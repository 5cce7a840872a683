import { afterAll, describe, expect, test, vi } from 'vitest';
import { type Database, openDatabase } from '../../src/storage/database.js';
import { as } from '../support/clients.js';
import type { SessionCredentials } from '../support/people.js';
import { startServerProcess } from '../support/server-process.js';
import type { ServingProcess } from '../support/server-program.js';
import { operatorKey } from '../support/server-secrets.js';
import { expectSessionsSound } from '../support/session-invariants.js';
import { testEngine } from '../support/test-database.js';
import { waitUntil } from '../support/wait-until.js';
import { watchWorkers } from '../support/worker-watcher.js';

// Processes that start, and waits for leases that run out.
vi.setConfig({ testTimeout: 180_000 });

const LEASE_MS = 5_000;
const env = {
  EWALLET_LEASE_SECONDS: String(LEASE_MS / 1_000),
  EWALLET_WORKER_LIMIT: '5',
  EWALLET_SESSION_LIMIT: '50',
  EWALLET_ANONYMOUS_PERCENT: '100',
  EWALLET_ANONYMOUS_SESSION_SECONDS: '3600',
};

const opened: Database[] = [];

afterAll(async () => {
  for (const db of opened) await db.close();
});

/** Opens `count` sessions, 20 at a time. */
async function openMany(server: ServingProcess, count: number): Promise<SessionCredentials[]> {
  const { sessions } = server.clients;
  const made: SessionCredentials[] = [];
  async function open(): Promise<void> {
    for (let index = made.length; index < count; index = made.length) {
      made.push({ clientId: '', sessionToken: '' });
      const { clientId } = await sessions.requestClientId({});
      const { sessionToken } = await sessions.requestSessionToken({}, as({ clientId }));
      made[index] = { clientId, sessionToken };
    }
  }
  await Promise.all(Array.from({ length: 20 }, open));
  return made;
}

async function expectAllWork(server: ServingProcess, sessions: SessionCredentials[]) {
  const outcomes = await Promise.allSettled(
    sessions.map((session) => server.clients.sessions.keepSessionTokenAlive({}, as(session))),
  );
  expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([]);
}

async function instanceOf(server: ServingProcess): Promise<bigint> {
  return (await server.clients.sessions.getServerInfo({})).instanceNumber;
}

/** How many sessions the workers of an instance count. */
async function countOn(server: ServingProcess, instanceNumber: bigint): Promise<number> {
  const { workers } = await server.clients.system.listWorkers({}, as({ operatorKey }));
  return workers
    .filter((worker) => worker.instanceNumber === instanceNumber)
    .reduce((sum, { sessionCount }) => sum + sessionCount, 0);
}

describe.runIf(testEngine() === 'mysql')('two servers on one database', () => {
  test('one is killed: the other adopts its 200 sessions within two lease periods, and tells of it', async () => {
    const first = await startServerProcess({ env });
    const { databaseUrl } = first;
    const second = await startServerProcess({ env, databaseUrl });
    const db = await openDatabase({ url: databaseUrl });
    opened.push(db);
    const [dead, alive] = [await instanceOf(first), await instanceOf(second)];
    const sessions = await openMany(first, 200);
    const own = await openMany(second, 100);
    const watcher = watchWorkers(second.clients);
    await watcher.next('snapshotComplete');
    const deadWorkers = [...watcher.cache.values()]
      .filter(({ instanceNumber }) => instanceNumber === dead)
      .map(({ workerId }) => workerId);
    expect(deadWorkers).toHaveLength(4);

    first.kill('SIGKILL');
    await first.exited;
    const killed = performance.now();
    // Whatever their worker, the other serves them at once.
    await expectAllWork(second, sessions.slice(0, 20));
    await waitUntil('the sessions to be adopted', async () =>
      (await countOn(second, alive)) === 300 ? true : undefined,
    );
    expect(performance.now() - killed).toBeLessThan(2 * LEASE_MS);
    await expectAllWork(second, [...sessions, ...own]);
    await expectSessionsSound(db);
    expect(await db.knex('sessions').count('* as n')).toEqual([{ n: 300n }]);

    await watcher.until(() => deadWorkers.every((id) => !watcher.cache.has(id)));
    const { workers } = await second.clients.system.listWorkers({}, as({ operatorKey }));
    const known = [...watcher.cache.values()].map(({ workerId, sessionCount }) => [
      workerId,
      sessionCount,
    ]);
    const listed = workers.map(({ workerId, sessionCount }) => [workerId, sessionCount]);
    expect(known.toSorted()).toEqual(listed.toSorted());
    watcher.cancel();
  });

  test('one stands still and goes on: it changes nothing that it no longer owns, and begins anew', async () => {
    const first = await startServerProcess({ env });
    const { databaseUrl } = first;
    const second = await startServerProcess({ env, databaseUrl });
    const db = await openDatabase({ url: databaseUrl });
    opened.push(db);
    const [still, alive] = [await instanceOf(first), await instanceOf(second)];
    const sessions = await openMany(first, 60);
    first.kill('SIGSTOP');
    await waitUntil('the sessions to be adopted', async () =>
      (await countOn(second, alive)) === 60 ? true : undefined,
    );
    await expectAllWork(second, sessions);
    const adopted = () => db.knex('workers').where('instance_number', Number(alive)).orderBy('id');
    const before = await adopted().select('*');
    first.kill('SIGCONT');
    const [one] = await openMany(first, 1);
    expect(await countOn(second, still)).toBe(1);
    // Long enough for it to have beaten under its new epoch.
    await waitUntil('a new lease', async () => {
      const row = await db.knex('instances').where('instance_number', Number(still)).first('*');
      return row !== undefined;
    });
    expect(await adopted().select('*')).toEqual(before);
    await expectAllWork(first, [...sessions, one as SessionCredentials]);
    await expectSessionsSound(db);
    // What is served by one counts at the other.
    const [ended] = sessions as [SessionCredentials];
    await first.clients.sessions.endSession({}, as(ended));
    expect(await countOn(second, alive)).toBe(59);
    await expectSessionsSound(db);
  });
});

test('a server that is killed and started again serves the same sessions with the same tokens', async () => {
  const first = await startServerProcess({ env });
  const { databaseUrl } = first;
  const sessions = await openMany(first, 60);
  first.kill('SIGKILL');
  await first.exited;
  const second = await startServerProcess({ env, databaseUrl });
  await expectAllWork(second, sessions);
  const alive = await instanceOf(second);
  await waitUntil('the sessions to be adopted', async () =>
    (await countOn(second, alive)) === 60 ? true : undefined,
  );
  await second.stop();
  const third = await startServerProcess({ env, databaseUrl });
  // The second gave its lease back: nobody waits for it to run out.
  expect(await countOn(third, await instanceOf(third))).toBe(60);
  await expectAllWork(third, sessions);
});
