import { createPace, type Pace } from '../../lib/pace.js';
import { createQuota, type Place } from '../../lib/quota.js';
import { randomFraction } from '../../lib/random.js';
import { type Alarm, createTicker } from '../../lib/ticker.js';
import type { Time } from '../../lib/time.js';
import type { Caller } from '../../model/caller.js';
import { DomainError } from '../../model/errors.js';
import type { WatchSettings } from '../settings.js';

/** What a watch needs of the call that carries it. */
export type WatchCall = {
  /** Aborted when the call is over. */
  readonly signal: AbortSignal;
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
  /** The caller as it is let in now. Rejects when it would not be any more. */
  readonly readmit: () => Promise<Caller>;
  /** Ends the call from outside, while its reader does not read. */
  readonly end: (error: DomainError) => void;
};

/** A place for a watch; `whose` says in an error who has as many as it may have. */
export type WatchPlace = Place & { readonly whose: string };

/** What is watched, for one reader. */
export type Watched<E> = {
  /** Whether there may be something to tell. */
  pending(): boolean;
  /** Tells the next thing; false when there was nothing. @throws DomainError to end the watch */
  tellNext(): AsyncGenerator<E, boolean>;
  /** Looks whether there is anything new: all that was committed before has been seen when it resolves. */
  refresh(): Promise<void>;
  /** The caller was let in again, every interval. @throws DomainError to end the watch */
  readmitted?(caller: Caller): void;
  /** A sign of life, when nothing else was told for an interval. */
  heartbeat(): E;
  /** The end, after which the reader should watch again, after a delay. */
  draining(reconnectDelayMs: number): E;
  close(): void;
};

/** What a watch may wake itself by. */
export type WatchClockwork = Pick<Pace, 'wake'> & {
  /** An alarm that wakes the watch, up to 100 ms late. It ends with the watch. */
  alarm(): Pick<Alarm, 'set'>;
};

/** The watches of one instance, whatever they watch. */
export type Watches = {
  /**
   * Carries one watch for as long as its call lives: limits, pace, heartbeats, access checked again, the ends. `open` begins it.
   *
   * @throws TOO_MANY_WATCHES, SERVER_DRAINING, TOO_SLOW, what `readmit` rejects with, and what the watched thing throws.
   */
  carry<E>(
    request: { readonly places: readonly WatchPlace[]; readonly heartbeatMs: number },
    call: WatchCall,
    open: (clockwork: WatchClockwork) => Promise<Watched<E>>,
  ): AsyncGenerator<E, void>;
  /** What there is, for tests and metrics. */
  stats(): { readonly watches: number; readonly alarms: number };
};

/** A watch looks at the clock this often: heartbeats and ends come so much later at most. */
const TICK_MS = 100;
/** A reader that does not take a message for so long is cut off. */
const STUCK_MS = 60_000;
/** Watchers of a stopping server come back spread over this time. */
const RECONNECT_SPREAD_MS = 2_000;

/** Creates the watches of an instance. None is there until one is carried. */
export function createWatches(deps: {
  readonly time: Time;
  readonly settings: Pick<WatchSettings, 'lifeMs' | 'maxPerServer'>;
}): Watches {
  const { time, settings } = deps;
  const ticker = createTicker({ time, intervalMs: TICK_MS });
  const quota = createQuota(settings.maxPerServer);

  function takePlaces(places: readonly WatchPlace[]): () => void {
    const taken = quota.take(places);
    if (typeof taken === 'function') return taken;
    if (taken === 'total') throw tooManyWatches('one server', settings.maxPerServer);
    throw tooManyWatches(taken.whose, taken.limit);
  }

  return {
    async *carry(request, call, open) {
      const closers = [takePlaces(request.places)];
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
        const clockwork = {
          wake: pace.wake,
          alarm() {
            const alarm = ticker.alarm(pace.wake);
            closers.push(alarm.cancel);
            return alarm;
          },
        };
        const watched = await open(clockwork);
        closers.push(watched.close);
        yield* pace.paced(tell(watched, pace, call));
      } finally {
        close();
      }
    },
    stats: () => ({ watches: quota.size(), alarms: ticker.size() }),
  };
}

/** Everything that a watcher is told, one after the other. */
async function* tell<E>(watched: Watched<E>, pace: Pace, call: WatchCall): AsyncGenerator<E, void> {
  const draining = () => watched.draining(Math.floor(randomFraction() * RECONNECT_SPREAD_MS));
  let silent = false;
  for (;;) {
    const turn = pace.due() ?? (watched.pending() ? 'wake' : await pace.next());
    if (turn === 'stop') {
      yield draining();
      throw new DomainError('SERVER_DRAINING', 'The server stops. Watch another one.');
    }
    if (turn === 'end') return void (yield draining());
    if (turn === 'wake') {
      if (yield* watched.tellNext()) silent = false;
    } else {
      const caller = await call.readmit();
      watched.readmitted?.(caller);
      if (turn === 'beat') silent = await isRead(watched);
    }
    // A heartbeat says that there is nothing else to tell.
    if (silent && !watched.pending()) {
      silent = false;
      yield watched.heartbeat();
    }
  }
}

/** Whether everything that was committed by now has been read. Who reads has told the log why not. */
async function isRead(watched: Pick<Watched<unknown>, 'refresh'>): Promise<boolean> {
  return watched.refresh().then(
    () => true,
    () => false,
  );
}

function tooManyWatches(whose: string, limit: number): DomainError {
  return new DomainError('TOO_MANY_WATCHES', `The watches of ${whose} are limited to ${limit}.`, {
    metadata: { limit: String(limit) },
  });
}

function tooSlow(): DomainError {
  return new DomainError(
    'TOO_SLOW',
    'The watch was not read for too long. Watch again from the last position.',
  );
}
