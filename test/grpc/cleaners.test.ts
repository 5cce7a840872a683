import { beforeEach, describe, expect, test } from 'vitest';
import {
  CleanerName,
  type CleanupReport,
} from '../../generated/ewallet/system/v1/system_service.js';
import { errorOf } from '../support/call-error.js';
import { as } from '../support/clients.js';
import {
  type MasterCredentials,
  makeLoggedInUser,
  makeMaster,
  openAcquiredSession,
  openSession,
  type SessionCredentials,
} from '../support/people.js';
import { operatorKey } from '../support/server-secrets.js';
import { expectSessionsSound } from '../support/session-invariants.js';
import { startServer, type TestServer } from '../support/start-server.js';

const MINUTES = 60_000;
const operator = as({ operatorKey });
const signal = new AbortController().signal;

let server: TestServer;
let master: MasterCredentials;

beforeEach(async () => {
  server = await startServer({ env: { EWALLET_CLEANER_BATCH_SIZE: '2' } });
  master = await makeMaster(server);
  await sweepAll();
});

async function sweepAll(): Promise<void> {
  server.time.advance(60 * MINUTES);
  for (const name of ['client_tokens', 'session_tokens', 'sessions', 'workers'] as const) {
    await server.domain.cleaners.sweep(name, signal);
  }
}

function counts(report: CleanupReport | undefined): Record<string, number> {
  const { workerCount, sessionCount, clientTokenCount, sessionTokenCount } =
    report as CleanupReport;
  return {
    workers: Number(workerCount),
    sessions: Number(sessionCount),
    clientTokens: Number(clientTokenCount),
    sessionTokens: Number(sessionTokenCount),
  };
}

async function rowsOf(table: string): Promise<number> {
  const [row] = await server.db.knex(table).count('* as n');
  return Number(row?.n);
}

function statusOf(sessionToken: string) {
  return server.clients.sessions.getSessionTokenStatus({ sessionToken });
}

async function worksStill(session: SessionCredentials): Promise<boolean> {
  const calls = server.clients.sessions.keepSessionTokenAlive({}, as(session));
  return calls.then(
    () => true,
    () => false,
  );
}

