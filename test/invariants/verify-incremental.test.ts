import { expect, test } from 'vitest';
import { describeVerdict } from '../../src/domain/ledger/verdict.js';
import { createVerification } from '../../src/domain/ledger/verify.js';
import type { UserCaller } from '../../src/model/caller.js';
import type { Database } from '../../src/storage/database.js';
import { createLedgerWorld, type LedgerWorld, moveCredits } from '../support/ledger-world.js';
import { openTestDatabase } from '../support/test-database.js';

const MAX = { maxDifferences: 10 };

type Pair = { db: Database; world: LedgerWorld; anna: UserCaller; ben: UserCaller };

/** A master with two users who have 10,000 credits each, and a clean full run. */
async function makePair(options: { maxConnections?: number } = {}): Promise<Pair> {
  const db = await openTestDatabase(options);
  const world = await createLedgerWorld(db);
  const { users } = await world.addMaster(2, 1_000_000n);
  const [anna, ben] = users as [UserCaller, UserCaller];
  for (const user of users) await moveCredits(world, 'supply', user, user, 10_000n);
  expect(await verifyIn('full', db)).toMatchObject({ verified: true });
  return { db, world, anna, ben };
}

function verifyIn(mode: 'full' | 'incremental', db: Database, pageSize = 500) {
  return createVerification(db, { pageSize }).verify({ ...MAX, mode });
}

async function pay({ world, anna, ben }: Pair, times: number): Promise<void> {
  const payments = Array.from({ length: times }, () => moveCredits(world, 'pay', anna, ben, 1n));
  expect(await Promise.all(payments)).toEqual(Array(times).fill(true));
}

async function storedCheckpoints({ knex }: Database): Promise<unknown> {
  return [
    await knex('ledger_checkpoints').orderBy('account_id').select(),
    await knex('ledger_checkpoint_marks').select(),
  ];
}

async function allowChanges({ knex }: Database): Promise<void> {
  for (const event of ['update', 'delete']) {
    await knex.raw(`drop trigger ledger_entries_no_${event}`);
  }
}

/** Rows that the database gave while `work` ran, and statements. */
async function countRows<T>({ knex }: Database, work: () => Promise<T>) {
  let rows = 0;
  let statements = 0;
  const onResponse = (response: unknown) => {
    statements += 1;
    const found = Array.isArray(response) && Array.isArray(response[0]) ? response[0] : response;
    rows += Array.isArray(found) ? found.length : 0;
  };
  knex.on('query-response', onResponse);
  const result = await work();
  knex.removeListener('query-response', onResponse);
  return { result, rows, statements };
}

/** Rows that MySQL has touched for the statements of a pool of one connection. SQLite does not count. */
async function touchedRows({ engine, knex }: Database): Promise<number> {
  if (engine === 'sqlite') return 0;
  const [counters] = await knex.raw("SHOW SESSION STATUS LIKE 'Handler_read%'");
  return (counters as { Value: string }[]).reduce((sum, { Value }) => sum + Number(Value), 0);
}

test('without a clean run before, an incremental run is a full one and says so', async () => {
  const db = await openTestDatabase();
  const first = await verifyIn('incremental', db);
  expect(first).toMatchObject({ mode: 'full', verified: true, accountCount: 80 });
  expect(first.warnings).toEqual([expect.stringContaining('this run was a full one')]);
  const second = await verifyIn('incremental', db);
  expect(second).toMatchObject({ mode: 'incremental', verified: true, warnings: [] });
  expect(second).toMatchObject({ accountCount: 0, operationCount: 0 });
  expect(describeVerdict(second).at(-1)).toContain('What is new since the last clean run');
});

test('what is new is read, however long the history is', async () => {
  const pair = await makePair({ maxConnections: 1 });
  const costs: { rows: number; statements: number }[] = [];
  const touched: number[] = [];
  // Ten times the history, a fifth of which is new for an incremental run in between.
  for (const history of [40, 400]) {
    await pay(pair, history);
    const between = await verifyIn('incremental', pair.db, 50);
    expect(between).toMatchObject({ verified: true, operationCount: history });
    await pay(pair, 20);
    const before = await touchedRows(pair.db);
    const { result, ...cost } = await countRows(pair.db, () =>
      verifyIn('incremental', pair.db, 50),
    );
    expect(result).toMatchObject({
      mode: 'incremental',
      verified: true,
      accountCount: 2,
      operationCount: 20,
      entryCount: 20,
      recordCount: 40,
    });
    costs.push(cost);
    touched.push((await touchedRows(pair.db)) - before);
  }
  // Within the reads of the counters themselves.
  expect(Math.abs((touched[1] ?? 0) - (touched[0] ?? 0))).toBeLessThan(100);
  expect(costs[1]).toEqual(costs[0]);
  // Operation, entry, its two sides, two records for each; and what they name.
  expect(costs[0]?.rows).toBeGreaterThan(20 * 6);
  expect(costs[0]?.rows).toBeLessThan(20 * 6 + 200);
  const full = await countRows(pair.db, () => verifyIn('full', pair.db, 50));
  expect(full.rows).toBeGreaterThan((costs[0]?.rows ?? 0) * 10);
});

