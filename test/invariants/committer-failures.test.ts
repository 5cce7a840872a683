import { beforeAll, beforeEach, expect, test } from 'vitest';
import { isMysql } from '../../migrations/schema.js';
import type { Committer } from '../../src/domain/ledger/committer.js';
import type { OperationDraft } from '../../src/model/ledger.js';
import type { Database } from '../../src/storage/database.js';
import {
  balancesOf,
  countTransactions,
  faultsOfBook,
  ISSUER,
  nextId,
  openAccounts,
} from '../support/ledger-book.js';
import {
  type CommitterMaker,
  countKinds,
  createCommitterOn,
  holdLock,
  outcomesOf,
} from '../support/ledger-committers.js';
import { draftWith, paymentDraft, requestIdFor } from '../support/ledger-drafts.js';
import { openTestDatabase } from '../support/test-database.js';

let db: Database & { url: string };
let committer: Committer;
let from: bigint;
let to: bigint;

beforeAll(async () => {
  db = await openTestDatabase({ maxLedgerConnections: 1 });
});

beforeEach(async () => {
  committer = createTestCommitter();
  [from, to] = (await openAccounts(db, 2)) as [bigint, bigint];
  await committer.submit(paymentDraft(nextId(), ISSUER, from, 1_000n));
});

const createTestCommitter: CommitterMaker = (parts) => createCommitterOn(db, parts);

function pay(amount: bigint, parts: Partial<OperationDraft> = {}): OperationDraft {
  return paymentDraft(nextId(), from, to, amount, parts);
}

/** Drafts that no database and no evaluation takes, and what their caller is told. */
const POISONS: [string, () => Partial<OperationDraft>, RegExp][] = [
  [
    'a movement of nothing',
    () => ({ movements: [{ debit: from, credit: to, unit: 'CREDIT', amount: 0n }] }),
    /amount above zero/,
  ],
  ['notes that do not fit', () => ({ notes: 'x'.repeat(281) }), /fit|constraint/],
  ['a hash that does not fit', () => ({ requestHash: Buffer.alloc(33) }), /fit|constraint/],
  ['a row that a trigger refuses', () => ({ notes: 'poison' }), /STORAGE_UNAVAILABLE|constraint/],
];

test.each(POISONS)('%s fails alone: its neighbours are committed', async (_, parts, message) => {
  await createPoisonTrigger();
  const drafts = Array.from({ length: 64 }, (_, index) => pay(1n, index === 37 ? parts() : {}));
  const outcomes = await outcomesOf(drafts.map((draft) => committer.submit(draft)));
  expect(outcomes[37]).toMatch(message);
  expect(outcomes.filter((outcome) => outcome === 'decided')).toHaveLength(63);
  expect(await balancesOf(db, [from, to])).toEqual([937n, 63n]);
  expect(await faultsOfBook(db)).toEqual([]);
});

/** A database that refuses a row for a reason of its own: an error that nobody classified. */
async function createPoisonTrigger(): Promise<void> {
  const head =
    'create trigger if not exists no_poison before insert on operation_notes for each row';
  await db.knex.raw(
    isMysql(db.knex)
      ? `${head} if new.notes = 'poison' then signal sqlstate '45000' set message_text = 'no'; end if`
      : `${head} when new.notes = 'poison' begin select raise(abort, 'no'); end`,
  );
}

test('several poisons in one batch are all found', async () => {
  const drafts = Array.from({ length: 40 }, (_, index) =>
    pay(1n, index % 13 === 5 ? { notes: 'x'.repeat(300) } : {}),
  );
  const outcomes = await outcomesOf(drafts.map((draft) => committer.submit(draft)));
  expect(outcomes.flatMap((outcome, index) => (outcome === 'decided' ? [] : index))).toEqual([
    5, 18, 31,
  ]);
  expect(await balancesOf(db, [to])).toEqual([37n]);
});

test('a primary key that is taken fails its draft alone, and does not call the database absent', async () => {
  const taken = pay(1n);
  await committer.submit(taken);
  const submitted = [
    pay(1n),
    pay(1n, { id: taken.id, requestId: requestIdFor(nextId()) }),
    pay(1n),
  ].map((d) => committer.submit(d));
  const outcomes = await outcomesOf(submitted);
  expect(outcomes).toEqual(['decided', expect.stringContaining('unique key'), 'decided']);
});

