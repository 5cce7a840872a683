import { beforeAll, describe, expect, test } from 'vitest';
import { errorOf } from '../support/call-error.js';
import { as } from '../support/clients.js';
import {
  type MasterCredentials,
  makeMaster,
  openAcquiredSession,
  openSession,
  type SessionCredentials,
} from '../support/people.js';
import { expectSessionsSound } from '../support/session-invariants.js';
import { startServer, type TestServer } from '../support/start-server.js';

const MINUTES = 60_000;

function requestToken({ clients }: TestServer, clientId: string) {
  return clients.sessions.requestSessionToken({}, as({ clientId }));
}

function keepAlive({ clients }: TestServer, session: SessionCredentials) {
  return clients.sessions.keepSessionTokenAlive({}, as(session));
}

describe('a session without an acquired master', () => {
  let server: TestServer;
  let master: MasterCredentials;

  beforeAll(async () => {
    server = await startServer();
    master = await makeMaster(server);
  });

  function statusOf({ sessionToken }: SessionCredentials) {
    return server.clients.sessions.getSessionTokenStatus({ sessionToken });
  }

  test('lives two minutes, to the millisecond, and is not extended', async () => {
    const session = await openSession(server);
    server.time.advance(MINUTES);
    const { extendedDuration } = await keepAlive(server, session);
    expect(extendedDuration?.seconds).toBe(60n);
    server.time.advance(MINUTES - 1);
    await keepAlive(server, session);
    server.time.advance(1);
    const error = await errorOf((options) =>
      server.clients.sessions.endSession({}, { ...options, ...as(session) }),
    );
    expect(error.reason).toBe('SESSION_TOKEN_INVALID');
  });

  test('is not extended by a new token either; when it is over, the next is another session', async () => {
    const session = await openSession(server);
    const before = await statusOf(session);
    server.time.advance(MINUTES);
    const rotated = await requestToken(server, session.clientId);
    expect(rotated.rotated).toBe(true);
    expect(rotated.token?.expireTime).toEqual(before.token?.expireTime);
    server.time.advance(MINUTES);
    const again = await requestToken(server, session.clientId);
    expect(again.rotated).toBe(false);
    expect(again.token?.sessionId).not.toBe(before.token?.sessionId);
    await expectSessionsSound(server.db);
  });

  test('lives as long as any once a master is acquired, and shortly again when it is released', async () => {
    const session = await openAcquiredSession(server, master);
    const { sessions, masters } = server.clients;
    const acquired = await statusOf(session);
    expect(Number(acquired.token?.expireTime?.seconds) * 1_000).toBe(
      server.time.now() + 30 * MINUTES,
    );
    await masters.releaseMaster({ acquireKey: master.acquireKey }, as(session));
    await expectSessionsSound(server.db);
    server.time.advance(2 * MINUTES);
    const refused = await errorOf((options) =>
      sessions.endSession({}, { ...options, ...as(session) }),
    );
    expect(refused.reason).toBe('SESSION_TOKEN_INVALID');
  });
});

describe('when capacity is short', () => {
  let server: TestServer;
  let master: MasterCredentials;

  beforeAll(async () => {
    server = await startServer({ env: { EWALLET_WORKER_LIMIT: '2', EWALLET_SESSION_LIMIT: '4' } });
    master = await makeMaster(server);
  });

  /** A client program with an acquired master and no session. */
  async function makeAcquiredClient(): Promise<string> {
    const session = await openAcquiredSession(server, master);
    await server.clients.sessions.endSession({}, as(session));
    return session.clientId;
  }

  test('anonymous sessions take at most half of it, and go first', async () => {
    server.time.advance(30 * MINUTES);
    const clients: string[] = [];
    for (let count = 0; count < 9; count += 1) clients.push(await makeAcquiredClient());
    const anonymous = [];
    for (let count = 0; count < 4; count += 1) {
      anonymous.push(await openSession(server));
      server.time.advance(1);
    }
    const refused = await errorOf(async (options) => {
      const { clientId } = await server.clients.sessions.requestClientId({});
      await server.clients.sessions.requestSessionToken({}, { ...options, ...as({ clientId }) });
    });
    expect(refused).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      reason: 'SESSION_CAPACITY_REACHED',
    });
    const held: SessionCredentials[] = [];
    for (const clientId of clients.slice(0, 4)) {
      const { sessionToken } = await requestToken(server, clientId);
      held.push({ clientId, sessionToken });
    }
    for (const session of anonymous) await keepAlive(server, session);
    // Full. One anonymous session after the other makes room, the oldest first.
    for (const [index, clientId] of clients.slice(4, 8).entries()) {
      const { sessionToken } = await requestToken(server, clientId);
      held.push({ clientId, sessionToken });
      const status = await Promise.all(
        anonymous.map(({ sessionToken: token }) =>
          server.clients.sessions.getSessionTokenStatus({ sessionToken: token }),
        ),
      );
      expect(status.map(({ valid }) => valid)).toEqual([0, 1, 2, 3].map((each) => each > index));
      await expectSessionsSound(server.db);
    }
    const full = await errorOf((options) =>
      server.clients.sessions.requestSessionToken(
        {},
        { ...options, ...as({ clientId: clients[8] ?? '' }) },
      ),
    );
    expect(full.reason).toBe('SESSION_CAPACITY_REACHED');
    for (const session of held) await keepAlive(server, session);
  });

  test('one that opens sessions as fast as it can does not keep a client with an acquired master out', async () => {
    const quiet = await startServer({
      env: { EWALLET_WORKER_LIMIT: '2', EWALLET_SESSION_LIMIT: '10' },
    });
    const own = await makeMaster(quiet);
    let flooding = true;
    let opened = 0;
    async function flood(): Promise<void> {
      while (flooding) {
        await openSession(quiet).then(
          () => {
            opened += 1;
          },
          () => {},
        );
      }
    }
    // The client acquires before the flood; its session ends and begins again during it.
    const acquired = await openAcquiredSession(quiet, own);
    const { clientId } = acquired;
    const flooders = Array.from({ length: 8 }, flood);
    for (let round = 0; round < 20; round += 1) {
      const { sessionToken } = await requestToken(quiet, clientId);
      await keepAlive(quiet, { clientId, sessionToken });
      await quiet.clients.sessions.endSession({}, as({ clientId, sessionToken }));
    }
    flooding = false;
    await Promise.all(flooders);
    expect(opened).toBeGreaterThanOrEqual(9);
    await expectSessionsSound(quiet.db);
  });
});

describe('token requests', () => {
  test('are counted per source and minute, over client ids and session tokens', async () => {
    const server = await startServer({ env: { EWALLET_TOKEN_REQUESTS_PER_MINUTE: '6' } });
    server.time.advance(15_000);
    for (let count = 0; count < 3; count += 1) await openSession(server);
    const refused = await errorOf((options) =>
      server.clients.sessions.requestClientId({}, options),
    );
    expect(refused).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      reason: 'RATE_LIMITED',
      metadata: { limit: '6' },
      retryAfterMs: 45_000,
    });
    expect(refused.details).toContain('google.rpc.RetryInfo');
    expect(refused.trailer.get('grpc-retry-pushback-ms')).toBe('45000');
    server.time.advance(45_000);
    await openSession(server);
  });

  test('made at once pass exactly as often as the limit says', async () => {
    const server = await startServer({ env: { EWALLET_TOKEN_REQUESTS_PER_MINUTE: '20' } });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, () => server.clients.sessions.requestClientId({})),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(20);
  });
});