describe('a sweep', () => {
  test('of sessions removes exactly the expired, to the millisecond, in batches', async () => {
    const old: SessionCredentials[] = [];
    for (let count = 0; count < 5; count += 1) old.push(await openSession(server));
    server.time.advance(1);
    const young = await openSession(server);
    const live = await openAcquiredSession(server, master);
    server.time.advance(2 * MINUTES - 2);
    const { system } = server.clients;
    expect(counts((await system.cleanupSessions({}, operator)).report).sessions).toBe(0);
    server.time.advance(1);
    const ids = await Promise.all(
      old.map(async ({ sessionToken }) => (await statusOf(sessionToken)).token?.sessionId),
    );
    const { report } = await system.cleanupSessions({}, operator);
    expect(counts(report)).toEqual({ workers: 0, sessions: 5, clientTokens: 0, sessionTokens: 0 });
    expect(report?.sessionIds.toSorted()).toEqual(ids.toSorted());
    expect(await worksStill(young)).toBe(true);
    expect(await worksStill(live)).toBe(true);
    expect(await rowsOf('sessions')).toBe(2);
    await expectSessionsSound(server.db);
    server.time.advance(1);
    expect(counts((await system.cleanupSessions({}, operator)).report).sessions).toBe(1);
    await expectSessionsSound(server.db);
  });

  test('of client tokens takes their sessions and all their session tokens along', async () => {
    const sessions: SessionCredentials[] = [];
    for (let count = 0; count < 3; count += 1) {
      const session = await openAcquiredSession(server, master);
      await server.clients.sessions.requestSessionToken({}, as(session));
      sessions.push(session);
    }
    await server.clients.sessions.requestClientId({});
    server.time.advance(10 * MINUTES);
    const kept = await openAcquiredSession(server, master);
    server.time.advance(20 * MINUTES - 1);
    const { system } = server.clients;
    expect(counts((await system.cleanupClientTokens({}, operator)).report).clientTokens).toBe(0);
    server.time.advance(1);
    const { report } = await system.cleanupClientTokens({}, operator);
    expect(counts(report)).toEqual({ workers: 0, sessions: 3, clientTokens: 4, sessionTokens: 6 });
    const { clientId } = sessions[0] as SessionCredentials;
    const status = await server.clients.sessions.getClientTokenStatus({ clientId });
    expect(status.registered).toBe(false);
    expect(await worksStill(kept)).toBe(true);
    await expectSessionsSound(server.db);
  });

  test('of session tokens ends the sessions that they open, and forgets replaced ones when their time is over', async () => {
    const session = await openAcquiredSession(server, master);
    server.time.advance(MINUTES);
    const { sessionToken } = await server.clients.sessions.requestSessionToken({}, as(session));
    await server.clients.sessions.keepClientTokenAlive({}, as(session));
    server.time.advance(29 * MINUTES);
    const { system } = server.clients;
    const first = await system.cleanupSessionTokens({}, operator);
    expect(counts(first.report)).toMatchObject({ sessions: 0, sessionTokens: 1 });
    expect(await statusOf(session.sessionToken)).toMatchObject({ registered: false });
    expect(await statusOf(sessionToken)).toMatchObject({ valid: true });
    server.time.advance(MINUTES);
    const second = await system.cleanupSessionTokens({}, operator);
    expect(counts(second.report)).toMatchObject({ sessions: 1, sessionTokens: 1 });
    expect(await statusOf(sessionToken)).toMatchObject({ registered: false });
    await expectSessionsSound(server.db);
  });

  test('of a token logs out only its own session', async () => {
    const user = await makeLoggedInUser(server, master);
    server.time.advance(10 * MINUTES);
    const other = await openAcquiredSession(server, master);
    await server.clients.accounts.login(user, as(other));
    server.time.advance(20 * MINUTES);
    const { system, accounts } = server.clients;
    await system.cleanupSessionTokens({}, operator);
    expect((await accounts.getAccount({}, as(other))).account?.accountId).toBe(user.accountId);
    const refused = await errorOf((options) =>
      accounts.getAccount({}, { ...options, ...as(user.session) }),
    );
    expect(refused.code).toBe('UNAUTHENTICATED');
  });

  test('forgets what was counted against sources', async () => {
    const env = { EWALLET_TOKEN_REQUESTS_PER_MINUTE: '5', EWALLET_THROTTLE_MINUTES: '1' };
    const throttled = await startServer({ env });
    await openSession(throttled);
    throttled.time.advance(2 * MINUTES);
    await throttled.clients.system.cleanupClientTokens({}, operator);
    expect(await throttled.db.knex('throttle_buckets').select('*')).toEqual([]);
  });

  test('of accounts forgets logins and logouts when the days are over that they are kept', async () => {
    const forgetful = await startServer({ env: { EWALLET_LOGIN_RECORD_DAYS: '1' } });
    const { accounts, system } = forgetful.clients;
    const master = await makeMaster(forgetful);
    const user = await makeLoggedInUser(forgetful, master);
    await accounts.logout({}, as(user.session));
    forgetful.time.advance(24 * 60 * MINUTES + 1);
    const session = await openAcquiredSession(forgetful, master);
    await accounts.login(user, as(session));
    await system.cleanupAccounts({}, operator);
    const logins = await accounts.listLogins({}, as(session));
    const logouts = await accounts.listLogouts({}, as(session));
    expect([logins.loginRecords.length, logouts.loginRecords.length]).toEqual([1, 0]);
  });

  test('demanded many times at once removes each thing once', async () => {
    for (let count = 0; count < 9; count += 1) await openSession(server);
    server.time.advance(2 * MINUTES);
    const { system } = server.clients;
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, () =>
        system.cleanupSessions({}, operator).then(
          ({ report }) => Number(report?.sessionCount),
          (error) => String(error.details),
        ),
      ),
    );
    const done = outcomes.filter((outcome) => typeof outcome === 'number');
    expect(done.reduce((sum, count) => sum + count, 0)).toBe(9);
    await expectSessionsSound(server.db);
  });

  test('whose server died is done by another when its lease has run out', async () => {
    const name = Buffer.from('sessions');
    const lease = { holder: 1, lease_expire_time: server.time.now() + MINUTES };
    await server.db.knex('cleaners').where({ name }).update(lease);
    const { system } = server.clients;
    const refused = await errorOf((options) =>
      system.cleanupSessions({}, { ...options, ...operator }),
    );
    expect(refused).toMatchObject({
      code: 'UNAVAILABLE',
      reason: 'SWEEP_RUNNING',
      retryAfterMs: 1_000,
    });
    server.time.advance(MINUTES);
    await system.cleanupSessions({}, operator);
  });
});

