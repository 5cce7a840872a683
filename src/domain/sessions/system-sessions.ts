import type { Time } from '../../lib/time.js';
import type { Session } from '../../model/session.js';
import type { Worker } from '../../model/worker.js';
import type { Database } from '../../storage/database.js';
import type { Ids } from '../../storage/ids.js';
import { lockInstance } from '../../storage/instances.js';
import { findSession, insertSession, listSessionUserIds } from '../../storage/sessions.js';
import { read, withTransaction } from '../../storage/transaction.js';
import { appendWorkerChanges } from '../../storage/worker-changes.js';
import { insertWorker, listWorkers, lockInstanceWorkers } from '../../storage/workers.js';
import { notFound } from '../not-found.js';
import type { Instance } from './instance.js';
import {
  type Capacity,
  capacityReached,
  emptyWorker,
  type Placement,
  takePlace,
} from './placement.js';

/** A session with the users logged in on it, the latest login first. */
export type SessionView = { readonly session: Session; readonly userIds: readonly bigint[] };

/** A page of workers: newest first, after the key of the last one of the page before. */
export type WorkerPage = {
  readonly size: number;
  readonly after: readonly [createTime: bigint, id: bigint] | null;
};

/** What the operator does with workers and sessions. */
export type SystemSessions = {
  /** Makes a vacant worker of this instance. @throws SESSION_CAPACITY_REACHED */
  createWorker(): Promise<Worker>;
  /** Opens a session that no token opens, on this instance. @throws SESSION_CAPACITY_REACHED */
  createSession(input: {
    readonly reference: string;
    readonly lifeMs: number;
  }): Promise<SessionView & { readonly worker: Worker }>;
  /** Shows a session of any instance. @throws SESSION_NOT_FOUND */
  getSession(id: bigint): Promise<SessionView>;
  /** Lists the workers of all instances. `next` is the key of the next page's predecessor, null at the end. */
  listWorkers(
    page: WorkerPage,
  ): Promise<{ workers: Worker[]; next: readonly [createTime: bigint, id: bigint] | null }>;
};

/** What the use cases stand on. */
export type SystemSessionDeps = {
  readonly db: Database;
  readonly time: Time;
  readonly ids: Ids;
  readonly instance: Instance;
  readonly placement: Placement;
  readonly settings: Capacity;
};

/** Creates the operator's use cases of workers and sessions. */
export function createSystemSessions(deps: SystemSessionDeps): SystemSessions {
  return {
    createWorker: () => createWorker(deps),
    createSession: (input) => createSession(deps, input),
    getSession: (id) =>
      read(deps.db, async (reader) => {
        const session = await findSession(reader, id);
        if (!session) throw notFound('session', id);
        return { session, userIds: await listSessionUserIds(reader, id) };
      }),
    async listWorkers({ size, after }) {
      const found = await read(deps.db, (reader) =>
        listWorkers(reader, { after, limit: size + 1 }),
      );
      const workers = found.slice(0, size);
      const last = found.length > size ? workers.at(-1) : undefined;
      return { workers, next: last ? [BigInt(last.createTime), last.id] : null };
    },
  };
}

async function createWorker(deps: SystemSessionDeps): Promise<Worker> {
  const { db, time, ids, instance, settings } = deps;
  const id = await ids.next();
  for (;;) {
    const key = await instance.key();
    const made = await withTransaction(db, async (tx) => {
      if (!(await lockInstance(tx, key))) return 'lease-lost';
      const workers = await lockInstanceWorkers(tx, key);
      if (workers.length >= settings.workerLimit) return 'full';
      const input = { id, instance: key, capacity: settings, now: time.now() };
      const worker = emptyWorker(input);
      await insertWorker(tx, worker);
      await appendWorkerChanges(tx, [{ worker }]);
      return worker;
    });
    if (made === 'full') throw await capacityReached(deps, key);
    if (made !== 'lease-lost') return made;
    instance.lost(key);
  }
}

async function createSession(
  { db, time, ids, placement, settings }: SystemSessionDeps,
  { reference, lifeMs }: { readonly reference: string; readonly lifeMs: number },
): Promise<SessionView & { readonly worker: Worker }> {
  const [id, workerId] = (await ids.take(2)) as [bigint, bigint];
  return placement.place((instance) =>
    withTransaction(db, async (tx) => {
      const now = time.now();
      const place = { instance, anonymous: false, workerId, capacity: settings, now };
      const worker = await takePlace(tx, place);
      const session: Session = {
        id,
        clientTokenId: null,
        sessionTokenId: null,
        workerId: worker.id,
        anonymous: false,
        activeUserId: null,
        activeMasterId: null,
        reference,
        createTime: now,
        updateTime: now,
        expireTime: now + lifeMs,
      };
      await insertSession(tx, session);
      await appendWorkerChanges(tx, [{ worker }]);
      return { session, userIds: [], worker };
    }),
  );
}
