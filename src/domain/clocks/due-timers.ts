import { sha256 } from '../../lib/hash.js';
import type { Logger } from '../../lib/logger.js';
import { createRepeater } from '../../lib/repeater.js';
import type { Time } from '../../lib/time.js';
import { systemAccountId } from '../../model/system-accounts.js';
import type { Database } from '../../storage/database.js';
import { type DueClock, listDueClocks } from '../../storage/due-clocks.js';
import type { Ids } from '../../storage/ids.js';
import { read } from '../../storage/transaction.js';
import type { Committer } from '../ledger/committer.js';
import { hashRequest } from '../ledger/money-request.js';

/** What one look at the timers came to. */
export type DueSweep = {
  /** Timers that this look settled; what others settled meanwhile is not counted. */
  readonly settledCount: number;
  /** Those that could not be settled now: found again by the next look. */
  readonly failedCount: number;
  /** From the end of each timer to its settlement, in milliseconds, in no order. */
  readonly lagsMs: readonly number[];
};

/**
 * Settles timers that have run out, whoever started them. What is charged does not depend on when that happens: it is for those who look at
 * the clock, and for what runs out while nobody does. Every instance runs it; each timer is settled once.
 */
export type DueTimers = {
  start(): void;
  /** Resolves when the look that is under way has ended. */
  stop(): Promise<void>;
  /** Settles all that have run out by now. */
  sweep(): Promise<DueSweep>;
};

/** What it stands on. */
export type DueTimerDeps = {
  readonly db: Database;
  readonly time: Time;
  readonly ids: Ids;
  readonly committer: Committer;
  readonly logger: Logger;
  readonly instanceNumber: bigint;
  readonly settings: { readonly clockPollMs: number };
};

/** Timers that wait for the ledger at once: payments wait there, too. */
const AT_ONCE = 400;

/** Instances begin at opposite ends, so that two that look at once seldom submit the same timer. */
const ENDS = ['longest ago', 'latest'] as const;

const SERVICE = { userId: null, sessionId: null, keyId: null };

/** Creates it. Nothing runs until it is started. */
export function createDueTimers(deps: DueTimerDeps): DueTimers {
  const { db, time, ids, committer, logger, settings } = deps;
  const from = ENDS[Number(deps.instanceNumber % 2n)] ?? 'longest ago';
  const usage = systemAccountId('USAGE_MILLISECOND', deps.instanceNumber);

  /** The lag of a timer that this settled; null when others did, or something else happened to the clock first. */
  async function settle(due: DueClock): Promise<number | null> {
    const { id, version, runsOutTime, frozenTime } = due;
    const decision = await committer.submit({
      id: await ids.next(),
      kind: 'RUN_OUT',
      scope: 0n,
      // One id for a clock as it was found: of several instances that find it, one settles it.
      requestId: sha256(`RUN_OUT ${id} ${version}`).subarray(0, 16),
      requestHash: hashRequest('RUN_OUT', [id, version, runsOutTime]),
      accountId: id,
      credits: 0n,
      movements: [],
      clockwork: { usage, due: { version, runsOutTime }, stopTime: frozenTime ?? undefined },
      changes: [],
      actor: SERVICE,
    });
    const { operation } = decision;
    if (decision.kind !== 'decided' || operation.refusal) return null;
    return operation.createTime - runsOutTime;
  }

  async function sweep(): Promise<DueSweep> {
    const until = time.now();
    const lagsMs: number[] = [];
    let failedCount = 0;
    for (let after: DueClock | null = null; ; ) {
      const query = { until, after, limit: AT_ONCE, from };
      const found: DueClock[] = await read(db, (reader) => listDueClocks(reader, query));
      for (const outcome of await Promise.allSettled(found.map(settle))) {
        if (outcome.status === 'rejected') failedCount += 1;
        else if (outcome.value !== null) lagsMs.push(outcome.value);
      }
      if (found.length < AT_ONCE) break;
      after = found.at(-1) ?? null;
    }
    return { settledCount: lagsMs.length, failedCount, lagsMs };
  }

  async function look(): Promise<void> {
    const { settledCount, failedCount, lagsMs } = await sweep();
    if (settledCount + failedCount === 0) return;
    const maxLagMs = lagsMs.reduce((most, lag) => Math.max(most, lag), 0);
    const level = failedCount > 0 ? 'warn' : 'debug';
    logger[level]({ settledCount, failedCount, maxLagMs }, 'settled timers that ran out');
  }

  let running: Promise<void> = Promise.resolve();
  const repeater = createRepeater(
    () => {
      running = look();
      return running;
    },
    {
      intervalMs: settings.clockPollMs,
      onFailure: (error) => logger.warn({ error }, 'timers that ran out cannot be looked for'),
    },
  );

  return {
    start: repeater.start,
    async stop() {
      repeater.stop();
      await running.catch(() => {});
    },
    sweep,
  };
}
