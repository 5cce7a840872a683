import type { Logger } from '../../lib/logger.js';
import { type Schedule, startSchedule } from '../../lib/schedule.js';
import {
  addReports,
  type Cleaner,
  type CleanerName,
  type CleanupReport,
  cleanerNames,
  countRemoved,
  reportOf,
} from '../../model/cleaner.js';
import { DomainError } from '../../model/errors.js';
import {
  acquireSweep,
  endSweep,
  listCleaners,
  renewSweep,
  type SweepKey,
  setCleanersStarted,
} from '../../storage/cleaners.js';
import type { Ids } from '../../storage/ids.js';
import type { LeaseTime } from '../../storage/lease-time.js';
import { read, withTransaction } from '../../storage/transaction.js';
import type { DomainSettings } from '../settings.js';
import { type SweepDeps, sweeps } from './sweeps.js';

/** Removes what is over: by itself, and when the operator says so. */
export type Cleaners = {
  /**
   * Removes one thing, over or not; a user or master that is not over only with `force`, where the server allows it.
   *
   * @throws the reason for which there is no such thing, WORKER_NOT_VACANT, REMOVAL_NOT_DUE, FORCED_REMOVAL_DISABLED
   */
  remove(name: CleanerName, id: bigint, force?: boolean): Promise<CleanupReport>;
  /** Removes everything that is over. Ends early, at the end of a transaction, when `signal` aborts. @throws SWEEP_RUNNING */
  sweep(name: CleanerName, signal: AbortSignal): Promise<CleanupReport>;
  /** Does the sweep that is due, if any, unless another server does it. */
  sweepWhenDue(name: CleanerName): Promise<CleanupReport | undefined>;
  /** Lets cleaners sweep by themselves on every server, or keeps them from it; null for all of them. */
  setStarted(name: CleanerName | null, started: boolean): Promise<Cleaner[]>;
  list(): Promise<Cleaner[]>;
  /** Begins to look every minute whether a sweep is due. */
  start(): void;
  /** Resolves when this server sweeps no more. */
  stop(): Promise<void>;
};

/** What cleaners stand on. */
export type CleanerDeps = SweepDeps & {
  readonly ids: Ids;
  readonly logger: Logger;
  readonly leaseTime: LeaseTime;
  readonly instanceNumber: bigint;
  readonly settings: Pick<DomainSettings, 'cleanerIntervalsMs' | 'cleanerBatchSize'>;
};

/** Longer than any transaction takes: the lease is renewed after each. */
const SWEEP_LEASE_MS = 60_000;

/** Creates the cleaners. They sweep by themselves once they are started. */
export function createCleaners(deps: CleanerDeps): Cleaners {
  const { db, ids, leaseTime, logger, settings } = deps;
  let stopping = new AbortController();
  let schedules: Schedule[] = [];

  async function sweepOnce(
    name: CleanerName,
    due: { readonly intervalMs: number } | null,
    signal: AbortSignal,
  ): Promise<CleanupReport | undefined> {
    const key = { name, holder: await ids.next() };
    const lease = { leaseTime, leaseMs: SWEEP_LEASE_MS };
    if (!(await withTransaction(db, (tx) => acquireSweep(tx, key, lease, due)))) return undefined;
    let removedCount: number | null = null;
    try {
      const { report, complete } = await run(deps, key, signal);
      if (complete) removedCount = countRemoved(report);
      logger.info({ cleaner: name, complete, removed: countRemoved(report) }, 'swept');
      return report;
    } finally {
      await withTransaction(db, (tx) => endSweep(tx, key, { leaseTime, removedCount }));
    }
  }

  async function list(): Promise<Cleaner[]> {
    const stored = await read(db, (reader) => listCleaners(reader, leaseTime));
    return cleanerNames.flatMap((name) =>
      stored
        .filter((cleaner) => cleaner.name === name)
        .map((cleaner) => ({ ...cleaner, intervalMs: settings.cleanerIntervalsMs[name] })),
    );
  }

  function sweepWhenDue(name: CleanerName): Promise<CleanupReport | undefined> {
    return sweepOnce(name, { intervalMs: settings.cleanerIntervalsMs[name] }, stopping.signal);
  }

  return {
    remove: (name, id, force = false) => sweeps[name].one(deps, id, force),
    async sweep(name, signal) {
      const report = await sweepOnce(name, null, signal);
      if (!report) throw sweepRunning();
      return report;
    },
    sweepWhenDue,
    async setStarted(name, started) {
      const names = name === null ? cleanerNames : [name];
      await withTransaction(db, (tx) => setCleanersStarted(tx, names, started));
      return (await list()).filter((cleaner) => names.includes(cleaner.name));
    },
    list,
    start() {
      stopping = new AbortController();
      // Servers do not all ask in the same second.
      const second = deps.instanceNumber % 60n;
      schedules = cleanerNames.map((name) =>
        startSchedule({
          pattern: `${second} * * * * *`,
          work: async () => void (await sweepWhenDue(name)),
          onFailure: (error) => logger.warn({ cleaner: name, error }, 'a sweep failed'),
        }),
      );
    },
    async stop() {
      stopping.abort();
      await Promise.all(schedules.splice(0).map((schedule) => schedule.stop()));
    },
  };
}

/** Not complete: it was told to stop, or took so long that another sweep began. */
async function run(
  deps: CleanerDeps,
  key: SweepKey,
  signal: AbortSignal,
): Promise<{ report: CleanupReport; complete: boolean }> {
  const lease = { leaseTime: deps.leaseTime, leaseMs: SWEEP_LEASE_MS };
  let report = reportOf({});
  for await (const part of sweeps[key.name].all(deps)) {
    report = addReports(report, part);
    const held = await withTransaction(deps.db, (tx) => renewSweep(tx, key, lease));
    if (signal.aborted || !held) return { report, complete: false };
  }
  return { report, complete: true };
}

function sweepRunning(): DomainError {
  return new DomainError('SWEEP_RUNNING', 'A sweep of this cleaner runs already.', {
    retryAfterMs: 1_000,
  });
}
