import { once } from 'node:events';
import { connect } from 'node:net';
import { Client, credentials, Metadata as GrpcMetadata } from '@grpc/grpc-js';
import { Metadata } from 'nice-grpc';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorOf } from '../support/call-error.js';
import { startServer, type TestServer } from '../support/start-server.js';

let server: TestServer;
let raw: Client;

beforeAll(async () => {
  server = await startServer();
  raw = new Client(server.publicAddress, credentials.createInsecure());
});

afterAll(() => raw.close());

/** Sends bytes as they are and resolves to the code of the answer; 0 is success. */
function send(path: string, bytes: Buffer, metadata = new GrpcMetadata()): Promise<number> {
  return new Promise((resolve) => {
    raw.makeUnaryRequest(
      path,
      (value: Buffer) => value,
      (value) => value,
      bytes,
      metadata,
      (error) => resolve(error?.code ?? 0),
    );
  });
}

const STATUS = '/ewallet.v1.SessionService/GetClientTokenStatus';
const INVALID_ARGUMENT = 3;
const RESOURCE_EXHAUSTED = 8;
const UNIMPLEMENTED = 12;
const INTERNAL = 13;

async function stillServes(): Promise<void> {
  expect((await server.clients.sessions.getServerInfo({})).apiPackages).toEqual(['ewallet.v1']);
}

describe('bytes that are no request', () => {
  test.each([
    ['random bytes', Buffer.from('ff00ff00deadbeef', 'hex')],
    ['a length beyond the end', Buffer.from([0x0a, 0x7f, 0x01])],
    ['an endless varint', Buffer.alloc(64, 0xff)],
  ])('%s are refused, and the server goes on', async (_name, bytes) => {
    expect(await send(STATUS, bytes)).toBe(INTERNAL);
    await stillServes();
  });

  test('text that is not UTF-8 is refused as an invalid argument', async () => {
    expect(await send(STATUS, Buffer.from([0x0a, 0x02, 0xc3, 0x28]))).toBe(INVALID_ARGUMENT);
    await stillServes();
  });

  test('a connection that does not speak HTTP/2 is survived', async () => {
    const [host, port] = server.publicAddress.split(':');
    const socket = connect(Number(port), host);
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    socket.write(Buffer.alloc(4_096, 0x41));
    socket.resume();
    await once(socket, 'close');
    await stillServes();
  });
});

test('a body above 256 KiB is refused, and the server goes on', async () => {
  const body = Buffer.concat([Buffer.from([0x0a, 0x81, 0x80, 0x10]), Buffer.alloc(262_145, 0x61)]);
  expect(await send(STATUS, body)).toBe(RESOURCE_EXHAUSTED);
  await stillServes();
});

test('a method or service that does not exist is UNIMPLEMENTED', async () => {
  expect(await send('/ewallet.v1.SessionService/Nothing', Buffer.alloc(0))).toBe(UNIMPLEMENTED);
  expect(await send('/ewallet.system.v1.SystemService/VerifyLedger', Buffer.alloc(0))).toBe(
    UNIMPLEMENTED,
  );
});

test('a field above its limit is named', async () => {
  const error = await errorOf((options) =>
    server.clients.sessions.getClientTokenStatus({ clientId: 'x'.repeat(257) }, options),
  );
  expect(error).toMatchObject({
    code: 'INVALID_ARGUMENT',
    reason: 'VALIDATION_FAILED',
    fields: ['client_id'],
    metadata: { violation_count: '1' },
  });
  expect(error.message).not.toContain('xxx');
});

test('an authorization that is no bearer token is refused', async () => {
  const metadata = Metadata({ authorization: 'Basic dXNlcjpwYXNz' });
  const error = await errorOf((options) =>
    server.clients.sessions.endSession({}, { ...options, metadata }),
  );
  expect(error).toMatchObject({ reason: 'CREDENTIALS_MISSING', metadata: { scheme: 'bearer' } });
});

test('credentials of any length and kind are refused, not answered with a fault', async () => {
  for (const value of ['x', 'x'.repeat(8_000), "' OR 1=1 --"]) {
    const metadata = Metadata({ 'ewallet-client-id': value, authorization: `Bearer ${value}x` });
    const error = await errorOf((options) =>
      server.clients.accounts.getAccount({}, { ...options, metadata }),
    );
    expect(error.code).toBe('UNAUTHENTICATED');
  }
  await stillServes();
});
