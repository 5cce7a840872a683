import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * What to do with the connection whose client just sent `marker`:
 * - `cut-after`: forward it whole, and cut the client off: the server does the work and answers into the void;
 * - `cut-before`: cut without forwarding it;
 * - `stall`: forward nothing more, in neither direction, but keep both ends open.
 */
export type ProxyFault = 'cut-after' | 'cut-before' | 'stall';

/** A proxy in front of a server on this machine. */
export type TcpProxy = {
  readonly port: number;
  /** Plans a fault for the next `times` chunks from a client that contain `marker`. */
  plan(marker: string, fault: ProxyFault, times?: number): void;
  /** Faults that happened. */
  faults(): number;
  /** Cuts every connection there is. New ones are taken. */
  cutAll(): void;
  close(): Promise<void>;
};

/** Starts a proxy on a free port of the loopback interface. */
export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  let planned: { marker: string; fault: ProxyFault; times: number } | undefined;
  let happened = 0;
  const sockets = new Set<Socket>();

  function takeFault(chunk: Buffer): ProxyFault | undefined {
    if (!planned || planned.times === 0 || !chunk.includes(planned.marker)) return undefined;
    planned.times -= 1;
    happened += 1;
    return planned.fault;
  }

  const server = createServer((client) => {
    const upstream = connect(target);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      // Resets are what this proxy is for.
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
    }
    let fault: ProxyFault | undefined;
    client.on('data', (chunk) => {
      fault ??= takeFault(chunk);
      if (fault === undefined || fault === 'cut-after') upstream.write(chunk);
      if (fault === 'cut-after' || fault === 'cut-before') client.resetAndDestroy();
    });
    upstream.on('data', (chunk) => {
      if (fault === undefined) client.write(chunk);
    });
    // A half-close: the server reads everything that was sent before it sees the end.
    client.on('close', () => upstream.end());
    upstream.on('close', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    plan(marker, fault, times = 1) {
      planned = { marker, fault, times };
    },
    faults: () => happened,
    cutAll() {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
