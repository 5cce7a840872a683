import { createKeyedFeed, type KeyedSubscription } from '../../lib/keyed-feed.js';
import type { Logger } from '../../lib/logger.js';
import type { Time } from '../../lib/time.js';
import { asUser, type Caller, type UserCaller } from '../../model/caller.js';
import { type Clock, settle, type TimerState } from '../../model/clock.js';
import { DomainError } from '../../model/errors.js';
import { findClocks, listClockRevisions } from '../../storage/clocks.js';
import { onCommitted } from '../../storage/commit-notices.js';
import type { Database } from '../../storage/database.js';
import { read } from '../../storage/transaction.js';
import { notFound } from '../not-found.js';
import type { WatchSettings } from '../settings.js';
import type { WatchCall, WatchClockwork, Watched, Watches } from '../watches/watches.js';
import { type ClockWarnings, createClockWarnings } from './clock-warnings.js';
import { type Clocks, observeTime } from './clocks.js';

/** What a watcher is told: the whole clock each time, as it is at `observeTime`. Times are Unix ms. */
export type ClockWatchEvent = {
  /** When it was sent. */
  readonly time: number;
} & (
  | {
      readonly kind: 'snapshot' | 'change' | 'heartbeat';
      readonly clock: Clock;
      readonly observeTime: number;
    }
  | {
      readonly kind: 'warning';
      readonly thresholdMs: number;
      readonly clock: Clock;
      readonly observeTime: number;
    }
  | { readonly kind: 'draining'; readonly reconnectDelayMs: number }
);

/** What to watch. */
export type ClockWatchRequest = {
  /** Null for the active clock of the active wallet, as it is when the watch begins. */
  readonly clockId: bigint | null;
  readonly heartbeatMs: number;
  /** Remaining times to warn at. */
  readonly warningsMs: readonly number[];
};

/** Watches over single clocks, whichever instance changes them. */
export type ClockWatch = {
  /**
   * The clock, and again after every change, for as long as the call lives.
   *
   * @throws CLOCK_NOT_FOUND, also when it is unlinked meanwhile; NOT_LOGGED_IN when another user became the active one of the session;
   *   what {@link Watches.carry} throws, and storage failures at the start.
   */
  watch(
    caller: UserCaller,
    request: ClockWatchRequest,
    call: WatchCall,
  ): AsyncGenerator<ClockWatchEvent, void>;
  /** What it holds, for tests and metrics. */
  stats(): { readonly subscriptions: number; readonly values: number };
};

/** What it stands on. */
export type ClockWatchDeps = {
  readonly db: Database;
  readonly time: Time;
  readonly logger: Logger;
  readonly clocks: Clocks;
  readonly watches: Watches;
  readonly settings: Pick<WatchSettings, 'pollIntervalMs' | 'maxPerCaller' | 'maxClocksPerUser'>;
};

/** Creates the watches of clocks of one instance: what is watched is asked about once for all of them. */
export function createClockWatch(deps: ClockWatchDeps): ClockWatch {
  const { db, time, logger, clocks, watches, settings } = deps;
  const source = {
    versions: (ids: readonly bigint[]) => read(db, (reader) => listClockRevisions(reader, ids)),
    load: (ids: readonly bigint[]) => read(db, (reader) => findClocks(reader, ids)),
    versionOf: ({ revision }: Clock) => revision,
  };
  const feed = createKeyedFeed<bigint, Clock>(source, {
    pollIntervalMs: settings.pollIntervalMs,
    onFailure: (error) => logger.warn({ error }, 'clocks cannot be read'),
  });
  // Changes by this process need not wait for the next poll.
  onCommitted(db.knex, 'clocks', feed.hint);

  function placesOf({ user, master }: UserCaller) {
    return [
      { key: `user ${user.id}`, limit: settings.maxClocksPerUser, whose: 'one account' },
      { key: `master ${master.id}`, limit: settings.maxPerCaller, whose: 'one master' },
    ];
  }

  return {
    async *watch(caller, { clockId, heartbeatMs, warningsMs }, call) {
      const { id } = await clocks.getClock(caller, clockId);
      const warnings = createClockWarnings(warningsMs);
      const request = { places: placesOf(caller), heartbeatMs };
      yield* watches.carry(request, call, async (clockwork) => {
        const subscription = await feed.subscribe(id, clockwork.wake);
        const watch = { id, time, caller, subscription, warnings };
        return watchClock(watch, feed.refresh, clockwork);
      });
    },
    stats: feed.stats,
  };
}

type Watch = {
  readonly id: bigint;
  readonly time: Time;
  /** As it was let in. */
  readonly caller: UserCaller;
  readonly subscription: KeyedSubscription<Clock>;
  readonly warnings: ClockWarnings;
};

function watchClock(
  watch: Watch,
  refresh: () => Promise<void>,
  clockwork: WatchClockwork,
): Watched<ClockWatchEvent> {
  const { subscription, warnings, time } = watch;
  const alarm = clockwork.alarm();
  let { caller } = watch;
  let told: TimerState | undefined;

  function look() {
    const clock = subscription.value();
    if (!clock || clock.unlinkTime !== null) throw notFound('clock', watch.id);
    const now = time.now();
    return { clock, time: now, observeTime: observeTime(caller, now) };
  }

  /** What is to be told next. What comes by itself has no change behind it: a timer that runs out, a threshold. */
  function next(): ClockWatchEvent | undefined {
    const seen = look();
    const { state } = settle(seen.clock.timer, seen.clock.balance, seen.observeTime).timer;
    if (subscription.pending() || told !== state) {
      const kind = told === undefined ? 'snapshot' : 'change';
      subscription.take();
      told = state;
      return { kind, ...seen };
    }
    const thresholdMs = warnings.look(seen.clock, seen.observeTime);
    return thresholdMs === undefined ? undefined : { kind: 'warning', thresholdMs, ...seen };
  }

  /** The moment at which something comes by itself. */
  function setAlarm(): void {
    const { clock, time: now } = look();
    const { runsOutTime } = clock.timer;
    const times = [runsOutTime, warnings.nextTime(clock, now)];
    const ahead = times.filter((at): at is number => at !== null && at > now);
    alarm.set(ahead.length === 0 ? null : Math.min(...ahead));
  }

  return {
    pending: subscription.pending,
    async *tellNext() {
      const event = next();
      if (event) yield event;
      setAlarm();
      // A change may have passed a threshold: it is told next.
      if (event) clockwork.wake();
      return event !== undefined;
    },
    refresh,
    readmitted(now) {
      caller = sameUser(watch.caller, now);
      clockwork.wake();
    },
    heartbeat: () => ({ kind: 'heartbeat', ...look() }),
    draining: (reconnectDelayMs) => ({ kind: 'draining', time: time.now(), reconnectDelayMs }),
    close: subscription.close,
  };
}

/** @throws NOT_LOGGED_IN when another user is the active one now */
function sameUser(opener: UserCaller, now: Caller): UserCaller {
  const caller = asUser(now);
  if (caller.user.id === opener.user.id) return caller;
  throw new DomainError('NOT_LOGGED_IN', 'The user who opened the watch is not active any more.');
}