test('a batch waits for a lock that somebody holds, and is decided once it is free', async () => {
  const rival = await holdLock(db, to);
  const retried: string[] = [];
  const waiting = createTestCommitter({
    onRetry: (kind) => {
      retried.push(kind);
      rival.release();
    },
  });
  const decisions = await Promise.all([pay(1n), pay(2n)].map((draft) => waiting.submit(draft)));
  expect(countKinds(decisions)).toEqual({ decided: 2 });
  const kind = db.engine === 'mysql' ? 'lock-wait' : 'busy';
  expect(retried).toEqual([kind]);
  expect(await balancesOf(db, [from, to])).toEqual([997n, 3n]);
});

test('a lock that stays is contention: told as such, and nothing has happened', async () => {
  const rival = await holdLock(db, to);
  const retried: string[] = [];
  const waiting = createTestCommitter({
    patienceMs: 0,
    onRetry: (kind) => retried.push(kind),
  });
  const outcomes = await outcomesOf([waiting.submit(pay(1n))]);
  await rival.release();
  expect(outcomes).toEqual(['TRANSACTION_CONTENTION']);
  expect(retried).toEqual([]);
  expect(await balancesOf(db, [from, to])).toEqual([1_000n, 0n]);
});

test('a database that takes no writes fails the batch as a whole, not draft by draft', async () => {
  const readOnly = await openReadOnly();
  const transactions = countTransactions(readOnly.db);
  const stuck = createTestCommitter({ db: readOnly.db, patienceMs: 0 });
  const outcomes = await outcomesOf(
    Array.from({ length: 50 }, () => pay(1n)).map((draft) => stuck.submit(draft)),
  );
  await readOnly.end();
  expect(new Set(outcomes)).toEqual(new Set(['STORAGE_UNAVAILABLE']));
  expect(transactions.begun).toBe(1);
  expect(await balancesOf(db, [from, to])).toEqual([1_000n, 0n]);
});

/** The database as it is after a failover to a replica: it can be read. */
async function openReadOnly(): Promise<{ db: Database; end: () => Promise<void> }> {
  if (db.engine === 'sqlite') {
    await db.knex.raw('PRAGMA query_only = 1');
    return { db, end: () => db.knex.raw('PRAGMA query_only = 0') };
  }
  const replica = await openTestDatabase({ url: db.url, migrated: false });
  // A connection is thrown away when its COMMIT failed: every new one has to be like the first.
  replica.ledgerPool.on('query', () => {});
  const { pool } = replica.ledgerPool.client;
  pool.on('createSuccess', (_: number, connection: { query: (sql: string) => void }) => {
    connection.query('SET SESSION TRANSACTION READ ONLY');
  });
  return { db: replica, end: () => replica.close() };
}

test('a broken table fails the batch at once: every caller hears of it, and the next batch works', async () => {
  await db.knex.schema.renameTable('operation_notes', 'operation_notes_away');
  const transactions = countTransactions(db);
  const outcomes = await outcomesOf(
    Array.from({ length: 50 }, () => pay(1n, { notes: 'x' })).map((draft) =>
      committer.submit(draft),
    ),
  );
  const { begun } = transactions;
  await db.knex.schema.renameTable('operation_notes_away', 'operation_notes');
  expect(outcomes.every((outcome) => outcome.includes('migrations'))).toBe(true);
  expect(begun).toBe(1);
  expect((await committer.submit(pay(1n, { notes: 'x' }))).kind).toBe('decided');
});

test('a database that is closed under it fails every caller, and nobody is left waiting', async () => {
  const closing = await openTestDatabase();
  const orphan = createTestCommitter({ db: closing, patienceMs: 0 });
  await closing.close();
  const drafts = Array.from({ length: 30 }, () => draftWith({ id: nextId(), accountId: 1n }));
  const outcomes = await outcomesOf(drafts.map((draft) => orphan.submit(draft)));
  expect(outcomes.filter((outcome) => outcome === 'decided')).toEqual([]);
  await orphan.drain();
});

test('after all of this the book is whole', async () => {
  expect(await faultsOfBook(db)).toEqual([]);
});
