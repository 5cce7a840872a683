import { ClientError } from 'nice-grpc';
import {
  type Clock,
  TimerState,
  type WatchClockRequest,
  type WatchClockResponse,
} from '../../generated/ewallet/v1/clock_service.js';
import type { Duration } from '../../generated/google/protobuf/duration.js';
import type { Timestamp } from '../../generated/google/protobuf/timestamp.js';
import { type CallError, readError } from './call-error.js';
import { as, type CallerCredentials, type Clients } from './clients.js';

/** A client of WatchClock. */
export type ClockWatcher = {
  /** Every event so far. */
  readonly events: readonly WatchClockResponse[];
  /** The same in short: `change ACTIVE 90000`, with the milliseconds that remained; `warning 60000 ACTIVE 59900`; `draining`. */
  story(): string[];
  /** What remains at a moment of the server, as a client works it out from the last event. */
  remainingAt(time: number): number;
  /** Resolves when the condition holds, looked at after every event. @throws Error when the stream ends before. */
  until(condition: () => boolean): Promise<void>;
  /** Resolves with the first event of the kind that comes after the call. */
  next(kind: NonNullable<WatchClockResponse['event']>['$case']): Promise<WatchClockResponse>;
  cancel(): void;
  /** How it ended: undefined for OK, or cancelled. */
  readonly ended: Promise<CallError | undefined>;
};

/** Begins to watch, and reads every event as it comes. */
export function watchClock(
  { clocks }: Pick<Clients, 'clocks'>,
  caller: CallerCredentials,
  request: { warnings?: number[] } & Partial<Pick<WatchClockRequest, 'clockId'>> = {},
  heartbeatSeconds = 5,
): ClockWatcher {
  const abort = new AbortController();
  const events: WatchClockResponse[] = [];
  let waiters: { check: () => boolean; resolve: () => void; reject: (error: Error) => void }[] = [];
  let over = false;

  function look(): void {
    waiters = waiters.filter(({ check, resolve, reject }) => {
      if (check()) resolve();
      else if (over) reject(new Error(`The watch ended. Before: ${story().join(', ')}`));
      else return true;
      return false;
    });
  }

  const story = () => events.map(tell);

  async function read(): Promise<CallError | undefined> {
    let trailer: CallError['trailer'] | undefined;
    const asked = {
      clockId: request.clockId ?? '',
      heartbeatInterval: { seconds: BigInt(heartbeatSeconds), nanos: 0 },
      warningThresholds: (request.warnings ?? []).map(durationOf),
    };
    const options = {
      ...as(caller),
      signal: abort.signal,
      onTrailer: (received: CallError['trailer']) => {
        trailer = received;
      },
    };
    try {
      for await (const response of clocks.watchClock(asked, options)) {
        events.push(response);
        look();
      }
      return undefined;
    } catch (error) {
      if (error instanceof ClientError) return readError(error, trailer);
      if (abort.signal.aborted) return undefined;
      throw error;
    } finally {
      over = true;
      look();
    }
  }

  const ended = read();
  function until(check: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      waiters.push({ check, resolve, reject });
      look();
    });
  }
  return {
    events,
    story,
    remainingAt(time) {
      const clock = events.findLast((event) => event.clock)?.clock;
      return clock ? extrapolate(clock, time) : Number.NaN;
    },
    until,
    async next(kind) {
      const start = events.length;
      const find = () => events.slice(start).find(({ event }) => event?.$case === kind);
      await until(() => find() !== undefined);
      return find() as WatchClockResponse;
    },
    // The client library loses a cancel that comes in the turn of the call: the server would not hear of it.
    cancel: () => void setImmediate(() => abort.abort()),
    ended,
  };
}

/** What remains on a clock at a moment, worked out as the API says. */
export function extrapolate({ remaining, observeTime, timerState }: Clock, time: number): number {
  const left = durationMs(remaining);
  if (timerState !== TimerState.TIMER_STATE_ACTIVE) return left;
  return Math.max(0, left - Math.max(0, time - timestampMs(observeTime)));
}

function tell({ clock, event }: WatchClockResponse): string {
  if (event?.$case === 'draining') return 'draining';
  const state = (TimerState[clock?.timerState ?? 0] ?? '').replace('TIMER_STATE_', '');
  const kind =
    event?.$case === 'warning' ? `warning ${durationMs(event.value.threshold)}` : event?.$case;
  return `${kind} ${state} ${durationMs(clock?.remaining)}`;
}

function durationOf(ms: number): Duration {
  return { seconds: BigInt(Math.trunc(ms / 1_000)), nanos: (ms % 1_000) * 1_000_000 };
}

/** Milliseconds of a duration of the wire. */
export function durationMs(duration: Duration | undefined): number {
  return duration ? Number(duration.seconds) * 1_000 + duration.nanos / 1_000_000 : Number.NaN;
}

/** Unix milliseconds of a timestamp of the wire. */
export function timestampMs(timestamp: Timestamp | undefined): number {
  return timestamp ? Number(timestamp.seconds) * 1_000 + timestamp.nanos / 1_000_000 : Number.NaN;
}
