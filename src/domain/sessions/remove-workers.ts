import { type CleanupReport, reportOf } from '../../model/cleaner.js';
import { DomainError } from '../../model/errors.js';
import { formatId } from '../../model/public-id.js';
import { type InstanceKey, lockInstance } from '../../storage/instances.js';
import type { Tx } from '../../storage/transaction.js';
import { appendWorkerChanges } from '../../storage/worker-changes.js';
import {
  deleteWorkers,
  findWorker,
  lockInstanceWorkers,
  lockWorkers,
} from '../../storage/workers.js';
import { notFound } from '../not-found.js';

/** Removes the vacant workers of an instance but the oldest, which stays in reserve. */
export async function removeVacantWorkers(tx: Tx, instance: InstanceKey): Promise<CleanupReport> {
  if (!(await lockInstance(tx, instance))) return reportOf({});
  const workers = await lockInstanceWorkers(tx, instance);
  const vacant = workers.filter(({ state }) => state === 'VACANT').map(({ id }) => id);
  return removeAll(tx, vacant.slice(1));
}

/**
 * Removes one vacant worker, in reserve or not.
 *
 * @throws WORKER_NOT_FOUND, WORKER_NOT_VACANT
 */
export async function removeWorker(tx: Tx, id: bigint): Promise<CleanupReport> {
  const found = await findWorker(tx, id);
  if (!found) throw notFound('worker', id);
  // Nobody places a session on it meanwhile. Without its lock the instance is dead, and nobody does.
  await lockInstance(tx, found);
  const [worker] = await lockWorkers(tx, [id]);
  if (!worker) throw notFound('worker', id);
  if (worker.state !== 'VACANT') {
    const count = String(worker.sessionCount);
    throw new DomainError('WORKER_NOT_VACANT', `The worker has sessions: ${count}.`, {
      metadata: { worker_id: formatId('worker', id), session_count: count },
    });
  }
  return removeAll(tx, [id]);
}

async function removeAll(tx: Tx, ids: readonly bigint[]): Promise<CleanupReport> {
  await deleteWorkers(tx, ids);
  await appendWorkerChanges(
    tx,
    ids.map((removedWorkerId) => ({ removedWorkerId })),
  );
  return reportOf({ workers: ids });
}
