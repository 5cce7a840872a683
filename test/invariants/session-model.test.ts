import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { anonymousCaller } from '../../src/model/caller.js';
import { cleanerNames } from '../../src/model/cleaner.js';
import type { Database } from '../../src/storage/database.js';
import { createFakeTime, type FakeTime } from '../support/fake-time.js';
import { createSessionInstance, type SessionInstance } from '../support/session-instances.js';
import {
  createSessionModel,
  modelEnvironment,
  type SessionAction,
} from '../support/session-model.js';
import { openTestDatabase } from '../support/test-database.js';

const RUNS = 100;
const STEPS = { minLength: 30, maxLength: 60, size: 'max' } as const;
const masterEmail = 'model@example.com';

let db: Database;
let time: FakeTime;
let instances: SessionInstance[];

beforeAll(async () => {
  db = await openTestDatabase();
  time = createFakeTime();
  instances = [
    await createSessionInstance(db, time, modelEnvironment),
    await createSessionInstance(db, time, modelEnvironment),
  ];
  const [instance] = instances as [SessionInstance];
  const contact = { phone: '', alias: '', company: '', address: '' };
  await instance.masters.createMaster(anonymousCaller('::1'), {
    name: 'Model',
    email: masterEmail,
    password: 'correct-horse-7',
    ...contact,
  });
});

const on = fc.nat(1);
const who = fc.nat(20);
const proof = fc.boolean();
const ofClient = (kind: Extract<SessionAction, { who: number }>['kind']) =>
  fc.record({ kind: fc.constant(kind), on, who, proof });
const bare = (kind: 'client' | 'beat' | 'worker') => fc.record({ kind: fc.constant(kind), on });

const action: fc.Arbitrary<SessionAction> = fc.oneof(
  { weight: 7, arbitrary: bare('client') },
  { weight: 14, arbitrary: ofClient('token') },
  { weight: 5, arbitrary: ofClient('acquire') },
  { weight: 2, arbitrary: ofClient('release') },
  { weight: 2, arbitrary: ofClient('keep') },
  { weight: 2, arbitrary: ofClient('keepClient') },
  { weight: 2, arbitrary: ofClient('end') },
  { weight: 1, arbitrary: ofClient('remove') },
  { weight: 3, arbitrary: bare('beat') },
  { weight: 1, arbitrary: bare('worker') },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('system' as const),
      on,
      lifeMs: fc.constantFrom(1_000, 90_000, 3_600_000),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('sweep' as const),
      on,
      name: fc.constantFrom(...cleanerNames),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 14_999, 15_000, 60_000, 119_999, 120_000, 900_000),
    }),
  },
);

async function startOver(): Promise<void> {
  for (const table of [
    'session_users',
    'session_tokens',
    'sessions',
    'client_tokens',
    'workers',
    'instances',
  ]) {
    await db.knex(table).delete();
  }
}

test('whatever happens, in any order and on two instances, sessions, tokens and workers are what the rules say', async () => {
  let steps = 0;
  let runs = 0;
  const seen = { opened: 0, rotated: 0, refused: 0, madeRoom: 0, swept: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(action, STEPS), async (actions) => {
      await startOver();
      const model = createSessionModel({ db, time, instances, masterEmail });
      for (const each of actions) {
        await model.step(each);
        steps += 1;
      }
      runs += 1;
      for (const key of Object.keys(seen) as (keyof typeof seen)[]) seen[key] += model.seen[key];
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
  expect(runs).toBe(RUNS);
  expect(steps).toBeGreaterThan(RUNS * STEPS.minLength);
  console.log(`${runs} sequences, ${steps} steps:`, seen);
  // Nothing of it is left out.
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(10);
}, 300_000);
