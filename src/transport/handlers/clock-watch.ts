import type { ClockServiceImplementation } from '../../../generated/ewallet/v1/clock_service.js';
import type { Domain } from '../../domain/domain.js';
import { asUser } from '../../model/caller.js';
import type { HandlerContext } from '../call-middleware.js';
import { fromDuration } from '../convert.js';
import { readOptionalId } from '../ids.js';
import { toWatchClockResponse } from '../messages/clock-watch.js';

const DEFAULT_HEARTBEAT_MS = 15_000;

/** Creates the handler of WatchClock. */
export function createClockWatchHandlers({
  clockWatch,
}: Pick<Domain, 'clockWatch'>): Pick<ClockServiceImplementation<HandlerContext>, 'watchClock'> {
  return {
    async *watchClock({ clockId, heartbeatInterval, warningThresholds }, context) {
      const request = {
        clockId: readOptionalId('clock', clockId),
        heartbeatMs: heartbeatInterval
          ? Number(fromDuration(heartbeatInterval))
          : DEFAULT_HEARTBEAT_MS,
        warningsMs: warningThresholds.map((threshold) => Number(fromDuration(threshold))),
      };
      for await (const event of clockWatch.watch(asUser(context.caller), request, context)) {
        yield toWatchClockResponse(event);
      }
    },
  };
}
