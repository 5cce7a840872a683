import { type Worker, workerState } from '../model/worker.js';
import { StorageError } from './errors.js';
import type { InstanceKey } from './instances.js';
import { sqlValue } from './sql-values.js';
import type { Reader, Tx } from './transaction.js';

/** A worker as it is stored: with the epoch of its owner, and how many of its sessions have no acquired master. */
export type StoredWorker = Worker & { readonly epoch: bigint; readonly anonymousCount: number };

type WorkerRow = Record<(typeof columns)[number], bigint>;

const columns = [
  'id',
  'instance_number',
  'epoch',
  'session_limit',
  'session_count',
  'anonymous_count',
  'create_time',
  'update_time',
  'state_time',
] as const;

/** Stores a new worker. Its instance is locked. */
export async function insertWorker(tx: Tx, worker: StoredWorker): Promise<void> {
  await tx('workers').insert({
    id: worker.id,
    instance_number: worker.instanceNumber,
    epoch: worker.epoch,
    session_limit: worker.sessionLimit,
    session_count: worker.sessionCount,
    anonymous_count: worker.anonymousCount,
    create_time: worker.createTime,
    update_time: worker.updateTime,
    state_time: worker.stateTime,
  });
}

/**
 * Changes the counts of a worker that the transaction has locked.
 *
 * @throws StorageError 'data' when the worker is not its epoch's any more: somebody changed it without the lock.
 */
export async function updateWorker(tx: Tx, worker: StoredWorker): Promise<void> {
  const updated = await tx('workers').where({ id: worker.id, epoch: worker.epoch }).update({
    session_count: worker.sessionCount,
    anonymous_count: worker.anonymousCount,
    update_time: worker.updateTime,
    state_time: worker.stateTime,
  });
  if (updated !== 1) throw new StorageError('data', 'The worker was not locked.');
}

/** Removes workers that the transaction has locked. */
export async function deleteWorkers(tx: Tx, ids: readonly bigint[]): Promise<void> {
  await tx('workers').whereIn('id', ids.map(sqlValue)).delete();
}

/** Locks workers in id order: the last locks but that of the log. Those that are gone are left out. */
export async function lockWorkers(tx: Tx, ids: readonly bigint[]): Promise<StoredWorker[]> {
  if (ids.length === 0) return [];
  const rows = await tx('workers')
    .whereIn('id', ids.map(sqlValue))
    .orderBy('id')
    .forUpdate()
    .select(columns);
  return rows.map(toWorker);
}

/** Locks the workers of an instance that the transaction has locked. */
export async function lockInstanceWorkers(tx: Tx, key: InstanceKey): Promise<StoredWorker[]> {
  const rows: { id: bigint }[] = await tx('workers')
    .where({ instance_number: key.instanceNumber, epoch: key.epoch })
    .select('id');
  return lockWorkers(
    tx,
    rows.map(({ id }) => id),
  );
}

/** The worker of this id. */
export async function findWorker(reader: Reader, id: bigint): Promise<StoredWorker | undefined> {
  const row = await reader('workers').where({ id }).first(columns);
  return row && toWorker(row);
}

/** Ids of workers whose owner is gone, or has begun a new epoch; the oldest ones. */
export async function listDeadWorkerIds(reader: Reader, limit: number): Promise<bigint[]> {
  const rows: { id: bigint }[] = await reader('workers as w')
    .leftJoin('instances as i', (on) =>
      on.on('i.instance_number', 'w.instance_number').andOn('i.epoch', 'w.epoch'),
    )
    .whereNull('i.instance_number')
    .orderBy('w.id')
    .limit(limit)
    .select('w.id as id');
  return rows.map(({ id }) => id);
}

/** The next `limit` workers of all instances, newest first, after the key (create time, id) of another. */
export async function listWorkers(
  reader: Reader,
  page: {
    readonly after: readonly [createTime: bigint, id: bigint] | null;
    readonly limit: number;
  },
): Promise<StoredWorker[]> {
  const { after, limit } = page;
  const rows = await reader('workers')
    .modify((query) => {
      if (!after) return;
      const [createTime, id] = [sqlValue(after[0]), sqlValue(after[1])];
      query.where((or) =>
        or
          .where('create_time', '<', createTime)
          .orWhere((and) => and.where('create_time', createTime).where('id', '<', id)),
      );
    })
    .orderBy([
      { column: 'create_time', order: 'desc' },
      { column: 'id', order: 'desc' },
    ])
    .limit(limit)
    .select(columns);
  return rows.map(toWorker);
}

function toWorker(row: WorkerRow): StoredWorker {
  const sessionCount = Number(row.session_count);
  const sessionLimit = Number(row.session_limit);
  return {
    id: row.id,
    instanceNumber: row.instance_number,
    epoch: row.epoch,
    state: workerState(sessionCount, sessionLimit),
    sessionCount,
    sessionLimit,
    anonymousCount: Number(row.anonymous_count),
    createTime: Number(row.create_time),
    updateTime: Number(row.update_time),
    stateTime: Number(row.state_time),
  };
}
