import { beforeAll, describe, expect, test } from 'vitest';
import { workerChanges as migration } from '../../migrations/0008_worker_changes.js';
import { newWorker, type Worker, withSessions } from '../../src/model/worker.js';
import type { Database } from '../../src/storage/database.js';
import { withTransaction } from '../../src/storage/transaction.js';
import {
  appendWorkerChanges,
  listWorkerChanges,
  oldestWorkerChange,
  readWorkerLogHead,
  readWorkerSnapshot,
  trimWorkerChanges,
} from '../../src/storage/worker-changes.js';
import { openTestDatabase } from '../support/test-database.js';

let db: Database;

beforeAll(async () => {
  db = await openTestDatabase();
});

const worker = (id: bigint): Worker =>
  newWorker({ id, instanceNumber: 7n, sessionLimit: 3, now: 1_000 });

const append = (...changes: Parameters<typeof appendWorkerChanges>[1]) =>
  withTransaction(db, (tx) => appendWorkerChanges(tx, changes));

const head = () => readWorkerLogHead(db.knex);

describe('the log of changes of workers', () => {
  test('keeps the whole worker as it became, and removals, in order', async () => {
    const { position } = await head();
    const opened = withSessions(worker(1n), 3, 2_000);
    await append({ worker: worker(1n) }, { worker: opened });
    await append();
    await append({ removedWorkerId: 1n });
    expect(await listWorkerChanges(db.knex, { after: position, limit: 10 })).toEqual([
      { position: position + 1n, workerId: 1n, worker: worker(1n) },
      { position: position + 2n, workerId: 1n, worker: opened },
      { position: position + 3n, workerId: 1n, worker: undefined },
    ]);
    expect((await head()).position).toBe(position + 3n);
    const page = await listWorkerChanges(db.knex, { after: position + 1n, limit: 1 });
    expect(page.map((change) => change.position)).toEqual([position + 2n]);
  });

  test('takes more changes at once than a statement holds', async () => {
    const { position } = await head();
    await append(...Array.from({ length: 1_000 }, (_, i) => ({ removedWorkerId: BigInt(i + 1) })));
    const changes = await listWorkerChanges(db.knex, { after: position, limit: 2_000 });
    expect(changes.map((change) => change.position - position)).toEqual(
      Array.from({ length: 1_000 }, (_, i) => BigInt(i + 1)),
    );
  });

  test('a transaction that fails takes no position', async () => {
    const before = await head();
    const failing = withTransaction(db, async (tx) => {
      await appendWorkerChanges(tx, [{ worker: worker(1n) }]);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await head()).toEqual(before);
  });

  test('positions are in commit order: a reader never sees a gap that is filled later', async () => {
    const { position } = await head();
    let writing = true;
    const writers = Promise.all(
      Array.from({ length: 8 }, async (_, writer) => {
        for (let n = 0; n < 12; n += 1) {
          const count = 1 + ((writer + n) % 3);
          await append(...Array.from({ length: count }, () => ({ worker: worker(9n) })));
        }
      }),
    ).finally(() => {
      writing = false;
    });
    const seen: bigint[] = [];
    while (writing || seen.length < Number((await head()).position - position)) {
      const after = position + BigInt(seen.length);
      const changes = await listWorkerChanges(db.knex, { after, limit: 1_000 });
      seen.push(...changes.map((change) => change.position - position));
    }
    await writers;
    expect(seen).toEqual(Array.from({ length: seen.length }, (_, i) => BigInt(i + 1)));
    expect(seen.length).toBe(8 * 12 * 2);
  });

  test('the oldest are trimmed in bounded steps, the newest kept', async () => {
    const { position } = await head();
    const oldest = (await oldestWorkerChange(db.knex)) as bigint;
    const trim = () => withTransaction(db, (tx) => trimWorkerChanges(tx, { keep: 5, limit: 700 }));
    let trimmed = 0;
    for (let count = await trim(); count > 0; count = await trim()) {
      expect(count).toBeLessThanOrEqual(700);
      trimmed += count;
    }
    expect(trimmed).toBe(Number(position - oldest) + 1 - 5);
    expect(await oldestWorkerChange(db.knex)).toBe(position - 4n);
    expect((await head()).position).toBe(position);
    await withTransaction(db, (tx) => trimWorkerChanges(tx, { keep: 0, limit: 700 }));
    expect(await oldestWorkerChange(db.knex)).toBeUndefined();
    expect(await trim()).toBe(0);
    await append({ removedWorkerId: 1n });
    expect((await head()).position).toBe(position + 1n);
  });
});

describe('a snapshot', () => {
  test('is every worker, and the position they are the state at', async () => {
    expect(await readWorkerSnapshot(db.knex)).toEqual({ ...(await head()), workers: [] });
    const workers = [worker(3n), withSessions(worker(2n), 1, 5_000)];
    await withTransaction(db, async (tx) => {
      for (const { id, ...rest } of workers) {
        await tx('workers').insert({
          id,
          instance_number: rest.instanceNumber,
          epoch: 1,
          session_limit: rest.sessionLimit,
          session_count: rest.sessionCount,
          anonymous_count: 0,
          create_time: rest.createTime,
          update_time: rest.updateTime,
          state_time: rest.stateTime,
        });
      }
      await appendWorkerChanges(
        tx,
        workers.map((changed) => ({ worker: changed })),
      );
    });
    const snapshot = await readWorkerSnapshot(db.knex);
    expect(snapshot).toEqual({ ...(await head()), workers: workers.toReversed() });
  });
});

test('a log that was lost begins again under another epoch', async () => {
  const before = await head();
  expect(before.epoch).toMatch(/^[0-9a-f]{32}$/);
  await migration.up(db.knex);
  expect(await head()).toEqual(before);
  await db.knex.schema.dropTable('worker_changes');
  await migration.up(db.knex);
  const after = await head();
  expect(after.position).toBe(0n);
  expect(after.epoch).not.toBe(before.epoch);
});
