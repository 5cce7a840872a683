import type { Time } from '../../lib/time.js';
import { DomainError } from '../../model/errors.js';
import { choosePlace, newWorker, withSessions } from '../../model/worker.js';
import type { Database } from '../../storage/database.js';
import { type InstanceKey, lockInstance } from '../../storage/instances.js';
import { findSession } from '../../storage/sessions.js';
import { read, type Tx, withTransaction } from '../../storage/transaction.js';
import { appendWorkerChanges } from '../../storage/worker-changes.js';
import { listDispensableSessions } from '../../storage/worker-sessions.js';
import {
  insertWorker,
  lockInstanceWorkers,
  type StoredWorker,
  updateWorker,
} from '../../storage/workers.js';
import type { DomainSettings } from '../settings.js';
import type { Instance } from './instance.js';
import { lockSessionsToRemove, removeSessions } from './remove-sessions.js';

/** How much a server takes. */
export type Capacity = Pick<DomainSettings, 'workerLimit' | 'sessionLimit' | 'anonymousPercent'>;

/** Finds places for new sessions. */
export type Placement = {
  /**
   * Runs `attempt`, which calls `takePlace` in a transaction. When there is no room, what may go (expired sessions, and
   * anonymous ones for a newcomer that is not) makes room, and it runs again.
   *
   * @throws SESSION_CAPACITY_REACHED
   */
  place<T>(attempt: (instance: InstanceKey) => Promise<T>): Promise<T>;
};

/** What placement stands on. */
export type PlacementDeps = {
  readonly db: Database;
  readonly time: Time;
  readonly instance: Instance;
};

/** A rival may take the room that was made. */
const ATTEMPTS = 10;
/** Expired sessions that are removed to make room for one. */
const MAX_REMOVED = 20;
const RETRY_MS = { least: 1_000, most: 60_000 };

/** There is no place: the lease is taken, or the workers are full. Rolls the transaction back. */
class NoPlaceError extends Error {
  override readonly name = 'NoPlaceError';
  readonly kind: 'lease-lost' | 'full';
  readonly anonymous: boolean;

  constructor(kind: 'lease-lost' | 'full', anonymous: boolean) {
    super(`No place: ${kind}.`);
    this.kind = kind;
    this.anonymous = anonymous;
  }
}

/**
 * Counts a new session on a worker of the instance: the fullest with room, else a new one. Nobody else counts on these
 * workers meanwhile, so limits hold exactly. Locks come after client token and session.
 *
 * @returns the worker as it became.
 */
export async function takePlace(
  tx: Tx,
  input: {
    readonly instance: InstanceKey;
    readonly anonymous: boolean;
    /** Id of a new worker, should one be needed. */
    readonly workerId: bigint;
    readonly capacity: Capacity;
    readonly now: number;
  },
): Promise<StoredWorker> {
  const { instance, anonymous, capacity, now } = input;
  const count = { sessions: 1, anonymous: anonymous ? 1 : 0 };
  if (!(await lockInstance(tx, instance))) throw new NoPlaceError('lease-lost', anonymous);
  const workers = await lockInstanceWorkers(tx, instance);
  if (anonymous && isFullOfAnonymous(workers, capacity)) throw new NoPlaceError('full', anonymous);
  const place = choosePlace(workers, capacity);
  if (place.kind === 'full') throw new NoPlaceError('full', anonymous);
  if (place.kind === 'worker') {
    const worker = withCounts(place.worker, count, now);
    await updateWorker(tx, worker);
    return worker;
  }
  const worker = withCounts(emptyWorker({ ...input, id: input.workerId }), count, now);
  await insertWorker(tx, worker);
  return worker;
}

/** A worker of the instance without sessions. */
export function emptyWorker(input: {
  readonly id: bigint;
  readonly instance: InstanceKey;
  readonly capacity: Pick<Capacity, 'sessionLimit'>;
  readonly now: number;
}): StoredWorker {
  const { id, instance, capacity, now } = input;
  const { sessionLimit } = capacity;
  const { instanceNumber, epoch } = instance;
  return { ...newWorker({ id, instanceNumber, sessionLimit, now }), epoch, anonymousCount: 0 };
}

/** The worker after sessions came, some of them anonymous. */
export function withCounts(
  worker: StoredWorker,
  came: { readonly sessions: number; readonly anonymous: number },
  now: number,
): StoredWorker {
  const anonymousCount = worker.anonymousCount + came.anonymous;
  return { ...withSessions(worker, came.sessions, now), anonymousCount };
}

/** Creates the placement. */
export function createPlacement(deps: PlacementDeps): Placement {
  return {
    async place(attempt) {
      for (let remaining = ATTEMPTS - 1; ; remaining -= 1) {
        const key = await deps.instance.key();
        try {
          return await attempt(key);
        } catch (error) {
          if (!(error instanceof NoPlaceError)) throw error;
          if (error.kind === 'lease-lost') deps.instance.lost(key);
          const again = error.kind === 'lease-lost' || (await makeRoom(deps, key, error));
          if (!again || remaining === 0) throw await capacityReached(deps, key);
        }
      }
    },
  };
}

/** The refusal for want of room, with the time until the next session expires as its advice. */
export async function capacityReached(
  { db, time }: PlacementDeps,
  instance: InstanceKey,
): Promise<DomainError> {
  const expiring = { instance, now: time.now(), anonymousToo: true, limit: 1 };
  const next = await read(db, async (reader) => {
    const [id] = await listDispensableSessions(reader, expiring);
    return id === undefined ? undefined : findSession(reader, id);
  });
  const waitMs = next ? next.expireTime - time.now() : RETRY_MS.least;
  return new DomainError(
    'SESSION_CAPACITY_REACHED',
    'The server has as many sessions as it takes.',
    {
      retryAfterMs: Math.min(Math.max(waitMs, RETRY_MS.least), RETRY_MS.most),
    },
  );
}

/** Removes what may go; false when nothing may. */
async function makeRoom(
  { db, time }: PlacementDeps,
  instance: InstanceKey,
  { anonymous }: { readonly anonymous: boolean },
): Promise<boolean> {
  const query = { instance, now: time.now(), anonymousToo: !anonymous, limit: MAX_REMOVED };
  const ids = await read(db, (reader) => listDispensableSessions(reader, query));
  if (ids.length === 0) return false;
  await withTransaction(db, async (tx) => {
    const now = time.now();
    const sessions = await lockSessionsToRemove(tx, ids);
    const expired = sessions.filter(({ expireTime }) => expireTime <= now);
    // Of those that have not expired, no more than the one place that is needed.
    const first = sessions.find((session) => session.id === ids[0] && session.anonymous);
    const victims = expired.length > 0 || anonymous ? expired : first ? [first] : [];
    await appendWorkerChanges(tx, await removeSessions(tx, victims, now));
  });
  return true;
}

function isFullOfAnonymous(
  workers: readonly StoredWorker[],
  { workerLimit, sessionLimit, anonymousPercent }: Capacity,
): boolean {
  const count = workers.reduce((sum, { anonymousCount }) => sum + anonymousCount, 0);
  // Whoever acquires a master begins as an anonymous session: one at least gets in.
  return count >= Math.max(1, Math.floor((workerLimit * sessionLimit * anonymousPercent) / 100));
}
