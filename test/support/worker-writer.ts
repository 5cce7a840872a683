import { setImmediate as nextTurn } from 'node:timers/promises';
import { newWorker, type WorkerChange, withSessions } from '../../src/model/worker.js';
import type { Database } from '../../src/storage/database.js';
import { type Tx, withTransaction } from '../../src/storage/transaction.js';
import { appendWorkerChanges } from '../../src/storage/worker-changes.js';
import {
  deleteWorkers,
  insertWorker,
  lockWorkers,
  type StoredWorker,
  updateWorker,
} from '../../src/storage/workers.js';

/** An instance that no server has. */
const INSTANCE = { instanceNumber: 900n, epoch: 900n };
const SESSION_LIMIT = 3;

/** Changes workers as servers do: each call is a transaction, the log last. */
export type WorkerWriter = {
  /** Makes vacant workers. Ids are the caller's choice. */
  create(...ids: bigint[]): Promise<void>;
  /** Lets sessions come to or go from workers, one change after the other; more than 3 do not fit on one. */
  count(...changes: (readonly [id: bigint, difference: number])[]): Promise<void>;
  remove(...ids: bigint[]): Promise<void>;
};

/**
 * Creates a writer; times of its changes count up from 1,000,000. Servers on the same pool notice its commits unless it is `foreign`:
 * then they are as those of another process.
 */
export function createWorkerWriter(
  db: Database,
  options: { foreign?: boolean } = {},
): WorkerWriter {
  let now = 1_000_000;
  const transact = options.foreign
    ? (work: (tx: Tx) => Promise<void>) => db.knex.transaction(work)
    : (work: (tx: Tx) => Promise<void>) => withTransaction(db, work);

  async function change(work: (tx: Tx) => Promise<WorkerChange[]>): Promise<void> {
    await transact(async (tx) => appendWorkerChanges(tx, await work(tx)));
    // SQLite answers at once: without this, nobody else would get a turn between two changes.
    await nextTurn();
  }

  return {
    create: (...ids) =>
      change(async (tx) => {
        now += 1;
        const workers = ids.map((id) => vacant(id, now));
        for (const worker of workers) await insertWorker(tx, worker);
        return workers.map((worker) => ({ worker }));
      }),
    count: (...changes) =>
      change(async (tx) => {
        const ids = [...new Set(changes.map(([id]) => id))];
        const workers = new Map((await lockWorkers(tx, ids)).map((worker) => [worker.id, worker]));
        const done: WorkerChange[] = [];
        for (const [id, difference] of changes) {
          const worker = workers.get(id);
          const count = (worker?.sessionCount ?? 0) + difference;
          if (!worker || count < 0 || count > SESSION_LIMIT) continue;
          now += 1;
          const changed = withSessions(worker, difference, now);
          workers.set(id, changed);
          done.push({ worker: changed });
        }
        for (const worker of workers.values()) await updateWorker(tx, worker);
        return done;
      }),
    remove: (...ids) =>
      change(async (tx) => {
        const workers = await lockWorkers(tx, ids);
        const removed = workers.map(({ id }) => id);
        await deleteWorkers(tx, removed);
        return removed.map((removedWorkerId) => ({ removedWorkerId }));
      }),
  };
}

function vacant(id: bigint, now: number): StoredWorker {
  return {
    ...newWorker({ id, instanceNumber: INSTANCE.instanceNumber, sessionLimit: SESSION_LIMIT, now }),
    epoch: INSTANCE.epoch,
    anonymousCount: 0,
  };
}
