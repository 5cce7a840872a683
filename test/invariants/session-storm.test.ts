import { beforeAll, expect, test } from 'vitest';
import { developmentSecrets } from '../../src/config.js';
import { anonymousCaller } from '../../src/model/caller.js';
import { cleanerNames } from '../../src/model/cleaner.js';
import { DomainError } from '../../src/model/errors.js';
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

const ACTORS = 12;
const STEPS = 60;
const LEASE_MS = 15_000;
const masterEmail = 'storm@example.com';

let db: Database;
let time: FakeTime;
let instances: SessionInstance[];

beforeAll(async () => {
  db = await openTestDatabase();
  time = createFakeTime();
  const env = { EWALLET_WORKER_LIMIT: '3', EWALLET_SESSION_LIMIT: '5' };
  instances = [];
  for (let count = 0; count < 3; count += 1) {
    instances.push(await createSessionInstance(db, time, env));
  }
  const profile = { name: 'Storm', email: masterEmail, phone: '', alias: '' };
  await instances[0]?.masters.createMaster(anonymousCaller('::1'), {
    ...profile,
    password: 'correct-horse-7',
    company: '',
    address: '',
  });
});

/** A sequence of numbers that depends on its seed only. Source: mulberry32. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

type Tokens = { clientId: string; sessionToken: string };

/** What an actor may do to any session of the storm, through any instance. */
const deeds: ((instance: SessionInstance, tokens: Tokens) => Promise<unknown>)[] = [
  async (instance, { clientId, sessionToken }) =>
    instance.sessions.endSession(await prove(instance, clientId, sessionToken)),
  async (instance, { clientId, sessionToken }) =>
    instance.sessions.keepSessionTokenAlive(await prove(instance, clientId, sessionToken)),
  async (instance, { clientId, sessionToken }) =>
    instance.masters.acquireMaster(await prove(instance, clientId, sessionToken), {
      email: masterEmail,
      acquireKey: developmentSecrets.acquireKey,
    }),
  async (instance, tokens) => {
    const caller = await prove(instance, tokens.clientId);
    const issued = await instance.sessions.requestSessionToken(caller, tokens.sessionToken);
    tokens.sessionToken = issued.secret;
  },
];

test('whatever many do at once through three instances, one of which keeps losing its lease, every count is right', async () => {
  const pool: Tokens[] = [];
  const outcomes = new Map<string, number>();
  async function note(call: Promise<unknown>): Promise<void> {
    const outcome = await call.then(
      () => 'done',
      (error) => {
        if (error instanceof DomainError) return error.reason;
        throw error;
      },
    );
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  async function act(seed: number): Promise<void> {
    const random = createRandom(seed);
    for (let step = 0; step < STEPS; step += 1) {
      const instance = instances[random(instances.length)] as SessionInstance;
      const tokens = pool[random(Math.max(1, pool.length))];
      const choice = random(20);
      if (!tokens || choice < 7) {
        await note(openSessionOn(instance).then((opened) => pool.push(opened)));
      } else if (choice < 17) {
        const deed = deeds[choice % deeds.length] as (typeof deeds)[number];
        await note(deed(instance, tokens));
      } else if (choice === 17) {
        const name = cleanerNames[random(cleanerNames.length)] ?? 'sessions';
        await note(instance.cleaners.sweep(name, new AbortController().signal));
      } else if (choice === 18) {
        await note(instance.systemSessions.createSession({ reference: '', lifeMs: 20_000 }));
      } else {
        // The third instance never renews in time.
        time.advance(LEASE_MS / 3);
        await note(Promise.all(instances.slice(0, 2).map((each) => each.leaseKeeper.beat())));
      }
    }
  }
  await Promise.all(Array.from({ length: ACTORS }, (_, seed) => act(seed)));
  console.log(`${ACTORS * STEPS} actions:`, Object.fromEntries(outcomes));
  await expectSessionsSound(db);
  expect([...outcomes.values()].reduce((sum, count) => sum + count, 0)).toBe(ACTORS * STEPS);
  expect(outcomes.get('done')).toBeGreaterThan((ACTORS * STEPS) / 4);
  // All capacity is found again when everything is over.
  time.advance(3_600_000);
  const [instance] = instances as [SessionInstance];
  for (const name of cleanerNames)
    await instance.cleaners.sweep(name, new AbortController().signal);
  await instance.leaseKeeper.beat();
  await instance.cleaners.sweep('workers', new AbortController().signal);
  expect(await db.knex('sessions').count('* as n')).toEqual([{ n: 0n }]);
  const workers = await db.knex('workers').select('session_count', 'anonymous_count');
  expect(workers).toEqual([{ session_count: 0n, anonymous_count: 0n }]);
}, 180_000);
