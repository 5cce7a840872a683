import {
  type Clock,
  TimerState,
  type WatchClockRequest,
  type WatchClockResponse,
} from '../../generated/ewallet/v1/clock_service.js';
import type { Duration } from '../../generated/google/protobuf/duration.js';
import type { Timestamp } from '../../generated/google/protobuf/timestamp.js';
import { as, type CallerCredentials, type Clients } from './clients.js';
import { type EventWatcher, watchEvents } from './event-watcher.js';

/** A client of WatchClock. */
export type ClockWatcher = EventWatcher<WatchClockResponse> & {
  /** The events in short: `change ACTIVE 90000`, with the milliseconds that remained; `warning 60000 ACTIVE 59900`; `draining`. */
  story(): string[];
  /** What remains at a moment of the server, as a client works it out from the last event. */
  remainingAt(time: number): number;
};

/** Begins to watch. */
export function watchClock(
  { clocks }: Pick<Clients, 'clocks'>,
  caller: CallerCredentials,
  request: { warnings?: number[] } & Partial<Pick<WatchClockRequest, 'clockId'>> = {},
  heartbeatSeconds = 5,
): ClockWatcher {
  const asked = {
    clockId: request.clockId ?? '',
    heartbeatInterval: { seconds: BigInt(heartbeatSeconds), nanos: 0 },
    warningThresholds: (request.warnings ?? []).map(durationOf),
  };
  const watcher = watchEvents({
    open: (options) => clocks.watchClock(asked, { ...as(caller), ...options }),
    tell,
  });
  const { events } = watcher;
  return {
    ...watcher,
    story: () => events.map(tell),
    remainingAt(time) {
      const clock = events.findLast((event) => event.clock)?.clock;
      return clock ? extrapolate(clock, time) : Number.NaN;
    },
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
