import type { SystemServiceImplementation } from '../../../generated/ewallet/system/v1/system_service.js';
import type { Domain } from '../../domain/domain.js';
import type { HandlerContext } from '../call-middleware.js';
import { fromDuration } from '../convert.js';
import { fromWorkerState, toWatchWorkersResponse } from '../messages/workers.js';

const DEFAULT_HEARTBEAT_MS = 15_000;

/** Creates the handler of WatchWorkers. */
export function createWorkerWatchHandlers({
  workerWatch,
}: Pick<Domain, 'workerWatch'>): Pick<SystemServiceImplementation<HandlerContext>, 'watchWorkers'> {
  return {
    async *watchWorkers({ resumePosition, heartbeatInterval, states }, context) {
      const request = {
        // There is one operator key: programs that share it are told apart by where they are.
        caller: context.caller.source,
        states: states.map(fromWorkerState),
        resumePosition,
        heartbeatMs: heartbeatInterval
          ? Number(fromDuration(heartbeatInterval))
          : DEFAULT_HEARTBEAT_MS,
      };
      for await (const event of workerWatch.watch(request, context)) {
        yield toWatchWorkersResponse(event);
      }
    },
  };
}
