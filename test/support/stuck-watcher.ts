import { once } from 'node:events';
import { connect } from 'node:http2';
import { type Channel, ClientError, createClient } from 'nice-grpc';
import {
  SystemServiceDefinition,
  type Worker,
} from '../../generated/ewallet/system/v1/system_service.js';
import { type CallError, readError } from './call-error.js';
import { as } from './clients.js';
import { operatorKey } from './server-secrets.js';
import { applyEvent } from './worker-watcher.js';

/** A client of WatchWorkers that stopped reading. */
export type StuckWatcher = {
  /** What it knows of workers, by id. */
  readonly cache: ReadonlyMap<string, Worker>;
  /** Reads on to the end: how many events there were, and how it ended. */
  readOn(): Promise<{ count: number; error: CallError | undefined }>;
};

/** Watches on a channel of its own, reads one event, and no more until it is told to. */
export async function stopReading(channel: Channel): Promise<StuckWatcher> {
  const client = createClient(SystemServiceDefinition, channel);
  let trailer: CallError['trailer'] | undefined;
  const responses = client.watchWorkers(
    {},
    {
      ...as({ operatorKey }),
      onTrailer: (received) => {
        trailer = received;
      },
    },
  );
  const iterator = responses[Symbol.asyncIterator]();
  const cache = new Map<string, Worker>();
  async function readNext(): Promise<boolean> {
    const result = await iterator.next();
    if (!result.done) applyEvent(cache, result.value);
    return !result.done;
  }
  await readNext();
  return {
    cache,
    async readOn() {
      let count = 1;
      try {
        while (await readNext()) count += 1;
        return { count, error: undefined };
      } catch (error) {
        if (!(error instanceof ClientError)) throw error;
        return { count, error: readError(error, trailer) };
      }
    },
  };
}

/** A watch of workers in bare HTTP/2. */
export const watchOfWorkers = {
  path: '/ewallet.system.v1.SystemService/WatchWorkers',
  headers: { authorization: `Bearer ${operatorKey}` },
};

/**
 * The same in bare HTTP/2, with the smallest buffers and an empty request: it takes nothing after the first `windowBytes`, not even the end.
 */
export async function stopTaking(
  address: string,
  watch: { path: string; headers: Record<string, string> },
  windowBytes?: number,
): Promise<{
  /** Resolves to the code by which the server gave the stream up. */
  readonly reset: Promise<number>;
  close(): void;
}> {
  const settings = windowBytes === undefined ? {} : { initialWindowSize: windowBytes };
  const session = connect(`http://${address}`, { settings });
  const stream = session.request({
    ':method': 'POST',
    ':path': watch.path,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...watch.headers,
  });
  // An empty message: a frame without compression, of length 0.
  stream.end(Buffer.alloc(5));
  const reset = new Promise<number>((resolve) => {
    stream.once('error', () => {});
    stream.once('close', () => resolve(stream.rstCode));
  });
  await once(stream, 'response');
  return { reset, close: () => session.destroy() };
}
