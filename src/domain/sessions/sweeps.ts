import type { Time } from '../../lib/time.js';
import {
  type CleanerName,
  type CleanupReport,
  countRemoved,
  reportOf,
} from '../../model/cleaner.js';
import type { Database } from '../../storage/database.js';
import { type ExpiredKey, listExpired } from '../../storage/expired.js';
import { listInstances } from '../../storage/instances.js';
import { deleteExpiredSources } from '../../storage/known-sources.js';
import { deleteOldLoginRecords } from '../../storage/login-records.js';
import { deleteBuckets, listOldBuckets } from '../../storage/throttle.js';
import { read, type Tx, withTransaction } from '../../storage/transaction.js';
import { trimWorkerChanges } from '../../storage/worker-changes.js';
import type { RemovalSweeps } from '../accounts/removal-sweeps.js';
import { notFound } from '../not-found.js';
import {
  type Removal,
  removeClientTokens,
  removeSessionsById,
  removeSessionTokens,
} from './remove-expired.js';
import { removeVacantWorkers, removeWorker } from './remove-workers.js';

/** What sweeps stand on. */
export type SweepDeps = {
  readonly db: Database;
  readonly time: Time;
  readonly removalSweeps: RemovalSweeps;
  readonly settings: {
    readonly cleanerBatchSize: number;
    readonly throttleSpanMs: number;
    readonly loginRecordMs: number;
  };
};

/** How one kind of thing is cleaned up. */
export type Sweep = {
  /** Removes everything that is over, a transaction for each report. */
  all(deps: SweepDeps): AsyncGenerator<CleanupReport>;
  /** Removes one thing, over or not; `force` is for those whom not being over keeps. @throws when there is no such thing, or it may not go. */
  one(deps: SweepDeps, id: bigint, force: boolean): Promise<CleanupReport>;
};

/** Every sweep, by the name of its cleaner. */
export const sweeps: Record<CleanerName, Sweep> = {
  sessions: {
    all: (deps) => sweepExpired(deps, 'sessions', removeSessionsById),
    one: (deps, id) => removeOne(deps, id, 'session', removeSessionsById),
  },
  client_tokens: {
    async *all(deps) {
      yield* sweepExpired(deps, 'client_tokens', removeClientTokens);
      yield* sweepThrottle(deps);
    },
    one: (deps, id) => removeOne(deps, id, 'clientToken', removeClientTokens),
  },
  session_tokens: {
    all: (deps) => sweepExpired(deps, 'session_tokens', removeSessionTokens),
    one: (deps, id) => removeOne(deps, id, 'sessionToken', removeSessionTokens),
  },
  workers: {
    all: sweepWorkers,
    one: ({ db }, id) => withTransaction(db, (tx) => removeWorker(tx, id)),
  },
  accounts: {
    async *all(deps) {
      yield* deps.removalSweeps.sweepAccounts();
      yield* sweepLoginRecords(deps);
    },
    one: ({ removalSweeps }, id, force) => removalSweeps.removeAccount(id, force),
  },
  masters: {
    all: ({ removalSweeps }) => removalSweeps.sweepMasters(),
    one: ({ removalSweeps }, id, force) => removalSweeps.removeMaster(id, force),
  },
};

type Remove = (tx: Tx, removal: Removal) => Promise<CleanupReport>;

async function* sweepExpired(
  { db, time, settings }: SweepDeps,
  table: Parameters<typeof listExpired>[1],
  remove: Remove,
): AsyncGenerator<CleanupReport> {
  const limit = settings.cleanerBatchSize;
  // What expires while the sweep runs is left to the next one: it comes to an end.
  const until = time.now();
  for (let after: ExpiredKey | null = null; ; ) {
    const query = { now: until, after, limit };
    const found: ExpiredKey[] = await read(db, (reader) => listExpired(reader, table, query));
    const ids = found.map(({ id }) => id);
    const isOver = ({ expireTime }: { expireTime: number }) => expireTime <= until;
    if (ids.length > 0) {
      yield await withTransaction(db, (tx) => remove(tx, { ids, isOver, now: time.now() }));
    }
    if (found.length < limit) return;
    after = found.at(-1) ?? null;
  }
}

/** Spans of the throttle that are over, and known sources that are. They are not reported: nobody knows them. */
async function* sweepThrottle({ db, time, settings }: SweepDeps): AsyncGenerator<CleanupReport> {
  const limit = settings.cleanerBatchSize;
  // Other spans are shorter.
  const query = { before: time.now() - settings.throttleSpanMs, limit };
  for (;;) {
    const old = await read(db, (reader) => listOldBuckets(reader, query));
    if (old.length === 0) break;
    await withTransaction(db, (tx) => deleteBuckets(tx, old));
    yield reportOf({});
  }
  const now = time.now();
  while ((await withTransaction(db, (tx) => deleteExpiredSources(tx, { now, limit }))) > 0) {
    yield reportOf({});
  }
}

/** Records of logins and logouts that have been kept long enough. They are not reported: nobody asks for one. */
async function* sweepLoginRecords({
  db,
  time,
  settings,
}: SweepDeps): AsyncGenerator<CleanupReport> {
  const query = { before: time.now() - settings.loginRecordMs, limit: settings.cleanerBatchSize };
  while ((await withTransaction(db, (tx) => deleteOldLoginRecords(tx, query))) > 0) {
    yield reportOf({});
  }
}

/** Changes of workers that are kept: a watch that resumes from further back begins again. */
const KEPT_CHANGES = 100_000;
const TRIMMED_AT_ONCE = 1_000;

/** Vacant workers, and old changes of workers; of these nothing is reported. */
async function* sweepWorkers({ db }: SweepDeps): AsyncGenerator<CleanupReport> {
  for (const instance of await read(db, listInstances)) {
    yield await withTransaction(db, (tx) => removeVacantWorkers(tx, instance));
  }
  const trim = (tx: Tx) => trimWorkerChanges(tx, { keep: KEPT_CHANGES, limit: TRIMMED_AT_ONCE });
  while ((await withTransaction(db, trim)) > 0) yield reportOf({});
}

async function removeOne(
  { db, time }: SweepDeps,
  id: bigint,
  kind: 'session' | 'clientToken' | 'sessionToken',
  remove: Remove,
): Promise<CleanupReport> {
  const report = await withTransaction(db, (tx) =>
    remove(tx, { ids: [id], isOver: () => true, now: time.now() }),
  );
  if (countRemoved(report) === 0) throw notFound(kind, id);
  return report;
}
