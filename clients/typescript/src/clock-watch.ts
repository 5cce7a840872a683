import type { Caller } from './caller.js';
import {
  type Clock,
  ClockServiceDefinition,
  TimerState,
  type WatchClockResponse,
} from './generated/ewallet/v1/clock_service.js';
import { readMethod } from './method.js';
import type { RequestOf } from './service.js';
import { durationToMs, timestampToMs } from './times.js';
import { type WatchOptions, watch } from './watch.js';

/** What a clock is watched with. */
export type WatchClockRequest = RequestOf<(typeof ClockServiceDefinition)['methods']['watchClock']>;

const method = readMethod(ClockServiceDefinition, ClockServiceDefinition.methods.watchClock);

/** Watches a clock. After each opening comes a `snapshot`: there is nothing to resume. States older than one that was told are left out. */
export async function* watchClock(
  caller: Caller,
  request: WatchClockRequest = {},
  options?: WatchOptions,
): AsyncGenerator<WatchClockResponse, void, undefined> {
  // Without a name the active clock is meant as it was at the first opening.
  let clockId = request.clockId ?? '';
  let revision = -1n;
  const events = watch<WatchClockResponse>(
    caller,
    method,
    () => ({ ...request, clockId }),
    ({ clock }) => {
      if (clock && clockId === '') clockId = clock.clockId;
    },
    options,
  );
  for await (const event of events) {
    if (event.clock && event.clock.revision < revision) continue;
    revision = event.clock?.revision ?? revision;
    yield event;
  }
}

/**
 * Tells what is left on a clock as time goes by, without asking the server: milliseconds, never below zero. Make it when the event arrives;
 * what is left goes down from then on while the timer runs.
 */
export function startCountdown(event: {
  readonly clock?: Clock | undefined;
  readonly eventTime?: WatchClockResponse['eventTime'];
}): () => number {
  const { clock } = event;
  const arrivedMs = performance.now();
  const observedMs = timestampToMs(clock?.observeTime) ?? 0;
  const sinceMs = (timestampToMs(event.eventTime) ?? observedMs) - observedMs;
  const leftMs = durationToMs(clock?.remaining);
  if (clock?.timerState !== TimerState.TIMER_STATE_ACTIVE) return () => leftMs;
  return () => Math.max(0, leftMs - sinceMs - (performance.now() - arrivedMs));
}
