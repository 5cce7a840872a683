import { openConnections } from './connections.js';
import {
  SystemServiceDefinition,
  type WatchWorkersResponse,
} from './generated/ewallet/system/v1/system_service.js';
import { identifyBy } from './identity.js';
import type { ConnectionOptions } from './options.js';
import { createCalls, type ServiceCalls } from './service.js';
import type { WatchOptions } from './watch.js';
import { type WatchWorkersRequest, watchWorkers } from './worker-watch.js';

/** How the operator connects: to the operator's listener. */
export type OperatorOptions = ConnectionOptions & {
  /** The operator key: a secret. */
  readonly operatorKey: string;
};

/** The operator's calls. */
export type SystemCalls = ServiceCalls<typeof SystemServiceDefinition> & {
  /** Watches the workers of all servers for as long as it is read, whatever happens to the connection. */
  readonly watchWorkers: (
    request?: WatchWorkersRequest,
    options?: WatchOptions,
  ) => AsyncGenerator<WatchWorkersResponse, void, undefined>;
};

/** What the operator is given. */
export type EWalletOperator = AsyncDisposable & {
  readonly system: SystemCalls;
  close(): Promise<void>;
};

/**
 * Connects as the operator. Nothing is sent before the first call.
 *
 * @throws TypeError when an option cannot be used.
 */
export function connectOperator(options: OperatorOptions): EWalletOperator {
  const connections = openConnections(options);
  const identity = identifyBy({ authorization: `Bearer ${options.operatorKey}` });
  const caller = { ...connections, identity };
  const close = async () => connections.close();
  return {
    system: {
      ...createCalls(caller, SystemServiceDefinition),
      watchWorkers: (request, watchOptions) => watchWorkers(caller, request, watchOptions),
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
