import { setImmediate as turn } from 'node:timers/promises';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import type { Committer } from '../../src/domain/ledger/committer.js';
import type { OperationDraft } from '../../src/model/ledger.js';
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
import {
  type CommitterMaker,
  countKinds,
  createCommitterOn,
  holdLock,
  outcomesOf,
} from '../support/ledger-committers.js';
import { paymentDraft, requestHashFor, requestIdFor } from '../support/ledger-drafts.js';
import { openTestDatabase } from '../support/test-database.js';

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

const createTestCommitter: CommitterMaker = (parts) => createCommitterOn(db, parts);

function pay(amount: bigint, parts: Partial<OperationDraft> = {}): OperationDraft {
  return paymentDraft(nextId(), from, to, amount, parts);
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
  const rival = await holdLock(db, to);
  const retried: string[] = [];
  let settled: Promise<string[]> | undefined;
  const gone = new AbortController();
  const small = createTestCommitter({
    maxQueue: 3,
    pause: async () => void (await turn()),
    onRetry: async (kind) => {
      if (retried.push(kind) > 1) return;
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

test('after all of this the book is whole', async () => {
  expect(await faultsOfBook(db)).toEqual([]);
});
