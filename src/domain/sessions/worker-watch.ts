import { createFeed, type Feed, type FeedStats, type FeedSubscription } from '../../lib/feed.js';
import type { FeedChange } from '../../lib/feed-reader.js';
import type { Logger } from '../../lib/logger.js';
import { createPace, type Pace } from '../../lib/pace.js';
import { createQuota } from '../../lib/quota.js';
import { randomFraction } from '../../lib/random.js';
import { createTicker } from '../../lib/ticker.js';
import type { Time } from '../../lib/time.js';
import { DomainError } from '../../model/errors.js';
import type { Worker, WorkerState } from '../../model/worker.js';
import { onCommitted } from '../../storage/commit-notices.js';
import type { Database } from '../../storage/database.js';
import type { WatchSettings } from '../settings.js';
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

/** What a watch needs of the call that carries it. */
export type WatchCall = {
  /** Aborted when the call is over. */
  readonly signal: AbortSignal;
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
  /** Rejects when the caller would not be let in any more. */
  readonly readmit: () => Promise<unknown>;
  /** Ends the call from outside, while its reader does not read. */
  readonly end: (error: DomainError) => void;
};

/** Watches over the workers of all instances. */
export type WorkerWatch = {
  /**
   * The state and then the changes, for as long as the call lives.
   *
   * @throws TOO_MANY_WATCHES, SERVER_DRAINING, what `readmit` rejects with, and storage failures at the start.
   */
  watch(request: WorkerWatchRequest, call: WatchCall): AsyncGenerator<WorkerWatchEvent, void>;
  /** What it holds, for tests and metrics. */
  stats(): FeedStats & { readonly watches: number; readonly alarms: number };
};

/** A watch looks at the clock this often: heartbeats and ends come so much later at most. */
const TICK_MS = 100;
/** A reader that does not take a message for so long is cut off. */
const STUCK_MS = 60_000;
const WORKERS_PER_SNAPSHOT = 200;
/** Watchers of a stopping server come back spread over this time. */
const RECONNECT_SPREAD_MS = 2_000;

const everyState: readonly WorkerState[] = ['VACANT', 'AVAILABLE', 'OCCUPIED'];

type Watch = {
  readonly feed: Feed<bigint, Worker>;
  readonly time: Time;
  readonly states: ReadonlySet<WorkerState>;
  readonly subscription: FeedSubscription<bigint, Worker>;
  readonly pace: Pace;
  readonly call: WatchCall;
};

/** Creates the watches of one instance: one feed, polled once for all of them. */
export function createWorkerWatch(deps: {
  readonly db: Database;
  readonly time: Time;
  readonly logger: Logger;
  readonly settings: WatchSettings;
}): WorkerWatch {
  const { time, logger, settings } = deps;
  const feed = createFeed(createWorkerFeedSource(deps.db), {
    pollIntervalMs: settings.pollIntervalMs,
    onFailure: (error) => logger.warn({ error }, 'the log of workers cannot be read'),
  });
  // Changes by this process need not wait for the next poll.
  onCommitted(deps.db.knex, 'workers', feed.hint);
  const ticker = createTicker({ time, intervalMs: TICK_MS });
  const quota = createQuota({ perKey: settings.maxPerCaller, total: settings.maxPerServer });

  return {
    async *watch(request, call) {
      const release = quota.take(request.caller);
      if (typeof release === 'string') throw tooManyWatches(release, settings);
      const closers = [release];
      const close = () => {
        for (const closer of closers.splice(0)) closer();
      };
      try {
        const pace = createPace({
          ...call,
          ticker,
          time,
          beatMs: request.heartbeatMs,
          lifeMs: settings.lifeMs * (0.9 + 0.2 * randomFraction()),
          stuckMs: STUCK_MS,
          onStuck() {
            // The generator waits in a yield until the peer reads, perhaps for ever: what it holds is freed from here.
            close();
            call.end(tooSlow());
          },
        });
        closers.push(pace.close);
        const states = new Set(request.states.length > 0 ? request.states : everyState);
        const from = request.resumePosition
          ? decodeWorkerPosition(request.resumePosition, states)
          : undefined;
        const subscription = await feed.subscribe(pace.wake, from);
        closers.push(subscription.close);
        yield* pace.paced(tell({ feed, time, states, subscription, pace, call }));
      } finally {
        close();
      }
    },
    stats: () => ({ ...feed.stats(), watches: quota.size(), alarms: ticker.size() }),
  };
}

/** Everything that a watcher is told, one after the other. */
async function* tell(watch: Watch): AsyncGenerator<WorkerWatchEvent, void> {
  const { subscription, pace, call } = watch;
  let silent = false;
  for (;;) {
    const turn = pace.due() ?? (subscription.pending() ? 'wake' : await pace.next());
    if (turn === 'stop') {
      yield draining(watch);
      throw new DomainError('SERVER_DRAINING', 'The server stops. Watch another one.');
    }
    if (turn === 'end') return void (yield draining(watch));
    if (turn === 'wake') {
      if (yield* tellNext(watch)) silent = false;
    } else {
      await call.readmit();
      if (turn === 'beat') silent = await isRead(watch);
    }
    // A heartbeat says that there is nothing else to tell.
    if (silent && !subscription.pending()) {
      silent = false;
      yield { kind: 'heartbeat', ...mark(watch) };
    }
  }
}

/** Whether everything that was committed by now has been read. The feed has told the log why not. */
async function isRead({ feed }: Watch): Promise<boolean> {
  return feed.refresh().then(
    () => true,
    () => false,
  );
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

function draining(watch: Watch): WorkerWatchEvent {
  // Of no use before the first snapshot was told.
  const marked = watch.subscription.restart() ? unmarked(watch) : mark(watch);
  const reconnectDelayMs = Math.floor(randomFraction() * RECONNECT_SPREAD_MS);
  return { kind: 'draining', reconnectDelayMs, ...marked };
}

function tooManyWatches(limit: 'key' | 'total', settings: WatchSettings): DomainError {
  const [count, whose] =
    limit === 'key' ? [settings.maxPerCaller, 'one caller'] : [settings.maxPerServer, 'one server'];
  return new DomainError('TOO_MANY_WATCHES', `The watches of ${whose} are limited to ${count}.`, {
    metadata: { limit: String(count) },
  });
}

function tooSlow(): DomainError {
  return new DomainError(
    'TOO_SLOW',
    'The watch was not read for too long. Watch again from the last position.',
  );
}
