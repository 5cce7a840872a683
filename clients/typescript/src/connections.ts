import type { Client } from '@grpc/grpc-js';
import type { Caller } from './caller.js';
import { openConnection } from './connection.js';
import type { ConnectionOptions } from './options.js';

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_ATTEMPT_TIMEOUT_MS = 10_000;

/** The connections of a client, and how long its calls take at most. */
export type Connections = Omit<Caller, 'identity'> & { close(): void };

/** Opens the connection for calls, and the one for watches when the first watch begins. @throws TypeError as {@link openConnection}. */
export function openConnections(options: ConnectionOptions): Connections {
  const connection = openConnection(options, 'calls');
  let watches: Client | undefined;
  return {
    connection,
    watchConnection: () => {
      watches ??= openConnection(options, 'watches');
      return watches;
    },
    timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    attemptTimeoutMs: options.attemptTimeoutMs ?? DEFAULT_ATTEMPT_TIMEOUT_MS,
    close() {
      connection.close();
      watches?.close();
    },
  };
}
