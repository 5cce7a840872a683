import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { describeVerdict } from '../../src/domain/ledger/verdict.js';
import { createVerification } from '../../src/domain/ledger/verify.js';
import type { Database } from '../../src/storage/database.js';
import {
  createLedgerWorld,
  type LedgerWorld,
  makeEventfulWorld,
  moveCredits,
} from '../support/ledger-world.js';
import { openTestDatabase } from '../support/test-database.js';

let db: Database & { url: string };
let world: LedgerWorld;

beforeAll(async () => {
  db = await openTestDatabase();
  world = await makeEventfulWorld(db);
});

async function countRows(...tables: string[]): Promise<number> {
  const counts = await Promise.all(tables.map((table) => db.knex(table).count({ count: '*' })));
  return counts.reduce((sum, [row]) => sum + Number(row?.count), 0);
}

test('an eventful ledger is verified, and everything in it was read', async () => {
  const verdict = await world.domain.verification.verify({ maxDifferences: 100 });
  expect(verdict).toEqual({
    mode: 'full',
    verified: true,
    complete: true,
    accountCount: await countRows('ledger_accounts'),
    entryCount: await countRows('ledger_entries'),
    operationCount: await countRows('operations'),
    recordCount: await countRows('transfer_records', 'invoice_records'),
    differenceCount: 0,
    differences: [],
    warnings: [],
    durationMs: expect.any(Number),
  });
  expect(verdict.operationCount).toBeGreaterThan(20);
  expect(describeVerdict(verdict).at(-1)).toBe('The ledger is verified: no difference.');
});

test('an empty ledger is verified', async () => {
  const empty = await openTestDatabase();
  const verdict = await createVerification(empty).verify({ maxDifferences: 100 });
  expect(verdict).toMatchObject({ verified: true, accountCount: 80, entryCount: 0 });
});

test.each([1, 2, 3, 7])('pages of %i rows give the same verdict', async (pageSize) => {
  const verification = createVerification(db, { pageSize });
  const verdict = await verification.verify({ maxDifferences: 100 });
  const whole = await world.domain.verification.verify({ maxDifferences: 100 });
  expect({ ...verdict, durationMs: 0 }).toEqual({ ...whole, durationMs: 0 });
});

test('progress is told after every page, up to the whole', async () => {
  const told: number[] = [];
  const verification = createVerification(db, { pageSize: 10 });
  const verdict = await verification.verify({
    maxDifferences: 100,
    onProgress: ({ operationCount }) => told.push(operationCount),
  });
  expect(told.length).toBeGreaterThan(20);
  expect(told).toEqual([...told].sort((a, b) => a - b));
  expect(told.at(-1)).toBe(verdict.operationCount);
});

test('a run that is stopped is not complete and proves nothing', async () => {
  const controller = new AbortController();
  const verification = createVerification(db, { pageSize: 5 });
  const options = { maxDifferences: 100, signal: controller.signal };
  let pages = 0;
  const verdict = await verification.verify({
    ...options,
    onProgress: () => {
      pages += 1;
      if (pages === 10) controller.abort();
    },
  });
  expect(verdict).toMatchObject({ verified: false, complete: false, differenceCount: 0 });
  expect(verdict.warnings).toEqual(['The run was stopped before its end.']);
  expect(verdict.accountCount).toBeGreaterThan(0);
  expect(await verification.verify(options)).toMatchObject({ complete: false, accountCount: 0 });
  expect(describeVerdict(verdict).at(-1)).toContain('NOT VERIFIED: the run did not get to the end');
});

test('a run that fails is not complete and says why', async () => {
  const broken = await openTestDatabase();
  await broken.knex.schema.dropTable('invoice_records');
  const verdict = await createVerification(broken).verify({ maxDifferences: 100 });
  expect(verdict).toMatchObject({ verified: false, complete: false });
  expect(verdict.warnings).toEqual([expect.stringContaining('A table or column is missing')]);
});

test('a database that would let entries be changed is warned of', async () => {
  const lax = await openTestDatabase();
  await lax.knex.raw('drop trigger ledger_entries_no_update');
  await lax.knex.raw('drop trigger ledger_account_changes_no_delete');
  const verdict = await createVerification(lax).verify({ maxDifferences: 100 });
  expect(verdict.verified).toBe(true);
  expect(verdict.warnings).toEqual([
    expect.stringContaining('UPDATE on ledger_entries'),
    expect.stringContaining('DELETE on ledger_account_changes'),
  ]);
});

