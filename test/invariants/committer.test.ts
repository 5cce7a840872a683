import { setImmediate as turn } from 'node:timers/promises';
import BetterSqlite from 'better-sqlite3';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { isMysql } from '../../migrations/schema.js';
import type { CommitDeps } from '../../src/domain/ledger/commit-batch.js';
import { type Committer, createCommitter } from '../../src/domain/ledger/committer.js';
import type { Decision, OperationDraft } from '../../src/model/ledger.js';
import type { Database } from '../../src/storage/database.js';
import { createFakeTime } from '../support/fake-time.js';
import {
  balancesOf,
  countOperations,
  countTransactions,
  faultsOfBook,
  ISSUER,
  nextId,
  openAccounts,
} from '../support/ledger-book.js';
import { draftWith, paymentDraft, requestHashFor, requestIdFor } from '../support/ledger-drafts.js';
import { openTestDatabase } from '../support/test-database.js';

const LIMITS = { maxAccounts: 400, maxBytes: 4_000_000, maxQueue: 10_000 };

let db: Database & { url: string };
/** As another instance would open it; on SQLite, which has one server, the same. */
let otherDb: Database;
let committer: Committer;
let from: bigint;
let to: bigint;

beforeAll(async () => {
  db = await openTestDatabase({ maxLedgerConnections: 1 });
  otherDb = db.engine === 'mysql' ? await openTestDatabase({ url: db.url, migrated: false }) : db;
});

beforeEach(async () => {
  committer = createTestCommitter();
  [from, to] = (await openAccounts(db, 2)) as [bigint, bigint];
  await committer.submit(paymentDraft(nextId(), ISSUER, from, 1_000n));
});

function createTestCommitter(parts: Partial<CommitDeps & typeof LIMITS> = {}): Committer {
  const { maxAccounts, maxBytes, maxQueue, ...deps } = { ...LIMITS, ...parts };
  const limits = { maxAccounts, maxBytes, maxQueue };
  return createCommitter({ db, time: createFakeTime(), pause: async () => {}, ...deps }, limits);
}

function pay(amount: bigint, parts: Partial<OperationDraft> = {}): OperationDraft {
  return paymentDraft(nextId(), from, to, amount, parts);
}

function countKinds(decisions: readonly Decision[]): Record<string, number> {
  const counted: Record<string, number> = {};
  for (const { kind } of decisions) counted[kind] = (counted[kind] ?? 0) + 1;
  return counted;
}

/** What became of each, without throwing: the kind of decision, or the error's reason or message. */
async function outcomesOf(submitted: readonly Promise<Decision>[]): Promise<string[]> {
  const settled = await Promise.allSettled(submitted);
  return settled.map((result) => {
    if (result.status === 'fulfilled') return result.value.kind;
    return result.reason.reason ?? result.reason.message;
  });
}

test('one request id a hundred times at once: one decision, 99 replays of it', async () => {
  const requestId = requestIdFor(nextId());
  const decisions = await Promise.all(
    Array.from({ length: 100 }, () => committer.submit(pay(3n, { requestId }))),
  );
  expect(countKinds(decisions)).toEqual({ decided: 1, replayed: 99 });
  expect(new Set(decisions.map(({ operation }) => operation.id)).size).toBe(1);
  expect(await balancesOf(db, [from, to])).toEqual([997n, 3n]);
  expect(await countOperations(db, [requestId])).toBe(1);
});

test('the same through two committers, with several ids in different order', async () => {
  const other = createTestCommitter({ db: otherDb });
  const requestIds = Array.from({ length: 10 }, () => requestIdFor(nextId()));
  const submitted = Array.from({ length: 100 }, (_, index) => {
    const requestId = requestIds[(index * 7) % 10] ?? Buffer.alloc(0);
    return (index % 2 ? committer : other).submit(pay(1n, { requestId }));
  });
  expect(countKinds(await Promise.all(submitted))).toEqual({ decided: 10, replayed: 90 });
  expect(await balancesOf(db, [from, to])).toEqual([990n, 10n]);
  expect(await countOperations(db, requestIds)).toBe(10);
});

