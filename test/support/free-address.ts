import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** A loopback address with a port that nobody listens on. Two calls give different ones, as long as both are new. */
export async function freeAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `127.0.0.1:${port}`;
}