describe('one thing', () => {
  test('is removed, expired or not: a session', async () => {
    const session = await openSession(server);
    const { token } = await statusOf(session.sessionToken);
    const sessionId = token?.sessionId ?? '';
    const { report } = await server.clients.system.cleanupSessions({ sessionId }, operator);
    expect(report?.sessionIds).toEqual([sessionId]);
    expect(await statusOf(session.sessionToken)).toMatchObject({ valid: false, expired: true });
    const { clientId } = session;
    const status = await server.clients.sessions.getClientTokenStatus({ clientId });
    expect(status).toMatchObject({ valid: true, linked: false, plugged: false });
    await expectSessionsSound(server.db);
  });

  test('is removed: a session token, with its session', async () => {
    const session = await openSession(server);
    const { token } = await statusOf(session.sessionToken);
    const { sessionTokenId = '', sessionId = '' } = token ?? {};
    const { report } = await server.clients.system.cleanupSessionTokens(
      { sessionTokenId },
      operator,
    );
    expect(report?.sessionTokenIds).toEqual([sessionTokenId]);
    expect(report?.sessionIds).toEqual([sessionId]);
    await expectSessionsSound(server.db);
  });

  test('is removed: a client token, with its session', async () => {
    const session = await openSession(server);
    const { clientId } = session;
    const { clientToken } = await server.clients.sessions.getClientTokenStatus({ clientId });
    const clientTokenId = clientToken?.clientTokenId ?? '';
    const { report } = await server.clients.system.cleanupClientTokens({ clientTokenId }, operator);
    expect(counts(report)).toEqual({ workers: 0, sessions: 1, clientTokens: 1, sessionTokens: 1 });
    expect(await worksStill(session)).toBe(false);
    await expectSessionsSound(server.db);
  });

  test.each([
    ['SESSION_NOT_FOUND', 'cleanupSessions', { sessionId: 'ses_zz' }],
    ['SESSION_TOKEN_NOT_FOUND', 'cleanupSessionTokens', { sessionTokenId: 'stk_zz' }],
    ['CLIENT_TOKEN_NOT_FOUND', 'cleanupClientTokens', { clientTokenId: 'ctk_zz' }],
    ['WORKER_NOT_FOUND', 'cleanupWorkers', { workerId: 'wrk_zz' }],
  ] as const)('that is unknown is %s', async (reason, method, request) => {
    const error = await errorOf((options) =>
      server.clients.system[method](request, { ...options, ...operator }),
    );
    expect(error).toMatchObject({ code: 'NOT_FOUND', reason });
    expect(Object.values(error.metadata)).toEqual(Object.values(request));
  });
});

describe('cleaners', () => {
  test('are listed with their intervals and what the last sweep did', async () => {
    await openSession(server);
    server.time.advance(2 * MINUTES);
    await server.clients.system.cleanupSessions({}, operator);
    const { cleaners } = await server.clients.system.listCleaners({}, operator);
    expect(cleaners.map(({ name }) => name)).toEqual([
      CleanerName.CLEANER_NAME_SESSIONS,
      CleanerName.CLEANER_NAME_CLIENT_TOKENS,
      CleanerName.CLEANER_NAME_SESSION_TOKENS,
      CleanerName.CLEANER_NAME_WORKERS,
      CleanerName.CLEANER_NAME_ACCOUNTS,
      CleanerName.CLEANER_NAME_MASTERS,
    ]);
    expect(cleaners.map(({ interval }) => Number(interval?.seconds) / 60)).toEqual([
      30, 30, 30, 60, 1440, 1440,
    ]);
    expect(cleaners[0]).toMatchObject({ started: true, sweeping: false, removedCount: 1n });
    expect(Number(cleaners[0]?.endTime?.seconds) * 1_000).toBe(server.time.now());
  });

  test('sweep by themselves when their interval is over, and not while they are stopped', async () => {
    const { system } = server.clients;
    const { cleaners } = server.domain;
    expect(await cleaners.sweepWhenDue('sessions')).toBeUndefined();
    server.time.advance(30 * MINUTES - 1);
    expect(await cleaners.sweepWhenDue('sessions')).toBeUndefined();
    server.time.advance(1);
    const name = CleanerName.CLEANER_NAME_SESSIONS;
    const stopped = await system.stopCleaner({ name }, operator);
    expect(stopped.cleaners.map(({ started }) => started)).toEqual([false]);
    expect(await cleaners.sweepWhenDue('sessions')).toBeUndefined();
    await system.startCleaner({ name }, operator);
    expect(await cleaners.sweepWhenDue('sessions')).toBeDefined();
    expect(await cleaners.sweepWhenDue('sessions')).toBeUndefined();
  });

  test('are started and stopped all at once', async () => {
    const { system } = server.clients;
    const startedOf = async () =>
      (await system.listCleaners({}, operator)).cleaners.map(({ started }) => started);
    expect((await system.stopCleaner({}, operator)).cleaners).toHaveLength(6);
    expect(await startedOf()).toEqual([false, false, false, false, false, false]);
    // The operator sweeps all the same.
    await system.cleanupSessions({}, operator);
    await system.startCleaner({}, operator);
    expect(await startedOf()).toEqual([true, true, true, true, true, true]);
  });
});