test('an id that is used again for something else is told so, in and across batches', async () => {
  const requestId = requestIdFor(nextId());
  const requestHash = requestHashFor('something else');
  const decisions = await Promise.all([
    committer.submit(pay(1n, { requestId })),
    committer.submit(pay(2n, { requestId, requestHash })),
  ]);
  decisions.push(await committer.submit(pay(2n, { requestId, requestHash })));
  expect(decisions.map(({ kind }) => kind)).toEqual(['decided', 'reused', 'reused']);
  expect(await balancesOf(db, [to])).toEqual([1n]);
});

test('an id raced by another instance on other accounts is decided once', async () => {
  const [rivalFrom, rivalTo] = (await openAccounts(db, 2, { floor: -100n })) as [bigint, bigint];
  const other = createTestCommitter({ db: otherDb });
  for (let round = 0; round < 20; round += 1) {
    const requestId = requestIdFor(nextId());
    const decisions = await Promise.all([
      committer.submit(pay(1n, { requestId })),
      other.submit(paymentDraft(nextId(), rivalFrom, rivalTo, 1n, { requestId })),
      committer.submit(pay(1n)),
      other.submit(paymentDraft(nextId(), rivalFrom, rivalTo, 1n)),
    ]);
    expect(countKinds(decisions)).toEqual({ decided: 3, replayed: 1 });
  }
  const [paid = 0n, rivalPaid = 0n] = await balancesOf(db, [to, rivalTo]);
  expect(paid + rivalPaid).toBe(60n);
  expect(await faultsOfBook(db)).toEqual([]);
});

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
  const rival = await holdLock(to);
  const retried: string[] = [];
  const waiting = createTestCommitter({
    onRetry: (kind) => retried.push(kind),
    pause: async () => {
      if (retried.length === 2) await rival.release();
    },
  });
  const decisions = await Promise.all([pay(1n), pay(2n)].map((draft) => waiting.submit(draft)));
  expect(countKinds(decisions)).toEqual({ decided: 2 });
  const kind = db.engine === 'mysql' ? 'lock-wait' : 'busy';
  expect(retried).toEqual([kind, kind]);
  expect(await balancesOf(db, [from, to])).toEqual([997n, 3n]);
});

/** Locks an account (on SQLite: the file) from a connection that is not the program's. */
async function holdLock(id: bigint): Promise<{ release: () => Promise<void> }> {
  if (db.engine === 'sqlite') {
    const other = new BetterSqlite(db.name);
    other.exec('BEGIN IMMEDIATE');
    return { release: async () => void other.close() };
  }
  const { knex, close } = db.openSingleConnection();
  const tx = await knex.transaction();
  await tx('ledger_accounts').where({ id }).forUpdate().select('id');
  async function release(): Promise<void> {
    await tx.rollback();
    await close();
  }
  return { release };
}