test('pages of any size give the same verdict', async () => {
  const pair = await makePair();
  const [marks] = await pair.db.knex('ledger_checkpoint_marks').select();
  const checkpoints = await pair.db.knex('ledger_checkpoints').select();
  await pay(pair, 30);
  for (const pageSize of [1, 2, 3, 7, 500]) {
    const verdict = await verifyIn('incremental', pair.db, pageSize);
    expect(verdict).toMatchObject({ verified: true, accountCount: 2, operationCount: 30 });
    await pair.db.knex('ledger_checkpoints').delete();
    await pair.db.knex('ledger_checkpoints').insert(checkpoints);
    await pair.db.knex('ledger_checkpoint_marks').update(marks);
  }
});

test('operations with low ids that were committed late are found', async () => {
  const pair = await makePair();
  // Another instance takes its ids from a block above.
  const other = await createLedgerWorld(pair.db);
  await other.addMaster(1, 100n);
  expect(await verifyIn('incremental', pair.db)).toMatchObject({ verified: true });
  await pay(pair, 5);
  expect(await moveCredits(pair.world, 'pay', pair.anna, pair.ben, 10n ** 9n)).toBe(false);
  const mark = await pair.db.knex('ledger_checkpoint_marks').first('last_operation_id');
  const last = await pair.db.knex('operations').where('kind', 'PAYMENT').max('id as id').first();
  expect(last?.id).toBeLessThan(mark.last_operation_id);
  expect(await verifyIn('incremental', pair.db)).toMatchObject({
    verified: true,
    operationCount: 6,
    recordCount: 10,
  });
  expect(await verifyIn('incremental', pair.db)).toMatchObject({ operationCount: 0 });
});

test('refusals of the millisecond at which a checkpoint was taken are told apart', async () => {
  const pair = await makePair();
  const refuse = () => moveCredits(pair.world, 'pay', pair.anna, pair.ben, 10n ** 9n);
  for (const count of [3, 2, 4]) {
    for (let round = 0; round < count; round += 1) expect(await refuse()).toBe(false);
    const verdict = await verifyIn('incremental', pair.db);
    expect(verdict).toMatchObject({ mode: 'incremental', verified: true, accountCount: 1 });
  }
  await refuse();
  await pair.db.knex('ledger_accounts').where('refusals', 10).update({ refusals: 11 });
  expect((await verifyIn('incremental', pair.db)).differences).toMatchObject([
    { code: 'REFUSALS_DIFFER' },
  ]);
});

test('only a clean and complete run leaves checkpoints', async () => {
  const pair = await makePair();
  const before = await storedCheckpoints(pair.db);
  await pay(pair, 10);
  const stopped = new AbortController();
  const verdict = await createVerification(pair.db, { pageSize: 2 }).verify({
    ...MAX,
    mode: 'incremental',
    signal: stopped.signal,
    onProgress: ({ operationCount }) => operationCount > 4 && stopped.abort(),
  });
  expect(verdict).toMatchObject({ mode: 'incremental', complete: false, verified: false });
  expect(await storedCheckpoints(pair.db)).toEqual(before);

  const { id } = pair.anna.user;
  const wallet = await pair.db.knex('wallets').where('user_id', Number(id)).first('id');
  const account = pair.db.knex('ledger_accounts').where('id', wallet.id);
  await account.clone().increment('balance', 1);
  for (const mode of ['incremental', 'full'] as const) {
    expect((await verifyIn(mode, pair.db)).differences).toContainEqual(
      expect.objectContaining({ code: 'BALANCE_DIFFERS', ledgerAccount: wallet.id }),
    );
    expect(await storedCheckpoints(pair.db)).toEqual(before);
  }
  await account.clone().decrement('balance', 1);
  expect(await verifyIn('incremental', pair.db)).toMatchObject({ operationCount: 10 });
  expect(await storedCheckpoints(pair.db)).not.toEqual(before);
});

