import { createFeed, type Feed, type FeedStats, type FeedSubscription } from '../../lib/feed.js';
import type { FeedChange } from '../../lib/feed-reader.js';
import type { Logger } from '../../lib/logger.js';
import type { Time } from '../../lib/time.js';
import type { Worker, WorkerState } from '../../model/worker.js';
import { onCommitted } from '../../storage/commit-notices.js';
import type { Database } from '../../storage/database.js';
import type { WatchSettings } from '../settings.js';
import type { WatchCall, Watched, Watches } from '../watches/watches.js';
import { createWorkerFeedSource } from './worker-feed-source.js';
import { decodeWorkerPosition, encodeWorkerPosition } from './worker-position.js';

/** What a watcher is told. */
export type WorkerWatchEvent = {
  /** Where to resume after this event; empty while a snapshot is not complete. */
  readonly position: string;
  /** When it was sent: Unix ms. */
  readonly time: number;
} & (
  | { readonly kind: 'snapshot'; readonly workers: readonly Worker[] }
  | { readonly kind: 'snapshotComplete' | 'heartbeat' | 'reset' }
  | { readonly kind: 'upserted'; readonly worker: Worker }
  | { readonly kind: 'removed'; readonly workerId: bigint }
  | { readonly kind: 'draining'; readonly reconnectDelayMs: number }
);

/** What to watch. */
export type WorkerWatchRequest = {
  /** Who watches, for the limit per caller. */
  readonly caller: string;
  /** States to tell of; none means all. */
  readonly states: readonly WorkerState[];
  /** A position to resume from; empty to begin with a snapshot. */
  readonly resumePosition: string;
  readonly heartbeatMs: number;
};

/** Watches over the workers of all instances. */
export type WorkerWatch = {
  /**
   * The state and then the changes, for as long as the call lives.
   *
   * @throws what {@link Watches.carry} throws, and storage failures at the start.
   */
  watch(request: WorkerWatchRequest, call: WatchCall): AsyncGenerator<WorkerWatchEvent, void>;
  /** What it holds, for tests and metrics. */
  stats(): FeedStats & { readonly watches: number; readonly alarms: number };
};

const WORKERS_PER_SNAPSHOT = 200;

const everyState: readonly WorkerState[] = ['VACANT', 'AVAILABLE', 'OCCUPIED'];

type Watch = {
  readonly time: Time;
  readonly states: ReadonlySet<WorkerState>;
  readonly subscription: FeedSubscription<bigint, Worker>;
};

/** Creates the watches of workers of one instance: one feed, polled once for all of them. */
export function createWorkerWatch(deps: {
  readonly db: Database;
  readonly time: Time;
  readonly logger: Logger;
  readonly watches: Watches;
  readonly settings: Pick<WatchSettings, 'pollIntervalMs' | 'maxPerCaller'>;
}): WorkerWatch {
  const { time, logger, watches, settings } = deps;
  const feed = createFeed(createWorkerFeedSource(deps.db), {
    pollIntervalMs: settings.pollIntervalMs,
    onFailure: (error) => logger.warn({ error }, 'the log of workers cannot be read'),
  });
  // Changes by this process need not wait for the next poll.
  onCommitted(deps.db.knex, 'workers', feed.hint);

  return {
    watch({ caller, heartbeatMs, resumePosition, ...request }, call) {
      const place = { key: `operator ${caller}`, limit: settings.maxPerCaller };
      const places = [{ ...place, whose: 'one caller' }];
      return watches.carry({ places, heartbeatMs }, call, async ({ wake }) => {
        const states = new Set(request.states.length > 0 ? request.states : everyState);
        const from = resumePosition ? decodeWorkerPosition(resumePosition, states) : undefined;
        const subscription = await feed.subscribe(wake, from);
        return watchWorkers({ time, states, subscription }, feed);
      });
    },
    stats: () => ({ ...feed.stats(), ...watches.stats() }),
  };
}

function watchWorkers(
  watch: Watch,
  { refresh }: Pick<Feed<bigint, Worker>, 'refresh'>,
): Watched<WorkerWatchEvent> {
  const { subscription } = watch;
  return {
    pending: subscription.pending,
    tellNext: () => tellNext(watch),
    refresh,
    heartbeat: () => ({ kind: 'heartbeat', ...mark(watch) }),
    draining(reconnectDelayMs) {
      // Of no use before the first snapshot was told.
      const marked = subscription.restart() ? unmarked(watch) : mark(watch);
      return { kind: 'draining', reconnectDelayMs, ...marked };
    },
    close: subscription.close,
  };
}

/** Tells of the next change, or begins again. False when there was nothing to tell. */
async function* tellNext(watch: Watch): AsyncGenerator<WorkerWatchEvent, boolean> {
  const { subscription, states } = watch;
  const restart = subscription.restart();
  if (restart) {
    if (restart === 'lost') yield { kind: 'reset', ...unmarked(watch) };
    yield* tellSnapshot(watch);
    return true;
  }
  const change = subscription.take();
  const event = change && describe(change, states);
  if (!event) return false;
  yield { ...event, ...mark(watch) };
  return true;
}

async function* tellSnapshot(watch: Watch): AsyncGenerator<WorkerWatchEvent, void> {
  const all = watch.subscription.snapshot();
  const complete = { kind: 'snapshotComplete', ...mark(watch) } as const;
  const workers = all.filter(({ state }) => watch.states.has(state));
  for (let start = 0; start < workers.length; start += WORKERS_PER_SNAPSHOT) {
    const part = workers.slice(start, start + WORKERS_PER_SNAPSHOT);
    yield { kind: 'snapshot', workers: part, ...unmarked(watch) };
  }
  yield complete;
}

/** What a change is to somebody who watches these states: a worker that leaves them is removed. */
function describe(
  { key, before, after }: FeedChange<bigint, Worker>,
  states: ReadonlySet<WorkerState>,
): { kind: 'upserted'; worker: Worker } | { kind: 'removed'; workerId: bigint } | undefined {
  if (after && states.has(after.state)) return { kind: 'upserted', worker: after };
  const known = before === 'unknown' || (before !== undefined && states.has(before.state));
  return known ? { kind: 'removed', workerId: key } : undefined;
}

function mark({ subscription, states, time }: Watch): { position: string; time: number } {
  return { position: encodeWorkerPosition(subscription.position(), states), time: time.now() };
}

function unmarked({ time }: Watch): { position: string; time: number } {
  return { position: '', time: time.now() };
}
