import { createClient, Metadata } from 'nice-grpc';
import { HealthDefinition } from 'nice-grpc-server-health';
import { expect, test } from 'vitest';
import { errorOf } from '../support/call-error.js';
import { as } from '../support/clients.js';
import { operatorKey, registrationKey } from '../support/server-secrets.js';
import { startServer, type TestServer } from '../support/start-server.js';

const password = 'correct-horse-7-battery';
const email = 'mallory.secret@example.org';
/** Hashing one password takes a good part of a second: a call that is in flight long enough. */
const slowHashes = { EWALLET_PASSWORD_MEMORY_KIB: '65536', EWALLET_PASSWORD_ITERATIONS: '12' };

async function openSession(server: TestServer) {
  const { clientId } = await server.clients.sessions.requestClientId({});
  const { sessionToken } = await server.clients.sessions.requestSessionToken({}, as({ clientId }));
  return { clientId, sessionToken, registrationKey };
}

function createMaster(server: TestServer, options: object) {
  return server.clients.masters.createMaster({ name: 'Acme', email, password }, options);
}

test('anyone may ask what server this is', async () => {
  const server = await startServer();
  const info = await server.clients.sessions.getServerInfo({});
  expect(info).toMatchObject({ apiPackages: ['ewallet.v1'], instanceNumber: 1n });
  expect(info.version).toMatch(/^\d+\.\d+\.\d+/);
  expect(info.serverTime?.seconds).toBe(BigInt(server.time.now() / 1_000));
});

test('a correlation id comes back in the trailer, never in the header: the sent one, or a new one', async () => {
  const server = await startServer();
  const ask = async (sent: Record<string, string>) => {
    const seen = { header: Metadata(), trailer: Metadata() };
    await server.clients.sessions.getServerInfo(
      {},
      {
        metadata: Metadata(sent),
        onHeader: (header) => {
          seen.header = header;
        },
        onTrailer: (trailer) => {
          seen.trailer = trailer;
        },
      },
    );
    expect(seen.header.get('x-request-id')).toBeUndefined();
    return seen.trailer.get('x-request-id');
  };
  expect(await ask({ 'x-request-id': 'order-17.retry:2' })).toBe('order-17.retry:2');
  expect(await ask({})).toMatch(/^[0-9a-f-]{36}$/);
  expect(await ask({ 'x-request-id': 'no spaces, please' })).toMatch(/^[0-9a-f-]{36}$/);
});

test('a client cannot forge where it calls from', async () => {
  const server = await startServer();
  const metadata = Metadata({
    'x-forwarded-for': '203.0.113.9',
    'ewallet-internal-peer': '203.0.113.9',
    forwarded: 'for=203.0.113.9',
  });
  await server.clients.sessions.requestClientId({}, { metadata });
  expect(server.logs.join()).toContain('"peer":"127.0.0.1:');
  expect(server.logs.join()).not.toContain('203.0.113.9');
});

test('a forwarded address counts from configured proxies, for the throttle of each source', async () => {
  const env = {
    EWALLET_TRUSTED_PROXIES: '127.0.0.0/8',
    EWALLET_TOKEN_REQUESTS_PER_MINUTE: '1',
  };
  const { clients } = await startServer({ env });
  const ask = (forwarded: string) =>
    errorOf((options) => {
      const metadata = Metadata({ 'x-forwarded-for': forwarded });
      return clients.sessions.requestClientId({}, { ...options, metadata });
    });
  expect(await clients.sessions.requestClientId({}, from('203.0.113.9'))).toBeDefined();
  expect(
    await clients.sessions.requestClientId({}, from('198.51.100.1, 203.0.113.10')),
  ).toBeDefined();
  expect((await ask('203.0.113.9')).reason).toBe('RATE_LIMITED');
  expect((await ask('198.51.100.2, 203.0.113.10')).reason).toBe('RATE_LIMITED');
});

function from(forwarded: string): { metadata: Metadata } {
  return { metadata: Metadata({ 'x-forwarded-for': forwarded }) };
}

test('authorization comes before validation: who may not call learns nothing of the fields', async () => {
  const { clients } = await startServer();
  const error = await errorOf((options) => clients.wallets.payCredits({ credits: -1n }, options));
  expect(error).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'CREDENTIALS_MISSING' });
  expect(error.fields).toEqual([]);
});

test('the operator is served on its own listener and by its key only', async () => {
  const server = await startServer();
  const { system } = server.clients;
  const none = await errorOf((options) => system.fundMaster({}, options));
  expect(none).toMatchObject({ reason: 'CREDENTIALS_MISSING', metadata: { scheme: 'operator' } });
  const wrong = await errorOf((options) =>
    system.fundMaster({}, { ...options, ...as({ operatorKey: `${operatorKey}x` }) }),
  );
  expect(wrong).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'OPERATOR_KEY_REFUSED' });
  expect(await system.verifyLedger({}, as({ operatorKey }))).toMatchObject({ verified: true });
});

test('registering a master takes the registration key', async () => {
  const server = await startServer();
  const session = await openSession(server);
  for (const key of ['', 'wrong']) {
    const refused = await errorOf((options) =>
      createMaster(server, { ...options, ...as({ ...session, registrationKey: key }) }),
    );
    expect(refused.reason).toBe('REGISTRATION_KEY_REFUSED');
  }
  expect((await createMaster(server, as(session))).master?.name).toBe('Acme');
});

test('the deadline of a call is kept, although its work takes longer', async () => {
  const server = await startServer({ env: slowHashes });
  const { metadata } = as(await openSession(server));
  metadata.set('grpc-timeout', '60m');
  const error = await errorOf((options) => createMaster(server, { ...options, metadata }));
  expect(error.code).toBe('DEADLINE_EXCEEDED');
});

test('a graceful stop lets the call in flight finish, and takes no new one', async () => {
  const server = await startServer({ env: slowHashes });
  const session = await openSession(server);
  const inFlight = createMaster(server, as(session));
  // On the same connection and after it: when this is answered, the other has begun.
  await server.clients.sessions.getServerInfo({});
  const stopping = server.stop();
  expect((await inFlight).master?.name).toBe('Acme');
  await stopping;
  const late = createClient(HealthDefinition, server.connect(server.publicAddress));
  const error = await errorOf((options) => late.check({ service: '' }, options));
  expect(error.code).toBe('UNAVAILABLE');
});

test('no secret and no personal data gets into logs or errors', async () => {
  const server = await startServer();
  const session = await openSession(server);
  const { acquireKey, backendKey } = await createMaster(server, as(session));
  const errors = [
    await errorOf((options) => createMaster(server, { ...options, ...as(session) })),
    await errorOf((options) =>
      server.clients.masters.createMaster(
        { name: 'x', email: `${email} `, password },
        { ...options, ...as(session) },
      ),
    ),
    await errorOf((options) =>
      server.clients.masters.getMaster({}, { ...options, ...as({ backendKey: acquireKey }) }),
    ),
    await errorOf((options) =>
      server.clients.sessions.keepSessionTokenAlive(
        {},
        { ...options, ...as({ ...session, sessionToken: 'stolen-token' }) },
      ),
    ),
  ];
  await server.clients.masters.getMaster({}, as({ backendKey }));
  const told = [...server.logs, ...errors.map((error) => JSON.stringify(error))].join('\n');
  expect(server.logs.length).toBeGreaterThan(5);
  const secrets = [session.clientId, session.sessionToken, acquireKey, backendKey, 'stolen-token'];
  for (const secret of [...secrets, registrationKey, operatorKey, password, email, 'Acme']) {
    expect(told).not.toContain(secret);
  }
});
