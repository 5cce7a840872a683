import { createServer } from 'nice-grpc';
import { announceReady, startArgument } from './parent.js';

/*
 * The least that a server on this library can do: it takes a message as bytes and answers with as many bytes as
 * PayCredits does. Nothing is decoded, checked or stored.
 */

const { replyBytes } = startArgument<{ replyBytes: number }>();
const reply = Buffer.alloc(replyBytes, 'x');

const asBytes = {
  requestSerialize: (bytes: Buffer) => bytes,
  requestDeserialize: (bytes: Buffer) => bytes,
  responseSerialize: (bytes: Buffer) => bytes,
  responseDeserialize: (bytes: Buffer) => bytes,
  options: {},
};

const definition = {
  unary: { ...asBytes, path: '/bench.Echo/Unary', requestStream: false, responseStream: false },
  stream: { ...asBytes, path: '/bench.Echo/Stream', requestStream: true, responseStream: true },
} as const;

const server = createServer({ 'grpc.max_concurrent_streams': 4_096 });
server.add(definition, {
  async unary() {
    return reply;
  },
  async *stream(requests) {
    for await (const _ of requests) yield reply;
  },
});
const port = await server.listen('127.0.0.1:0');
announceReady({ address: `127.0.0.1:${port}` });
