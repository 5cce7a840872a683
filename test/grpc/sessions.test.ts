import { beforeAll, describe, expect, test } from 'vitest';
import type { RequestClientIdResponse } from '../../generated/ewallet/v1/session_service.js';
import { parseId } from '../../src/model/public-id.js';
import { errorOf } from '../support/call-error.js';
import { as } from '../support/clients.js';
import {
  makeLoggedInUser,
  makeMaster,
  makeUser,
  openAcquiredSession,
  openSession,
  type SessionCredentials,
} from '../support/people.js';
import { startServer, type TestServer } from '../support/start-server.js';

const MINUTES = 60_000;
let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});

function statusOf(sessionToken: string) {
  return server.clients.sessions.getSessionTokenStatus({ sessionToken });
}

function clientStatusOf(clientId: string) {
  return server.clients.sessions.getClientTokenStatus({ clientId });
}

function keepAlive(session: SessionCredentials) {
  return server.clients.sessions.keepSessionTokenAlive({}, as(session));
}

function refusalOf(session: Partial<SessionCredentials>) {
  return errorOf((options) =>
    server.clients.sessions.keepSessionTokenAlive({}, { ...options, ...as(session) }),
  );
}

describe('OK', () => {
  test('a client token is a secret of 256 bits that the database does not hold', async () => {
    const { clientId, clientToken } = await server.clients.sessions.requestClientId({});
    expect(Buffer.from(clientId, 'base64url')).toHaveLength(32);
    const id = parseId('clientToken', clientToken?.clientTokenId ?? '');
    const row = await server.db.knex('client_tokens').where({ id }).first('*');
    expect(row.token_hash).toHaveLength(32);
    expect(Object.values(row).map(String)).not.toContain(clientId);
  });

  test('a first session token opens a session', async () => {
    const { clientId } = await server.clients.sessions.requestClientId({});
    const opened = await server.clients.sessions.requestSessionToken({}, as({ clientId }));
    expect(opened).toMatchObject({ rotated: false, loginsKept: false });
    expect((await clientStatusOf(clientId)).clientToken?.sessionId).toBe(opened.token?.sessionId);
  });

  test('without the old token, rotation keeps the session and logs everybody out', async () => {
    const { session } = await makeLoggedInUser(server, await makeMaster(server));
    const { clientId } = session;
    const before = await statusOf(session.sessionToken);
    const rotated = await server.clients.sessions.requestSessionToken({}, as({ clientId }));
    expect(rotated).toMatchObject({ rotated: true, loginsKept: false });
    expect(rotated.token?.sessionId).toBe(before.token?.sessionId);
    expect((await refusalOf(session)).reason).toBe('SESSION_TOKEN_INVALID');
    const fresh = { clientId, sessionToken: rotated.sessionToken };
    const error = await errorOf((options) =>
      server.clients.accounts.getAccount({}, { ...options, ...as(fresh) }),
    );
    expect(error.reason).toBe('NOT_LOGGED_IN');
  });

  test('with the old token, rotation keeps the logins', async () => {
    const user = await makeLoggedInUser(server, await makeMaster(server));
    const rotated = await server.clients.sessions.requestSessionToken({}, as(user.session));
    expect(rotated).toMatchObject({ rotated: true, loginsKept: true });
    const fresh = { ...user.session, sessionToken: rotated.sessionToken };
    const { account } = await server.clients.accounts.getAccount({}, as(fresh));
    expect(account?.accountId).toBe(user.accountId);
    expect((await refusalOf(user.session)).reason).toBe('SESSION_TOKEN_INVALID');
  });

  test.each([
    ['a wrong token', (_: SessionCredentials, foreign: string) => foreign],
    ['a token replaced before', (old: SessionCredentials) => old.sessionToken],
  ])('%s proves nothing', async (_, proofOf) => {
    const user = await makeLoggedInUser(server, await makeMaster(server));
    const { clientId } = user.session;
    const foreign = (await openSession(server)).sessionToken;
    await server.clients.sessions.requestSessionToken({}, as(user.session));
    const sessionToken = proofOf(user.session, foreign);
    const rotated = await server.clients.sessions.requestSessionToken(
      {},
      as({ clientId, sessionToken }),
    );
    expect(rotated).toMatchObject({ rotated: true, loginsKept: false });
  });

  test('an expired session token proves nothing, and the session lives on logged out', async () => {
    const user = await makeLoggedInUser(server, await makeMaster(server));
    server.time.advance(20 * MINUTES);
    await server.clients.sessions.keepClientTokenAlive({}, as(user.session));
    server.time.advance(10 * MINUTES);
    const rotated = await server.clients.sessions.requestSessionToken({}, as(user.session));
    expect(rotated).toMatchObject({ rotated: true, loginsKept: false });
    await keepAlive({ ...user.session, sessionToken: rotated.sessionToken });
  });

  test('50 requests at once with one client id end in one session and one working token', async () => {
    // Every connection of the pool is open by then: the racers really meet.
    const [first] = await Promise.all(
      Array.from({ length: 50 }, () => server.clients.sessions.requestClientId({})),
    );
    const { clientId, clientToken } = first as RequestClientIdResponse;
    const issued = await Promise.all(
      Array.from({ length: 50 }, () =>
        server.clients.sessions.requestSessionToken({}, as({ clientId })),
      ),
    );
    expect(new Set(issued.map(({ token }) => token?.sessionId)).size).toBe(1);
    expect(issued.filter(({ rotated }) => !rotated)).toHaveLength(1);
    const outcomes = await Promise.allSettled(
      issued.map(({ sessionToken }) => keepAlive({ clientId, sessionToken })),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const statuses = await Promise.all(issued.map(({ sessionToken }) => statusOf(sessionToken)));
    expect(statuses.filter(({ valid }) => valid)).toHaveLength(1);
    expect(statuses.filter(({ expired }) => expired)).toHaveLength(49);

    const client_token_id = parseId('clientToken', clientToken?.clientTokenId ?? '');
    const sessions = await server.db.knex('sessions').where({ client_token_id }).select('*');
    const tokens = await server.db.knex('session_tokens').where({ client_token_id }).select('*');
    expect(sessions).toHaveLength(1);
    expect(tokens).toHaveLength(50);
    const live = tokens.filter((token) => token.end_time === null);
    expect(live.map((token) => token.id)).toEqual([sessions[0].session_token_id]);
    expect(tokens.every((token) => token.session_id === sessions[0].id)).toBe(true);
  });

  test('keep-alive extends the client token', async () => {
    const session = await openSession(server);
    server.time.advance(29 * MINUTES);
    const kept = await server.clients.sessions.keepClientTokenAlive({}, as(session));
    expect(kept.extendedDuration?.seconds).toBe(1800n);
    server.time.advance(29 * MINUTES);
    expect(await clientStatusOf(session.clientId)).toMatchObject({ valid: true, expired: false });
  });

  test('keep-alive extends the session token and its session', async () => {
    const session = await openAcquiredSession(server, await makeMaster(server));
    server.time.advance(29 * MINUTES);
    await server.clients.sessions.keepClientTokenAlive({}, as(session));
    const { token, extendedDuration } = await keepAlive(session);
    expect(extendedDuration?.seconds).toBe(1800n);
    expect(Number(token?.expireTime?.seconds) * 1000).toBe(server.time.now() + 30 * MINUTES);
    server.time.advance(29 * MINUTES);
    expect(await statusOf(session.sessionToken)).toMatchObject({ valid: true, plugged: true });
    await keepAlive(session);
  });

  test('an ended session stops at once, and the client token opens another', async () => {
    const { session } = await makeLoggedInUser(server, await makeMaster(server));
    const { sessionId } = await server.clients.sessions.endSession({}, as(session));
    expect((await refusalOf(session)).reason).toBe('SESSION_TOKEN_INVALID');
    const id = parseId('session', sessionId);
    expect(await server.db.knex('sessions').where({ id })).toEqual([]);
    expect(await server.db.knex('session_users').where({ session_id: id })).toEqual([]);
    const { clientId } = session;
    const again = await server.clients.sessions.requestSessionToken({}, as({ clientId }));
    expect(again.rotated).toBe(false);
    expect(again.token?.sessionId).not.toBe(sessionId);
  });

  test('a client token request ignores whatever else is sent along', async () => {
    await server.clients.sessions.requestClientId({}, as({ clientId: 'stale', sessionToken: 'x' }));
  });

  test('calls at once share look-ups: far fewer statements than calls', async () => {
    const { session } = await makeLoggedInUser(server, await makeMaster(server));
    let lookUps = 0;
    const count = ({ sql }: { sql: string }) => {
      if (/FROM session_tokens t\b/.test(sql)) lookUps += 1;
    };
    server.db.knex.on('query', count);
    await Promise.all(
      Array.from({ length: 100 }, () => server.clients.accounts.getAccount({}, as(session))),
    );
    server.db.knex.removeListener('query', count);
    expect(lookUps).toBeGreaterThan(0);
    expect(lookUps).toBeLessThan(50);
  });
});

describe('OK: the status of a token', () => {
  test('of an unknown one is that it is unknown', async () => {
    expect(await clientStatusOf('nobody')).toMatchObject({
      registered: false,
      valid: false,
      expired: false,
      linked: false,
      plugged: false,
      acquired: false,
      clientToken: undefined,
      sessionTokenId: '',
    });
    expect(await statusOf('nobody')).toMatchObject({
      registered: false,
      valid: false,
      expired: false,
      linked: false,
      plugged: false,
      token: undefined,
    });
  });

  test('of a pair in use tells all links by public ids, and neither secret', async () => {
    const session = await openAcquiredSession(server, await makeMaster(server));
    const ofClient = await clientStatusOf(session.clientId);
    const ofSession = await statusOf(session.sessionToken);
    const yes = { registered: true, valid: true, expired: false, linked: true, plugged: true };
    expect(ofClient).toMatchObject({ ...yes, acquired: true });
    expect(ofSession).toMatchObject(yes);
    expect(ofClient.sessionTokenId).toBe(ofSession.token?.sessionTokenId);
    expect(ofSession.token?.clientTokenId).toBe(ofClient.clientToken?.clientTokenId);
    const text = JSON.stringify([ofClient, ofSession], (_, value) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    expect(text).not.toContain(session.clientId);
    expect(text).not.toContain(session.sessionToken);
  });

  test('of expired ones is expired, not valid', async () => {
    const session = await openAcquiredSession(server, await makeMaster(server));
    server.time.advance(30 * MINUTES);
    const no = { registered: true, valid: false, expired: true, linked: false, plugged: false };
    expect(await clientStatusOf(session.clientId)).toMatchObject(no);
    expect(await statusOf(session.sessionToken)).toMatchObject(no);
  });
});

describe('UNAUTHENTICATED', () => {
  test('no credentials', async () => {
    expect(await refusalOf({})).toMatchObject({
      code: 'UNAUTHENTICATED',
      reason: 'CREDENTIALS_MISSING',
      metadata: { scheme: 'session' },
    });
  });

  test.each([
    ['a client token alone', true],
    ['a session token alone', false],
  ])('%s', async (_, clientAlone) => {
    const { clientId, sessionToken } = await openSession(server);
    const error = await refusalOf(clientAlone ? { clientId } : { sessionToken });
    expect(error).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'CREDENTIALS_MISSING' });
  });

  test('an unknown client token', async () => {
    const { sessionToken } = await openSession(server);
    for (const clientId of ['unknown', 'x'.repeat(4000)]) {
      expect(await refusalOf({ clientId, sessionToken })).toMatchObject({
        code: 'UNAUTHENTICATED',
        reason: 'CLIENT_TOKEN_INVALID',
      });
    }
  });

  test('an unknown session token', async () => {
    const { clientId } = await openSession(server);
    expect((await refusalOf({ clientId, sessionToken: 'unknown' })).reason).toBe(
      'SESSION_TOKEN_INVALID',
    );
  });

  test('two tokens that do not belong together, both valid', async () => {
    const { clientId } = await openSession(server);
    const { sessionToken } = await openSession(server);
    expect((await refusalOf({ clientId, sessionToken })).reason).toBe('SESSION_TOKEN_INVALID');
    await keepAliveFails(clientId, sessionToken);
  });

  test('an expired client token, to the millisecond', async () => {
    const session = await openAcquiredSession(server, await makeMaster(server));
    server.time.advance(30 * MINUTES - 1);
    await keepAlive(session);
    server.time.advance(1);
    expect((await refusalOf(session)).reason).toBe('CLIENT_TOKEN_INVALID');
  });

  test('an expired session token', async () => {
    const session = await openAcquiredSession(server, await makeMaster(server));
    server.time.advance(20 * MINUTES);
    await server.clients.sessions.keepClientTokenAlive({}, as(session));
    server.time.advance(10 * MINUTES);
    expect((await refusalOf(session)).reason).toBe('SESSION_TOKEN_INVALID');
  });

  test('an expired client token opens no session', async () => {
    const { clientId } = await server.clients.sessions.requestClientId({});
    server.time.advance(30 * MINUTES);
    const error = await errorOf((options) =>
      server.clients.sessions.requestSessionToken({}, { ...options, ...as({ clientId }) }),
    );
    expect(error.reason).toBe('CLIENT_TOKEN_INVALID');
  });

  test('a user in use of a token that is replaced in the middle of a login is not logged in', async () => {
    const master = await makeMaster(server);
    const session = await openAcquiredSession(server, master);
    const user = await makeUser(server, session);
    const [login] = await Promise.allSettled([
      server.clients.accounts.login(user, as(session)),
      server.clients.sessions.requestSessionToken({}, as({ clientId: session.clientId })),
    ]);
    const rows = await server.db
      .knex('session_users')
      .where({ user_id: parseId('account', user.accountId) });
    expect(rows).toEqual([]);
    expect(['fulfilled', 'rejected']).toContain(login.status);
  });

  async function keepAliveFails(clientId: string, sessionToken: string): Promise<void> {
    const before = await statusOf(sessionToken);
    await refusalOf({ clientId, sessionToken });
    expect((await statusOf(sessionToken)).token?.expireTime).toEqual(before.token?.expireTime);
  }
});

describe('INVALID_ARGUMENT', () => {
  test.each([
    ['an empty token', ''],
    ['an over-long token', 'x'.repeat(257)],
  ])('the status of %s names the field', async (_, token) => {
    const ofClient = await errorOf((options) =>
      server.clients.sessions.getClientTokenStatus({ clientId: token }, options),
    );
    expect(ofClient).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'VALIDATION_FAILED',
      fields: ['client_id'],
    });
    const ofSession = await errorOf((options) =>
      server.clients.sessions.getSessionTokenStatus({ sessionToken: token }, options),
    );
    expect(ofSession.fields).toEqual(['session_token']);
  });
});
