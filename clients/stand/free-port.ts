import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that systems give to outgoing connections. */
const firstPort = 20_000;
const lastPort = 32_000;

/**
 * A loopback port that nobody listens on, also while a server that has it restarts: no client's own end of a connection
 * gets it meanwhile.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(firstPort, lastPort);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const bound = once(server, 'listening').then(
    () => true,
    () => false,
  );
  server.listen(port, '127.0.0.1');
  const free = await bound;
  if (free) {
    server.close();
    await once(server, 'close');
  }
  return free;
}
