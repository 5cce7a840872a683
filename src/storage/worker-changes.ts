import { type Worker, type WorkerChange, workerState } from '../model/worker.js';
import { announce } from './commit-notices.js';
import { StorageError } from './errors.js';
import { sqlValue } from './sql-values.js';
import type { Reader, Tx } from './transaction.js';

/** A change with its position in the log: positions are gapless and in commit order, over all instances. */
export type LoggedWorkerChange = {
  readonly position: bigint;
  readonly workerId: bigint;
  /** The worker as it became; undefined when it was removed. */
  readonly worker: Worker | undefined;
};

/** Where the log stands. */
export type WorkerLogHead = {
  /** Tells one log from another (32 hexadecimal digits): it changes when the log is lost. */
  readonly epoch: string;
  /** Position of the newest change; 0 before the first. */
  readonly position: bigint;
};

/** Every worker, and the position in the log that it is the state at. */
export type WorkerSnapshot = WorkerLogHead & { readonly workers: readonly Worker[] };

type ChangeRow = {
  position: bigint;
  worker_id: bigint;
  instance_number: bigint | null;
  session_limit: bigint | null;
  session_count: bigint | null;
  create_time: bigint | null;
  update_time: bigint | null;
  state_time: bigint | null;
};

type SnapshotRow = Omit<ChangeRow, 'position' | 'worker_id'> & {
  epoch: Buffer;
  last_position: bigint;
  /** Null when there is no worker. */
  worker_id: bigint | null;
};

const workerColumns = [
  'instance_number',
  'session_limit',
  'session_count',
  'create_time',
  'update_time',
  'state_time',
];

/** The one row of worker_log. */
const LOG_ID = 1;
/** Below the 500 rows that knex inserts at once on SQLite. */
const ROWS_PER_INSERT = 400;

/**
 * Appends the changes that the transaction makes, in order. Call it last: from here to the commit, every other transaction that
 * changes a worker waits, which is what puts positions in commit order.
 *
 * @throws StorageError 'schema' when the log has no counter row.
 */
export async function appendWorkerChanges(tx: Tx, changes: readonly WorkerChange[]): Promise<void> {
  if (changes.length === 0) return;
  announce(tx, 'workers');
  await tx('worker_log').where({ id: LOG_ID }).increment('last_position', changes.length);
  const last = (await readWorkerLogHead(tx)).position;
  const first = last - BigInt(changes.length) + 1n;
  const rows = changes.map((change, index) => ({
    position: first + BigInt(index),
    ...toRow(change),
  }));
  for (let start = 0; start < rows.length; start += ROWS_PER_INSERT) {
    await tx('worker_changes').insert(rows.slice(start, start + ROWS_PER_INSERT));
  }
}

/** Where the log stands now. @throws StorageError 'schema' when it has no counter row. */
export async function readWorkerLogHead(reader: Reader): Promise<WorkerLogHead> {
  const row = await reader('worker_log')
    .where({ id: LOG_ID })
    .first<{ epoch: Buffer; last_position: bigint } | undefined>('epoch', 'last_position');
  if (!row) throw noLog();
  return { epoch: row.epoch.toString('hex'), position: row.last_position };
}

/**
 * The oldest `limit` changes after a position. When the first is not the very next position, those between were trimmed.
 */
export async function listWorkerChanges(
  reader: Reader,
  { after, limit }: { readonly after: bigint; readonly limit: number },
): Promise<LoggedWorkerChange[]> {
  const rows: ChangeRow[] = await reader('worker_changes')
    .where('position', '>', sqlValue(after))
    .orderBy('position')
    .limit(limit)
    .select('position', 'worker_id', ...workerColumns);
  return rows.map((row) => ({
    position: row.position,
    workerId: row.worker_id,
    worker: toWorker(row.worker_id, row),
  }));
}

/** Position of the oldest change that is kept; undefined when none is. */
export async function oldestWorkerChange(reader: Reader): Promise<bigint | undefined> {
  const row = await reader('worker_changes')
    .min({ position: 'position' })
    .first<{ position: bigint | null }>();
  return row?.position ?? undefined;
}

/**
 * Every worker and the position that they are the state at: one statement, so that no commit falls between the two.
 *
 * @throws StorageError 'schema' when the log has no counter row.
 */
export async function readWorkerSnapshot(reader: Reader): Promise<WorkerSnapshot> {
  const columns = ['w.id as worker_id', ...workerColumns.map((column) => `w.${column}`)];
  const rows: SnapshotRow[] = await reader('worker_log as l')
    .joinRaw('LEFT JOIN workers AS w ON 1 = 1')
    .where('l.id', LOG_ID)
    .orderBy('w.id')
    .select(['l.epoch', 'l.last_position', ...columns]);
  const [head] = rows;
  if (!head) throw noLog();
  return {
    epoch: head.epoch.toString('hex'),
    position: head.last_position,
    workers: rows.flatMap((row) =>
      row.worker_id === null ? [] : (toWorker(row.worker_id, row) ?? []),
    ),
  };
}

/**
 * Deletes the oldest changes: all but the newest `keep`, at most `limit` of them, and tells how many. A watcher that resumes from
 * before what is kept starts over. Run it again while it gives `limit`.
 */
export async function trimWorkerChanges(
  tx: Tx,
  { keep, limit }: { readonly keep: number; readonly limit: number },
): Promise<number> {
  const oldest = await oldestWorkerChange(tx);
  if (oldest === undefined) return 0;
  const { position } = await readWorkerLogHead(tx);
  const keptFrom = position - BigInt(keep) + 1n;
  const end = oldest + BigInt(limit);
  return tx('worker_changes')
    .where('position', '<', sqlValue(keptFrom < end ? keptFrom : end))
    .delete();
}

function toRow(change: WorkerChange) {
  if ('removedWorkerId' in change) return { worker_id: change.removedWorkerId };
  const { worker } = change;
  return {
    worker_id: worker.id,
    instance_number: worker.instanceNumber,
    session_limit: worker.sessionLimit,
    session_count: worker.sessionCount,
    create_time: worker.createTime,
    update_time: worker.updateTime,
    state_time: worker.stateTime,
  };
}

function toWorker(id: bigint, row: Omit<ChangeRow, 'position' | 'worker_id'>): Worker | undefined {
  // A removed worker leaves every one of them null.
  if (row.instance_number === null) return undefined;
  const sessionCount = Number(row.session_count);
  const sessionLimit = Number(row.session_limit);
  return {
    id,
    instanceNumber: row.instance_number,
    state: workerState(sessionCount, sessionLimit),
    sessionCount,
    sessionLimit,
    createTime: Number(row.create_time),
    updateTime: Number(row.update_time),
    stateTime: Number(row.state_time),
  };
}

function noLog(): StorageError {
  return new StorageError('schema', 'There is no worker_log: run the migrations.');
}
