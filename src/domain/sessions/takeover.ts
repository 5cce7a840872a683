import type { Logger } from '../../lib/logger.js';
import type { Time } from '../../lib/time.js';
import type { Session } from '../../model/session.js';
import { chooseWorker, type WorkerChange } from '../../model/worker.js';
import type { Database } from '../../storage/database.js';
import { StorageError } from '../../storage/errors.js';
import type { Ids } from '../../storage/ids.js';
import {
  deleteExpiredInstance,
  type InstanceKey,
  listExpiredInstances,
  lockInstance,
} from '../../storage/instances.js';
import type { LeaseTime } from '../../storage/lease-time.js';
import { lockSessions } from '../../storage/sessions.js';
import { read, type Tx, withTransaction } from '../../storage/transaction.js';
import { appendWorkerChanges } from '../../storage/worker-changes.js';
import { listSessionIdsOfWorker, moveSessions } from '../../storage/worker-sessions.js';
import {
  deleteWorkers,
  insertWorker,
  listDeadWorkerIds,
  lockInstanceWorkers,
  lockWorkers,
  type StoredWorker,
  updateWorker,
} from '../../storage/workers.js';
import type { DomainSettings } from '../settings.js';
import type { Instance } from './instance.js';
import { emptyWorker, withCounts } from './placement.js';

/** What a run took over. */
export type Takeover = {
  readonly instances: readonly InstanceKey[];
  readonly sessionCount: number;
  readonly workerCount: number;
};

/** What taking over stands on. */
export type TakeoverDeps = {
  readonly db: Database;
  readonly time: Time;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly leaseTime: LeaseTime;
  readonly instance: Instance;
  readonly settings: Pick<DomainSettings, 'sessionLimit'>;
};

/** Sessions that one transaction moves. */
const BATCH = 200;
const DEAD_WORKERS = 100;

/**
 * Takes the leases that have run out, adopts the sessions of workers without a living owner, above the limits of this
 * instance if need be, and removes those workers. Sessions of an earlier release, which have no worker, are adopted too.
 */
export async function takeOver(deps: TakeoverDeps): Promise<Takeover> {
  const instances = await takeLeases(deps);
  const workerIds = await read(deps.db, (reader) => listDeadWorkerIds(reader, DEAD_WORKERS));
  let sessionCount = 0;
  for (const workerId of [...workerIds, null]) sessionCount += await adoptAll(deps, workerId);
  return { instances, sessionCount, workerCount: workerIds.length };
}

async function takeLeases(deps: TakeoverDeps): Promise<InstanceKey[]> {
  const { db, leaseTime, logger, instance } = deps;
  const expired = await read(db, (reader) =>
    listExpiredInstances(reader, { leaseTime, except: instance.number }),
  );
  const taken: InstanceKey[] = [];
  for (const key of expired) {
    try {
      if (await withTransaction(db, (tx) => deleteExpiredInstance(tx, key, leaseTime))) {
        taken.push(key);
      }
    } catch (error) {
      // A paused server may hold the lock of its row. The others do not wait for it.
      if (!(error instanceof StorageError)) throw error;
      logger.warn({ instance: String(key.instanceNumber), error }, 'no lease to be taken yet');
    }
  }
  return taken;
}

/** Adopts the sessions of one dead worker, or those without any, and removes the worker. */
async function adoptAll(deps: TakeoverDeps, workerId: bigint | null): Promise<number> {
  for (let sum = 0; ; ) {
    const adopted = await adoptBatch(deps, workerId);
    sum += adopted;
    if (adopted === 0) return sum;
  }
}

async function adoptBatch(deps: TakeoverDeps, deadId: bigint | null): Promise<number> {
  const { db, ids, instance } = deps;
  const found = await read(db, (reader) => listSessionIdsOfWorker(reader, deadId, BATCH));
  if (found.length === 0 && deadId === null) return 0;
  const key = await instance.key();
  const newIds = await ids.take(Math.ceil(found.length / deps.settings.sessionLimit));
  const adopted = await withTransaction(db, async (tx) => {
    const sessions = (await lockSessions(tx, found)).filter(({ workerId }) => workerId === deadId);
    if (!(await lockInstance(tx, key))) return undefined;
    const own = await lockInstanceWorkers(tx, key);
    const [dead] = deadId === null ? [] : await lockWorkers(tx, [deadId]);
    const changes = await distribute(tx, sessions, own, { ...deps, key, newIds });
    if (dead) changes.push(await shrink(tx, dead, sessions, deps.time.now()));
    await appendWorkerChanges(tx, changes);
    return sessions.length;
  });
  if (adopted === undefined) instance.lost(key);
  return adopted ?? 0;
}

/** Moves the sessions to the fullest workers with room, and to new ones when there is none. */
async function distribute(
  tx: Tx,
  sessions: readonly Session[],
  own: readonly StoredWorker[],
  deps: TakeoverDeps & { readonly key: InstanceKey; readonly newIds: readonly bigint[] },
): Promise<WorkerChange[]> {
  const workers = new Map(own.map((worker) => [worker.id, worker]));
  const newIds = [...deps.newIds];
  const now = deps.time.now();
  const changes: WorkerChange[] = [];
  for (let rest = sessions; rest.length > 0; ) {
    const known = chooseWorker([...workers.values()]);
    const id = known?.id ?? (newIds.shift() as bigint);
    const worker = known ?? emptyWorker({ id, instance: deps.key, capacity: deps.settings, now });
    const part = rest.slice(0, worker.sessionLimit - worker.sessionCount);
    const anonymous = part.filter((session) => session.anonymous).length;
    const changed = withCounts(worker, { sessions: part.length, anonymous }, now);
    await (known ? updateWorker : insertWorker)(tx, changed);
    await moveSessions(
      tx,
      part.map((session) => session.id),
      id,
    );
    workers.set(id, changed);
    changes.push({ worker: changed });
    rest = rest.slice(part.length);
  }
  return changes;
}

/** Takes the moved sessions from the dead worker, and removes it when they were the last. */
async function shrink(
  tx: Tx,
  dead: StoredWorker,
  moved: readonly Session[],
  now: number,
): Promise<WorkerChange> {
  const anonymous = moved.filter((session) => session.anonymous).length;
  const rest = withCounts(dead, { sessions: -moved.length, anonymous: -anonymous }, now);
  if (rest.sessionCount > 0) {
    await updateWorker(tx, rest);
    return { worker: rest };
  }
  await deleteWorkers(tx, [dead.id]);
  return { removedWorkerId: dead.id };
}
