import { beforeAll, describe, expect, test } from 'vitest';
import { type Worker, WorkerState } from '../../generated/ewallet/system/v1/system_service.js';
import { errorOf } from '../support/call-error.js';
import { as } from '../support/clients.js';
import {
  makeMaster,
  openAcquiredSession,
  openSession,
  type SessionCredentials,
} from '../support/people.js';
import { operatorKey } from '../support/server-secrets.js';
import { expectSessionsSound } from '../support/session-invariants.js';
import { startServer, type TestServer } from '../support/start-server.js';
import { watchWorkers } from '../support/worker-watcher.js';

const operator = as({ operatorKey });
const { WORKER_STATE_VACANT, WORKER_STATE_AVAILABLE, WORKER_STATE_OCCUPIED } = WorkerState;

function startSmall(env: Record<string, string> = {}): Promise<TestServer> {
  return startServer({
    env: {
      EWALLET_WORKER_LIMIT: '3',
      EWALLET_SESSION_LIMIT: '2',
      EWALLET_ANONYMOUS_PERCENT: '100',
      ...env,
    },
  });
}

async function listWorkers({ clients }: TestServer): Promise<Worker[]> {
  const { workers } = await clients.system.listWorkers({}, operator);
  return workers.toReversed();
}

async function countsOf(server: TestServer): Promise<number[]> {
  return (await listWorkers(server)).map(({ sessionCount }) => sessionCount);
}

function end({ clients }: TestServer, session: SessionCredentials) {
  return clients.sessions.endSession({}, as(session));
}

function refusalToOpen(server: TestServer) {
  return errorOf(async (options) => {
    const { clientId } = await server.clients.sessions.requestClientId({});
    await server.clients.sessions.requestSessionToken({}, { ...options, ...as({ clientId }) });
  });
}

describe('capacity', () => {
  test('workers fill one after the other up to the limit, then nothing more is taken; all ended, all are vacant', async () => {
    const server = await startSmall();
    const watcher = watchWorkers(server.clients);
    await watcher.next('snapshotComplete');
    const seen: string[] = [];
    async function look(): Promise<void> {
      const workers = await listWorkers(server);
      await watcher.until(
        () =>
          watcher.cache.size === workers.length &&
          workers.every((worker) => {
            const known = watcher.cache.get(worker.workerId);
            return known?.sessionCount === worker.sessionCount && known.state === worker.state;
          }),
      );
      seen.push(workers.map(({ state, sessionCount }) => `${state}:${sessionCount}`).join(' '));
    }
    const sessions: SessionCredentials[] = [];
    for (let count = 0; count < 6; count += 1) {
      sessions.push(await openSession(server));
      await look();
      server.time.advance(1_000);
    }
    const [vacant, available, occupied] = [
      `${WORKER_STATE_VACANT}:0`,
      `${WORKER_STATE_AVAILABLE}:1`,
      `${WORKER_STATE_OCCUPIED}:2`,
    ];
    expect(seen.splice(0)).toEqual([
      available,
      occupied,
      `${occupied} ${available}`,
      `${occupied} ${occupied}`,
      `${occupied} ${occupied} ${available}`,
      `${occupied} ${occupied} ${occupied}`,
    ]);
    const refusal = await refusalToOpen(server);
    expect(refusal).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      reason: 'SESSION_CAPACITY_REACHED',
    });
    // The oldest session was opened six seconds ago and lives two minutes.
    expect(refusal.retryAfterMs).toBe(60_000);
    for (const session of sessions) {
      await end(server, session);
      await look();
    }
    expect(seen).toEqual([
      `${available} ${occupied} ${occupied}`,
      `${vacant} ${occupied} ${occupied}`,
      `${vacant} ${available} ${occupied}`,
      `${vacant} ${vacant} ${occupied}`,
      `${vacant} ${vacant} ${available}`,
      `${vacant} ${vacant} ${vacant}`,
    ]);
    const { report } = await server.clients.system.cleanupWorkers({}, operator);
    expect(report).toMatchObject({ workerCount: 2n, sessionCount: 0n });
    await look();
    const workers = await listWorkers(server);
    expect(workers.map(({ state }) => state)).toEqual([WORKER_STATE_VACANT]);
    expect(report?.workerIds).not.toContain(workers[0]?.workerId);
    await expectSessionsSound(server.db);
    watcher.cancel();
  });

  test('holds exactly when many open and end sessions at once', async () => {
    const server = await startSmall({ EWALLET_SESSION_LIMIT: '5' });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 40 }, () => openSession(server)),
    );
    const opened = outcomes.flatMap((outcome) =>
      outcome.status === 'fulfilled' ? [outcome.value] : [],
    );
    expect(opened).toHaveLength(15);
    expect(await countsOf(server)).toEqual([5, 5, 5]);
    await expectSessionsSound(server.db);
    const [left, ...ended] = opened;
    await Promise.all([
      ...ended.map((session) => end(server, session)),
      ...Array.from({ length: 5 }, () => openSession(server).catch(() => undefined)),
    ]);
    await end(server, left as SessionCredentials);
    await expectSessionsSound(server.db);
    expect((await countsOf(server)).reduce((sum, count) => sum + count)).toBeLessThanOrEqual(5);
  });

  test('a new session goes to the fullest worker with room', async () => {
    const server = await startSmall({ EWALLET_SESSION_LIMIT: '3' });
    const sessions: SessionCredentials[] = [];
    for (let count = 0; count < 9; count += 1) sessions.push(await openSession(server));
    const [first, , , fourth, fifth] = sessions as [SessionCredentials, ...SessionCredentials[]];
    for (const session of [first, fourth, fifth]) {
      await end(server, session as SessionCredentials);
    }
    expect(await countsOf(server)).toEqual([2, 1, 3]);
    await openSession(server);
    expect(await countsOf(server)).toEqual([3, 1, 3]);
  });

  test('expired sessions make room for new ones', async () => {
    const server = await startSmall({ EWALLET_WORKER_LIMIT: '1' });
    await openSession(server);
    await openSession(server);
    expect((await refusalToOpen(server)).reason).toBe('SESSION_CAPACITY_REACHED');
    server.time.advance(120_000);
    await openSession(server);
    expect(await countsOf(server)).toEqual([1]);
    await expectSessionsSound(server.db);
  });
});

