import type { SystemServiceImplementation } from '../../../generated/ewallet/system/v1/system_service.js';
import type { HandlerContext } from '../call-middleware.js';
import type { Listener } from '../listener.js';

/** Creates the handlers of SystemService that take this server out of service and back. */
export function createDrainHandlers({
  listener,
  instanceNumber,
}: {
  /** The listener of clients and backends. */
  readonly listener: Pick<Listener, 'drain' | 'undrain'>;
  readonly instanceNumber: bigint;
}): Pick<SystemServiceImplementation<HandlerContext>, 'drain' | 'undrain'> {
  return {
    drain: async () => ({ instanceNumber, openCallCount: listener.drain() }),
    async undrain() {
      listener.undrain();
      return { instanceNumber };
    },
  };
}