test('all differences are counted, as many as asked for are given', async () => {
  const bad = await openTestDatabase();
  await bad.knex('ledger_accounts').where('id', '<=', 16).update({ balance: 1 });
  const verdict = await createVerification(bad).verify({ maxDifferences: 3 });
  expect(verdict).toMatchObject({ verified: false, complete: true, differenceCount: 17 });
  expect(verdict.differences.map(({ code }) => code)).toEqual(Array(3).fill('BALANCE_DIFFERS'));
  expect(describeVerdict(verdict)).toContain('… and 14 more.');
});

const PAGE_SIZES = [2, 5, 9, 20, 50, 100, 500, 500, 500, 500];
const TURNS_PER_RUN = 40;

/** How many turns the writers have: they keep step with the run, which would never end beside faster ones and tiny pages. */
type Pace = { turns: number; over: boolean };

/** Moves credits at random, opens accounts and changes terms, one batch per turn, until it is over. Returns the moves made. */
async function writeAlong(live: LedgerWorld, pace: Pace, seed: number): Promise<number> {
  const { domain, time, masters, requestId } = live;
  const random = fc.sample(fc.nat(), { numRuns: 30 * TURNS_PER_RUN * PAGE_SIZES.length, seed });
  const below = (bound: number) => {
    const number = random.pop();
    if (number === undefined) throw new Error('Too few random numbers were made.');
    return number % bound;
  };
  const pick = <T>(from: readonly T[]): T => from[below(from.length)] as T;
  let moves = 0;
  for (let turn = 0; !pace.over; ) {
    if (turn >= pace.turns) {
      await nextTurn();
      continue;
    }
    turn += 1;
    const master = pick(masters);
    const batch = Array.from({ length: 1 + below(8) }, () => {
      const kind = pick(['pay', 'pay', 'transfer', 'supply'] as const);
      const user = pick(master.users);
      const payee = pick(master.users.filter((other) => other !== user));
      return moveCredits(live, kind, user, payee, BigInt(1 + below(400)));
    });
    moves += (await Promise.all(batch)).length;
    time.advance(below(3));
    if (below(20) === 0) await live.addUser(master);
    if (below(40) === 0) await live.addMaster(2, 1_000n);
    if (below(8) === 0) {
      const terms = { funding: 'CREDIT' as const, creditLimit: BigInt(below(5_000)) };
      const request = { requestId: requestId(), masterId: master.master.id };
      await domain.funding.setTerms({ ...request, terms: { ...terms, selfSupply: true } });
    }
  }
  return moves;
}

test('while instances write, every run is complete and finds no difference', async () => {
  const busy = await openTestDatabase();
  const instances = [await createLedgerWorld(busy)];
  if (busy.engine === 'mysql') {
    const other = await openTestDatabase({ url: busy.url, migrated: false });
    // A clock of its own, half a second behind.
    instances.push(await createLedgerWorld(other));
    instances[0]?.time.advance(500);
  }
  for (const instance of instances) {
    await instance.addMaster(4, 10_000n);
    await instance.addMaster(2, 100n);
  }
  const pace: Pace = { turns: 0, over: false };
  const writers = instances.map((instance, index) => writeAlong(instance, pace, 11 + index));
  const verdicts = [];
  for (const [index, pageSize] of PAGE_SIZES.entries()) {
    const verification = createVerification(busy, { pageSize });
    const onProgress = () => {
      pace.turns = Math.min(pace.turns + 1, (index + 1) * TURNS_PER_RUN);
    };
    // Half of them go on from the one before.
    const mode = index % 2 ? 'incremental' : 'full';
    verdicts.push(await verification.verify({ mode, maxDifferences: 10, onProgress }));
    expect(verdicts.at(-1)).toMatchObject({ mode });
  }
  pace.over = true;
  const moves = await Promise.all(writers);
  expect(verdicts.flatMap(({ differences }) => differences)).toEqual([]);
  expect(verdicts.filter(({ verified }) => verified)).toHaveLength(PAGE_SIZES.length);
  expect(Math.min(...moves)).toBeGreaterThan(100);
  expect(verdicts.at(-2)?.operationCount).toBeGreaterThan(verdicts[0]?.operationCount ?? 0);
  expect(verdicts.at(-1)?.operationCount).toBeLessThan(verdicts.at(-2)?.operationCount ?? 0);
  const last = await createVerification(busy).verify({ maxDifferences: 10 });
  expect(last).toMatchObject({ verified: true, differences: [] });
}, 120_000);
