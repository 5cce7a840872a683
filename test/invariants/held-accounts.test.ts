import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Committer } from '../../src/domain/ledger/committer.js';
import type { OperationDraft } from '../../src/model/ledger.js';
import type { Database } from '../../src/storage/database.js';
import {
  balancesOf,
  countOperations,
  faultsOfBook,
  ISSUER,
  nextId,
  openAccounts,
} from '../support/ledger-book.js';
import { createCommitterOn, holdLock, outcomesOf } from '../support/ledger-committers.js';
import { paymentDraft } from '../support/ledger-drafts.js';
import { openTestDatabase, testEngine } from '../support/test-database.js';
import { waitUntil } from '../support/wait-until.js';

/** The lock wait of a connection. */
const LOCK_WAIT_MS = 2_000;

// SQLite locks its whole file.
describe.runIf(testEngine() === 'mysql')('an account that somebody keeps locked', () => {
  let db: Database;
  let committer: Committer;
  let retried: string[];
  let from: bigint;
  let to: bigint;
  let locked: bigint;
  let rival: { release: () => Promise<void> };

  beforeAll(async () => {
    db = await openTestDatabase();
  });

  beforeEach(async () => {
    [from, to, locked] = (await openAccounts(db, 3)) as [bigint, bigint, bigint];
    retried = [];
    committer = createTestCommitter();
    await committer.submit(paymentDraft(nextId(), ISSUER, from, 1_000n));
    rival = await holdLock(db, locked);
  });

  function createTestCommitter(parts: { patienceMs?: number; maxQueue?: number } = {}): Committer {
    return createCommitterOn(db, { ...parts, onRetry: (kind) => void retried.push(kind) });
  }

  const payLocked = () => paymentDraft(nextId(), from, locked, 1n);
  const payOther = () => paymentDraft(nextId(), from, to, 1n);
  const submitAll = (drafts: OperationDraft[]) =>
    Promise.all(drafts.map((draft) => committer.submit(draft)));

  /** Resolves once a batch has met the lock: what is on the account waits aside from then on. */
  const untilMet = () => waitUntil('the lock wait', () => retried.length > 0);

  test('delays others by one lock wait, and after that not at all', async () => {
    const waiting = [payLocked(), payLocked()].map((draft) => committer.submit(draft));
    await submitAll(Array.from({ length: 20 }, payOther));
    expect(retried).toEqual(['lock-wait']);
    for (let time = 0; time < 10; time += 1) {
      waiting.push(committer.submit(payLocked()));
      await submitAll([payOther(), payOther()]);
    }
    // No second lock wait: it would be told.
    expect(retried).toEqual(['lock-wait']);
    expect(await balancesOf(db, [to, locked])).toEqual([40n, 0n]);
    await rival.release();
    expect(new Set(await outcomesOf(waiting))).toEqual(new Set(['decided']));
    expect(await balancesOf(db, [from, to, locked])).toEqual([948n, 40n, 12n]);
    expect(committer.queueLength()).toBe(0);
    expect(await faultsOfBook(db)).toEqual([]);
  });

  test('is waited for as long as a batch has patience, and no longer: nothing has happened then', async () => {
    committer = createTestCommitter({ patienceMs: LOCK_WAIT_MS + 500 });
    const drafts = [payLocked(), payLocked()];
    const early = outcomesOf([committer.submit(drafts[0] as OperationDraft)]);
    await untilMet();
    const late = outcomesOf([committer.submit(drafts[1] as OperationDraft)]);
    expect(await early).toEqual(['TRANSACTION_CONTENTION']);
    expect(await late).toEqual(['TRANSACTION_CONTENTION']);
    expect(retried).toEqual(['lock-wait']);
    expect(
      await countOperations(
        db,
        drafts.map(({ requestId }) => requestId),
      ),
    ).toBe(0);
    await rival.release();
    expect((await committer.submit(payLocked())).kind).toBe('decided');
  });

  test('leaves half of the queue to others', async () => {
    committer = createTestCommitter({ maxQueue: 20 });
    const first = outcomesOf([committer.submit(payLocked())]);
    await untilMet();
    await submitAll([payOther()]);
    const waiting = outcomesOf(Array.from({ length: 15 }, () => committer.submit(payLocked())));
    expect(await outcomesOf(Array.from({ length: 8 }, () => committer.submit(payOther())))).toEqual(
      Array.from({ length: 8 }, () => 'decided'),
    );
    await rival.release();
    expect([...(await first), ...(await waiting)].sort()).toEqual([
      ...Array.from({ length: 6 }, () => 'OVERLOADED'),
      ...Array.from({ length: 10 }, () => 'decided'),
    ]);
  });

  test('a caller who goes meanwhile is dropped: its draft never happens', async () => {
    const gone = new AbortController();
    const draft = payLocked();
    const outcome = outcomesOf([committer.submit(draft, gone.signal)]);
    await untilMet();
    gone.abort();
    expect(await outcome).toEqual(['CANCELLED']);
    await rival.release();
    expect(await countOperations(db, [draft.requestId])).toBe(0);
  });

  test('an account that does not exist is not taken for a locked one', async () => {
    const nowhere = paymentDraft(nextId(), from, nextId(), 1n);
    const [waiting, ...others] = [payLocked(), nowhere, payOther()].map((draft) =>
      committer.submit(draft),
    );
    const decisions = await Promise.all(others);
    expect(decisions.map(({ operation }) => operation.refusal?.code)).toEqual([
      'ACCOUNT_MISSING',
      undefined,
    ]);
    await rival.release();
    expect((await waiting)?.kind).toBe('decided');
  });

  test('a drain waits for it too', async () => {
    const outcome = outcomesOf([committer.submit(payLocked())]);
    await untilMet();
    const drained = committer.drain();
    await rival.release();
    await drained;
    expect(await outcome).toEqual(['decided']);
  });
});
