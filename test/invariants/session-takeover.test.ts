import { beforeEach, expect, test } from 'vitest';
import { anonymousCaller } from '../../src/model/caller.js';
import type { DomainError } from '../../src/model/errors.js';
import type { Database } from '../../src/storage/database.js';
import { createFakeTime, type FakeTime } from '../support/fake-time.js';
import {
  createSessionInstance,
  openSessionOn,
  prove,
  type SessionInstance,
} from '../support/session-instances.js';
import { expectSessionsSound } from '../support/session-invariants.js';
import { openTestDatabase } from '../support/test-database.js';

const LEASE_MS = 15_000;
const env = {
  EWALLET_WORKER_LIMIT: '2',
  EWALLET_SESSION_LIMIT: '4',
  EWALLET_ANONYMOUS_PERCENT: '100',
};

let db: Database;
let time: FakeTime;
let first: SessionInstance;
let second: SessionInstance;

beforeEach(async () => {
  db = await openTestDatabase();
  time = createFakeTime();
  first = await createSessionInstance(db, time, env);
  second = await createSessionInstance(db, time, env);
});

/** Workers with their owners, as `instance:sessions`, sorted. */
async function workersNow(): Promise<string[]> {
  const rows = await db.knex('workers').select('instance_number', 'session_count');
  return rows.map((row) => `${nameOf(row.instance_number)}:${row.session_count}`).toSorted();
}

function nameOf(instanceNumber: bigint): string {
  return instanceNumber === first.instanceNumber ? 'first' : 'second';
}

async function openMany(instance: SessionInstance, count: number) {
  const opened = [];
  for (let made = 0; made < count; made += 1) opened.push(await openSessionOn(instance));
  return opened;
}

async function refusal(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'none',
    (error: DomainError) => error.reason,
  );
}

test('a lease that is renewed is nobody else’s', async () => {
  await openMany(first, 3);
  for (let beat = 0; beat < 5; beat += 1) {
    time.advance(LEASE_MS - 1);
    await first.leaseKeeper.beat();
    const { instances, sessionCount } = await second.leaseKeeper.beat();
    expect([instances, sessionCount]).toEqual([[], 0]);
  }
  expect(await workersNow()).toEqual(['first:3']);
});

test('sessions of an instance whose lease ran out are adopted, and go on with the same tokens', async () => {
  const sessions = await openMany(first, 6);
  await openMany(second, 1);
  time.advance(LEASE_MS - 1);
  expect((await second.leaseKeeper.beat()).sessionCount).toBe(0);
  time.advance(1);
  const takeover = await second.leaseKeeper.beat();
  expect(takeover).toMatchObject({ sessionCount: 6, workerCount: 2 });
  expect(takeover.instances.map(({ instanceNumber }) => instanceNumber)).toEqual([
    first.instanceNumber,
  ]);
  expect(await workersNow()).toEqual(['second:3', 'second:4']);
  for (const { clientId, sessionToken } of sessions) {
    const caller = await prove(second, clientId, sessionToken);
    await second.sessions.keepSessionTokenAlive(caller);
  }
  await expectSessionsSound(db);
});

test('an instance adopts above its limit, and places no new ones until it is below', async () => {
  await openMany(first, 8);
  const [own, ...others] = await openMany(second, 8);
  time.advance(LEASE_MS);
  await second.leaseKeeper.beat();
  expect(await workersNow()).toEqual(['second:4', 'second:4', 'second:4', 'second:4']);
  await expectSessionsSound(db);
  expect(await refusal(openSessionOn(second))).toBe('SESSION_CAPACITY_REACHED');
  expect(await refusal(second.systemSessions.createWorker())).toBe('SESSION_CAPACITY_REACHED');
  const ended = [own, ...others] as { clientId: string; sessionToken: string }[];
  for (const { clientId, sessionToken } of ended) {
    expect(await refusal(openSessionOn(second))).toBe('SESSION_CAPACITY_REACHED');
    await second.sessions.endSession(await prove(second, clientId, sessionToken));
  }
  // Eight are left, which is its limit.
  expect(await refusal(openSessionOn(second))).toBe('SESSION_CAPACITY_REACHED');
  await second.cleaners.sweep('workers', new AbortController().signal);
  expect(await workersNow()).toEqual(['second:0', 'second:4', 'second:4']);
});

