import { createServer, type IncomingHttpHeaders } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterAll } from 'vitest';
import { ErrorInfo, RetryInfo } from '../../src/generated/google/rpc/error_details.js';
import { Status } from '../../src/generated/google/rpc/status.js';
import { msToDuration } from '../../src/times.js';

/** One attempt as it came over the wire. */
export type RecordedAttempt = {
  readonly atMs: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
};

/** What all attempts are refused with. */
export type Refusal = { code: number; reason: string; retryAfterMs?: number };

/** Records what clients send, which no real server tells, and refuses it. Gives its address. */
export async function recordAttempts(refusal: Refusal) {
  const attempts: RecordedAttempt[] = [];
  const server = createServer();
  server.on('stream', (stream, headers) => {
    const atMs = Date.now();
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      // A message has a flag and its length before it.
      attempts.push({ atMs, headers, body: Buffer.concat(chunks).subarray(5) });
      stream.respond(
        {
          ':status': 200,
          'content-type': 'application/grpc+proto',
          'grpc-status': String(refusal.code),
          'grpc-status-details-bin': encodeStatus(refusal).toString('base64'),
        },
        { endStream: true },
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(() => void server.close());
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, attempts };
}

function encodeStatus({ code, reason, retryAfterMs }: Refusal): Buffer {
  const info = ErrorInfo.encode(ErrorInfo.fromPartial({ reason, domain: 'ewallet' }));
  const details = [{ typeUrl: `type.googleapis.com/${ErrorInfo.$type}`, value: info.finish() }];
  if (retryAfterMs !== undefined) {
    const retry = RetryInfo.fromPartial({ retryDelay: msToDuration(retryAfterMs) });
    const value = RetryInfo.encode(retry).finish();
    details.push({ typeUrl: `type.googleapis.com/${RetryInfo.$type}`, value });
  }
  const status = { code, details: details.map((it) => ({ ...it, value: Buffer.from(it.value) })) };
  return Buffer.from(Status.encode(Status.fromPartial(status)).finish());
}
