import { openConnections } from './connections.js';
import { identifyBy } from './identity.js';
import type { ConnectionOptions } from './options.js';
import { createPublicCalls, type PublicCalls } from './public-calls.js';

/** How a master's server connects. */
export type BackendOptions = ConnectionOptions & {
  /** The master's backend key: a secret. */
  readonly backendKey: string;
};

/** The calls of a master's server. It needs no session. */
export type EWalletBackend = Omit<PublicCalls, 'sessions' | 'accounts' | 'issues'> &
  AsyncDisposable & {
    /** The calls for one of the master's users, named by account id. */
    onBehalfOf(accountId: string): PublicCalls;
    close(): Promise<void>;
  };

/**
 * Connects as a master's server. Nothing is sent before the first call.
 *
 * @throws TypeError when an option cannot be used.
 */
export function connectBackend(options: BackendOptions): EWalletBackend {
  const connections = openConnections(options);
  const key = { 'ewallet-backend-key': options.backendKey };
  const close = async () => connections.close();
  return {
    ...createPublicCalls({ ...connections, identity: identifyBy(key) }),
    onBehalfOf: (accountId) =>
      createPublicCalls({
        ...connections,
        identity: identifyBy({ ...key, 'ewallet-on-behalf-of': accountId }),
      }),
    close,
    [Symbol.asyncDispose]: close,
  };
}