test('an account that nothing happened to is compared all the same', async () => {
  const pair = await makePair();
  await pair.db.knex('ledger_accounts').where('id', 1).update({ balance: 5 });
  const { differences } = await verifyIn('incremental', pair.db);
  expect(differences.map(({ code }) => code)).toEqual(['BALANCE_DIFFERS', 'UNIT_SUM_NOT_ZERO']);
});

test('an old entry that was changed is found by a full run only', async () => {
  const pair = await makePair();
  await pay(pair, 3);
  expect(await verifyIn('incremental', pair.db)).toMatchObject({ verified: true });
  await allowChanges(pair.db);
  await pair.db.knex('ledger_entries').where('kind', 'PAYMENT').update({ amount: 2 });
  await pay(pair, 3);
  expect(await verifyIn('incremental', pair.db)).toMatchObject({ verified: true });
  expect(await verifyIn('full', pair.db)).toMatchObject({ verified: false });
});

test.each([
  [
    'another balance',
    (db) => db.knex('ledger_checkpoints').where('version', 1).update('balance', 7),
  ],
  ['another seal', (db) => db.knex('ledger_checkpoints').update('seal', Buffer.alloc(32))],
  [
    'another account',
    (db) => db.knex('ledger_checkpoints').where('account_id', 3).update('account_id', -3),
  ],
  ['one taken away', (db) => db.knex('ledger_checkpoints').where('account_id', 3).delete()],
  ['another mark', (db) => db.knex('ledger_checkpoint_marks').update('last_operation_id', 1)],
  [
    'a later version than the account has',
    (db) => db.knex('ledger_checkpoints').update('version', 99),
  ],
] satisfies [string, (db: Database) => PromiseLike<unknown>][])(
  'checkpoints that do not fit are a difference of their own: %s',
  async (_name, corrupt) => {
    const pair = await makePair();
    await corrupt(pair.db);
    await pay(pair, 1);
    const before = await storedCheckpoints(pair.db);
    for (const mode of ['incremental', 'full'] as const) {
      const { verified, differences } = await verifyIn(mode, pair.db);
      expect(verified).toBe(false);
      expect(new Set(differences.map(({ code }) => code))).toEqual(new Set(['CHECKPOINT_DIFFERS']));
      expect(await storedCheckpoints(pair.db)).toEqual(before);
    }
    // What docs/verification.md says to do.
    await pair.db.knex('ledger_checkpoints').delete();
    await pair.db.knex('ledger_checkpoint_marks').delete();
    expect(await verifyIn('full', pair.db)).toMatchObject({ verified: true, warnings: [] });
    expect(await verifyIn('incremental', pair.db)).toMatchObject({ accountCount: 0 });
  },
);

test('a full run holds every checkpoint against the entries up to it', async () => {
  const pair = await makePair();
  await allowChanges(pair.db);
  await pay(pair, 1);
  expect(await verifyIn('full', pair.db)).toMatchObject({ verified: true });
  const { knex } = pair.db;
  // The payment as it might be written by somebody who takes care of all that hangs on it but the digest.
  const entry = await knex('ledger_entries').where('kind', 'PAYMENT').first();
  await knex('ledger_entries').where('operation_id', entry.operation_id).update({
    amount: 2,
    debit_balance: 9_998,
    credit_balance: 10_002,
  });
  await knex('ledger_accounts').where('id', entry.debit_account_id).update({ balance: 9_998 });
  await knex('ledger_accounts').where('id', entry.credit_account_id).update({ balance: 10_002 });
  const { differences } = await verifyIn('full', pair.db);
  expect(differences.filter(({ code }) => code === 'CHECKPOINT_DIFFERS')).toMatchObject(
    [entry.debit_account_id, entry.credit_account_id]
      .sort()
      .map((ledgerAccount) => ({ ledgerAccount })),
  );
});

test('checkpoints that cannot be written take nothing from the verdict', async () => {
  const pair = await makePair();
  await pair.db.knex.schema.renameTable('ledger_checkpoint_marks', 'gone');
  await pair.db.knex.schema.createTable('ledger_checkpoint_marks', (table) => {
    for (const name of ['id', 'last_operation_id']) table.bigInteger(name);
  });
  const broken = await verifyIn('full', pair.db);
  expect(broken).toMatchObject({ complete: false });
  await pair.db.knex.schema.alterTable('ledger_checkpoint_marks', (table) => {
    table.bigInteger('checkpoint_count');
    table.binary('seal', 1);
  });
  const verdict = await verifyIn('full', pair.db);
  expect(verdict).toMatchObject({ complete: true, verified: true });
  expect(verdict.warnings).toEqual([expect.stringContaining('checkpoints were not written')]);
});