test('a lock that stays is contention: told as such, and nothing has happened', async () => {
  const rival = await holdLock(to);
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

test('a caller who is gone before its draft is taken: the draft never happens', async () => {
  const gone = new AbortController();
  const [early, late, alone] = [
    new AbortController(),
    new AbortController(),
    new AbortController(),
  ];
  early.abort();
  const submitted = [
    committer.submit(pay(1n)),
    committer.submit(pay(2n), early.signal),
    committer.submit(pay(4n), gone.signal),
    committer.submit(pay(8n), late.signal),
  ];
  gone.abort();
  expect(await outcomesOf(submitted)).toEqual(['decided', 'CANCELLED', 'CANCELLED', 'decided']);
  late.abort();
  alone.abort();
  expect(await outcomesOf([committer.submit(pay(16n), alone.signal)])).toEqual(['CANCELLED']);
  expect(await balancesOf(db, [from, to])).toEqual([991n, 9n]);
});

test('a caller who goes while its batch commits is told the decision all the same', async () => {
  const going = new AbortController();
  const submitted = committer.submit(pay(1n), going.signal);
  const transactions = countTransactions(db);
  while (transactions.begun === 0) await turn();
  going.abort();
  expect((await submitted).kind).toBe('decided');
});

test('one draft more than may wait is refused, and room is made as soon as a batch is taken', async () => {
  const small = createTestCommitter({ maxQueue: 3 });
  const submitted = Array.from({ length: 5 }, () => small.submit(pay(1n)));
  expect(small.queueLength()).toBe(3);
  expect(await outcomesOf(submitted)).toEqual([
    'decided',
    'decided',
    'decided',
    'OVERLOADED',
    'OVERLOADED',
  ]);
  expect((await small.submit(pay(1n))).kind).toBe('decided');
});

test('drafts of callers who are gone do not keep others out', async () => {
  const rival = await holdLock(to);
  const retried: string[] = [];
  let settled: Promise<string[]> | undefined;
  const gone = new AbortController();
  const small = createTestCommitter({
    maxQueue: 3,
    onRetry: (kind) => retried.push(kind),
    pause: async () => {
      const waiting = Array.from({ length: 3 }, () => small.submit(pay(1n), gone.signal));
      gone.abort();
      await turn();
      settled = outcomesOf([...waiting, small.submit(pay(2n))]);
      await rival.release();
    },
  });
  expect((await small.submit(pay(4n))).kind).toBe('decided');
  expect(await settled).toEqual(['CANCELLED', 'CANCELLED', 'CANCELLED', 'decided']);
  expect(await balancesOf(db, [to])).toEqual([6n]);
});

test('drain takes nothing more and settles what was taken, whenever it is called', async () => {
  const submitted = Array.from({ length: 20 }, () => committer.submit(pay(1n)));
  let settled = 0;
  for (const one of submitted) one.then(() => (settled += 1));
  await Promise.all([committer.drain(), committer.drain()]);
  expect(settled).toBe(20);
  expect(await outcomesOf([committer.submit(pay(1n))])).toEqual(['SERVER_DRAINING']);
  await committer.drain();
  expect(await balancesOf(db, [to])).toEqual([20n]);
});

test('drain waits also for a draft that came as the last batch ended', async () => {
  let settled = false;
  await committer.submit(pay(1n)).then(async () => {
    committer.submit(pay(1n)).then(() => {
      settled = true;
    });
    await committer.drain();
  });
  expect(settled).toBe(true);
});

test('an idle committer commits a lone draft at once, and drafts that come together share', async () => {
  const transactions = countTransactions(db);
  await committer.submit(pay(1n));
  expect(transactions).toEqual({ begun: 1, committed: 1 });
  await Promise.all(Array.from({ length: 200 }, () => committer.submit(pay(1n))));
  expect(transactions).toEqual({ begun: 2, committed: 2 });
});

test('what comes while a batch commits goes into the next one', async () => {
  const transactions = countTransactions(db);
  const first = committer.submit(pay(1n));
  while (transactions.begun === 0) await turn();
  const rest = Array.from({ length: 100 }, () => committer.submit(pay(1n)));
  await Promise.all([first, ...rest]);
  expect(transactions.begun).toBeLessThanOrEqual(3);
});

test('work that never ends leaves the event loop its turns', async () => {
  let turns = 0;
  let ended = false;
  async function watch(): Promise<void> {
    while (!ended) {
      await turn();
      turns += 1;
    }
  }
  const watching = watch();
  const single = createTestCommitter({ maxBytes: 1 });
  await Promise.all(Array.from({ length: 100 }, () => single.submit(pay(1n))));
  ended = true;
  await watching;
  expect(turns).toBeGreaterThanOrEqual(100);
});

test('a clock that jumps back never makes an account go back in time', async () => {
  const start = createFakeTime().now();
  let now = start;
  const clock = createTestCommitter({ time: { now: () => now } });
  const seen: number[] = [];
  for (const jump of [5_000, -1_000, 4_999, 6_000]) {
    now = start + jump;
    seen.push((await clock.submit(pay(1n))).operation.createTime - start);
  }
  expect(seen).toEqual([5_000, 5_000, 5_000, 6_000]);
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
