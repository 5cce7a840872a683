import { setMaxListeners } from 'node:events';
import { createChannel, createClient, Metadata } from 'nice-grpc';
import { SystemServiceDefinition } from '../../generated/ewallet/system/v1/system_service.js';
import { type EwalletServer, operatorKey } from './ewallet-server.js';

/** A connection carries many streams, but a client watches on a channel of its own. */
const STREAMS_PER_CHANNEL = 100;

/** Opens `count` watches of the workers, resolves when each has heard something, and gives what closes them. */
export async function openWatches(
  { operatorAddress }: EwalletServer,
  count: number,
): Promise<() => Promise<void>> {
  const metadata = Metadata({ authorization: `Bearer ${operatorKey}` });
  const abort = new AbortController();
  setMaxListeners(0, abort.signal);
  const channels = Array.from({ length: Math.ceil(count / STREAMS_PER_CHANNEL) }, () =>
    createChannel(operatorAddress, undefined, { 'grpc.use_local_subchannel_pool': 1 }),
  );
  const clients = channels.map((channel) => createClient(SystemServiceDefinition, channel));
  const ends: Promise<void>[] = [];

  async function watch(index: number, onFirst: () => void): Promise<void> {
    const client = clients[index % clients.length];
    if (!client) return;
    try {
      for await (const _ of client.watchWorkers({}, { metadata, signal: abort.signal })) onFirst();
    } catch (error) {
      if (!abort.signal.aborted) throw error;
    }
  }

  const started = Array.from({ length: count }, (_, index) => {
    return new Promise<void>((resolve, reject) => {
      const end = watch(index, resolve);
      end.catch(reject);
      ends.push(end);
    });
  });
  await Promise.all(started);
  return async () => {
    abort.abort();
    await Promise.all(ends);
    for (const channel of channels) channel.close();
  };
}
