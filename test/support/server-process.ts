import { afterAll } from 'vitest';
import { createDatabaseUrl } from './database-url.js';
import {
  killServers,
  type ServerProcess,
  type ServerProcessOptions,
  type ServingProcess,
  spawnServerProgram,
  untilServing,
} from './server-program.js';

// Registered after the hook that drops databases, so it runs before it.
afterAll(killServers);

/** Starts `node dist/src/main.js`, built by now, on a fresh database unless told otherwise, and waits for nothing. */
export async function spawnServer(options: ServerProcessOptions = {}): Promise<ServerProcess> {
  return spawnServerProgram(options.databaseUrl ?? (await createDatabaseUrl()), options);
}

/**
 * Starts a server and waits until grpc.health.v1 says SERVING on both listeners.
 *
 * @throws Error with its output when it ends instead.
 */
export async function startServerProcess(
  options: ServerProcessOptions = {},
): Promise<ServingProcess> {
  return untilServing(await spawnServer(options));
}