describe('the operator', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startSmall();
  });

  test('makes workers ahead, up to the limit, and removes vacant ones', async () => {
    const { system } = server.clients;
    const made: Worker[] = [];
    for (let count = 0; count < 3; count += 1) {
      const { worker } = await system.createWorker({}, operator);
      made.push(worker as Worker);
    }
    expect(made[0]).toMatchObject({ state: WORKER_STATE_VACANT, sessionCount: 0, sessionLimit: 2 });
    const refusal = await errorOf((options) =>
      system.createWorker({}, { ...options, ...operator }),
    );
    expect(refusal.reason).toBe('SESSION_CAPACITY_REACHED');
    const [first, second, third] = made.map(({ workerId }) => workerId) as [string, string, string];
    for (const workerId of [third, second, first]) {
      const { report } = await system.cleanupWorkers({ workerId }, operator);
      expect(report?.workerIds).toEqual([workerId]);
    }
    expect(await listWorkers(server)).toEqual([]);
    const gone = await errorOf((options) =>
      system.cleanupWorkers({ workerId: first }, { ...options, ...operator }),
    );
    expect(gone).toMatchObject({ code: 'NOT_FOUND', reason: 'WORKER_NOT_FOUND' });
    expect(gone.metadata).toEqual({ worker_id: first });
  });

  test('opens a system session, which counts on a worker until it is ended', async () => {
    const { system } = server.clients;
    const request = { reference: 'nightly import', lifeDuration: { seconds: 90n, nanos: 0 } };
    const { session, worker } = await system.createSession(request, operator);
    expect(session).toMatchObject({
      reference: 'nightly import',
      workerId: worker?.workerId,
      clientTokenId: '',
      sessionTokenId: '',
      anonymous: false,
      accountIds: [],
    });
    const lifeMs =
      Number(session?.expireTime?.seconds) * 1_000 - Number(session?.createTime?.seconds) * 1_000;
    expect(lifeMs).toBe(90_000);
    expect(worker).toMatchObject({ state: WORKER_STATE_AVAILABLE, sessionCount: 1 });
    const { sessionId = '', workerId = '' } = session ?? {};
    expect((await system.getSession({ sessionId }, operator)).session).toEqual(session);
    const kept = await errorOf((options) =>
      system.cleanupWorkers({ workerId }, { ...options, ...operator }),
    );
    expect(kept).toMatchObject({ code: 'FAILED_PRECONDITION', reason: 'WORKER_NOT_VACANT' });
    const { report } = await system.cleanupSessions({ sessionId }, operator);
    expect(report).toMatchObject({ sessionCount: 1n, sessionIds: [sessionId] });
    const gone = await errorOf((options) =>
      system.getSession({ sessionId }, { ...options, ...operator }),
    );
    expect(gone).toMatchObject({ code: 'NOT_FOUND', reason: 'SESSION_NOT_FOUND' });
  });

  test('sees who is logged in on a session', async () => {
    const session = await openAcquiredSession(server, await makeMaster(server));
    const { token } = await server.clients.sessions.getSessionTokenStatus({
      sessionToken: session.sessionToken,
    });
    const sessionId = token?.sessionId ?? '';
    const shown = await server.clients.system.getSession({ sessionId }, operator);
    expect(shown.session).toMatchObject({
      sessionTokenId: token?.sessionTokenId,
      clientTokenId: token?.clientTokenId,
      anonymous: false,
      reference: '',
    });
  });

  test('lists workers in pages, newest first, each once', async () => {
    const other = await startSmall();
    const made: string[] = [];
    for (let count = 0; count < 3; count += 1) {
      const { worker } = await other.clients.system.createWorker({}, operator);
      made.unshift(worker?.workerId ?? '');
      if (count === 0) other.time.advance(1);
    }
    const listed: string[] = [];
    let pageToken = '';
    do {
      const page = await other.clients.system.listWorkers({ pageSize: 1, pageToken }, operator);
      listed.push(...page.workers.map(({ workerId }) => workerId));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(listed).toEqual(made);
  });

  test('is needed: others are refused', async () => {
    const error = await errorOf((options) =>
      server.clients.system.listWorkers({}, { ...options, ...as({ operatorKey: 'x'.repeat(16) }) }),
    );
    expect(error).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'OPERATOR_KEY_REFUSED' });
  });
});