test('an instance that stood still while its lease was taken changes nothing of what it had', async () => {
  const sessions = await openMany(first, 3);
  time.advance(LEASE_MS);
  await second.leaseKeeper.beat();
  const adopted = await workersNow();
  expect(adopted).toEqual(['second:3']);
  // It wakes up and is asked for sessions before it beats.
  await openMany(first, 2);
  expect(await workersNow()).toEqual(['first:2', 'second:3']);
  await first.leaseKeeper.beat();
  expect(await workersNow()).toEqual(['first:2', 'second:3']);
  const before = await db.knex('instances').orderBy('instance_number').select('epoch');
  expect(new Set(before.map(({ epoch }) => epoch)).size).toBe(2);
  // It still serves what others own now.
  const [one] = sessions as [{ clientId: string; sessionToken: string }];
  await first.sessions.endSession(await prove(first, one.clientId, one.sessionToken));
  expect(await workersNow()).toEqual(['first:2', 'second:2']);
  await expectSessionsSound(db);
});

test('an instance that beats first after it stood still begins anew', async () => {
  await openMany(first, 3);
  time.advance(LEASE_MS);
  await second.leaseKeeper.beat();
  await first.leaseKeeper.beat();
  expect(await workersNow()).toEqual(['second:3']);
  await openMany(first, 1);
  expect(await workersNow()).toEqual(['first:1', 'second:3']);
});

test('an instance that stops gives its sessions away at once', async () => {
  await openMany(first, 3);
  await first.leaseKeeper.stop();
  expect((await second.leaseKeeper.beat()).sessionCount).toBe(3);
  expect(await workersNow()).toEqual(['second:3']);
  expect(await db.knex('instances').select('instance_number')).toEqual([
    { instance_number: second.instanceNumber },
  ]);
});

test('of several that take over at once each adopts what the others did not', async () => {
  const sessions = await openMany(first, 8);
  const third = await createSessionInstance(db, time, env);
  time.advance(LEASE_MS);
  const counts = await Promise.all([
    second.leaseKeeper.beat(),
    third.leaseKeeper.beat(),
    second.leaseKeeper.beat(),
  ]);
  const adopted = counts.reduce((sum, { sessionCount }) => sum + sessionCount, 0);
  expect(adopted).toBe(8);
  await expectSessionsSound(db);
  for (const { clientId, sessionToken } of sessions) await prove(third, clientId, sessionToken);
});

test('sessions that end while they are adopted are gone, and counted nowhere', async () => {
  const sessions = await openMany(first, 8);
  time.advance(LEASE_MS);
  await Promise.all([
    second.leaseKeeper.beat(),
    ...sessions.slice(0, 4).map(async ({ clientId, sessionToken }) => {
      await second.sessions.endSession(await prove(second, clientId, sessionToken));
    }),
  ]);
  await second.leaseKeeper.beat();
  await second.cleaners.sweep('workers', new AbortController().signal);
  expect(await db.knex('sessions').count('* as n')).toEqual([{ n: 4n }]);
  expect(await db.knex('workers').where('instance_number', Number(first.instanceNumber))).toEqual(
    [],
  );
  await expectSessionsSound(db);
});

test('a session of an earlier release, which has no worker, is adopted', async () => {
  await openMany(first, 2);
  await db.knex('sessions').update({ worker_id: null });
  await db.knex('workers').delete();
  await first.leaseKeeper.beat();
  expect(await workersNow()).toEqual(['first:2']);
  const { session_count, anonymous_count } = await db.knex('workers').first('*');
  expect([session_count, anonymous_count]).toEqual([2n, 2n]);
});

test('fifty that ask two instances at once for the session of one client get one session and one working token', async () => {
  const { secret } = await first.sessions.requestClientId(anonymousCaller('127.0.0.1'));
  const issued = await Promise.all(
    Array.from({ length: 50 }, async (_, index) => {
      const instance = index % 2 === 0 ? first : second;
      return instance.sessions.requestSessionToken(await prove(instance, secret), null);
    }),
  );
  expect(new Set(issued.map(({ token }) => token.sessionId)).size).toBe(1);
  const working = await Promise.all(
    issued.map((each) => refusal(prove(second, secret, each.secret))),
  );
  expect(working.filter((reason) => reason === 'none')).toHaveLength(1);
  expect(working.filter((reason) => reason === 'SESSION_TOKEN_INVALID')).toHaveLength(49);
  expect(await db.knex('sessions').count('* as n')).toEqual([{ n: 1n }]);
  await expectSessionsSound(db);
});

test('a cleaner keeps a vacant worker of each instance, and touches no session of any', async () => {
  for (const instance of [first, second]) {
    await instance.systemSessions.createWorker();
    await instance.systemSessions.createWorker();
  }
  await openMany(first, 1);
  const report = await second.cleaners.sweep('workers', new AbortController().signal);
  expect(report.workers.count).toBe(1);
  expect(await workersNow()).toEqual(['first:0', 'first:1', 'second:0']);
});
