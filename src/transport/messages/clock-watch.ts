import type { WatchClockResponse } from '../../../generated/ewallet/v1/clock_service.js';
import type { ClockWatchEvent } from '../../domain/clocks/clock-watch.js';
import { toDuration, toTimestamp } from '../convert.js';
import { toClock } from './clocks.js';

/** An event of a watch for the wire. */
export function toWatchClockResponse(event: ClockWatchEvent): WatchClockResponse {
  return {
    eventTime: toTimestamp(event.time),
    clock: event.kind === 'draining' ? undefined : toClock(event.clock, event.observeTime),
    event: toWatchEvent(event),
  };
}

function toWatchEvent(event: ClockWatchEvent): WatchClockResponse['event'] {
  switch (event.kind) {
    case 'warning':
      return { $case: 'warning', value: { threshold: toDuration(event.thresholdMs) } };
    case 'draining': {
      const reconnectDelay = toDuration(event.reconnectDelayMs);
      return { $case: 'draining', value: { reconnectDelay } };
    }
    default:
      return { $case: event.kind, value: {} };
  }
}
