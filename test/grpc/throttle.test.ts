import { createClient } from 'nice-grpc';
import { beforeAll, describe, expect, test } from 'vitest';
import { AccountServiceDefinition } from '../../generated/ewallet/v1/account_service.js';
import { type CallError, errorOf } from '../support/call-error.js';
import { as, type CallerCredentials } from '../support/clients.js';
import {
  emailOf,
  type MasterCredentials,
  makeLoggedInUser,
  makeMaster,
  openAcquiredSession,
  openSession,
  type UserCredentials,
  uniqueName,
} from '../support/people.js';
import { operatorKey, registrationKey } from '../support/server-secrets.js';
import { startSourceProxy } from '../support/source-proxy.js';
import { startServer, type TestServer } from '../support/start-server.js';
import { testEngine } from '../support/test-database.js';

const MINUTES = 60_000;

const limits = {
  EWALLET_LOGIN_FAILURES_PER_PAIR: '10',
  EWALLET_LOGIN_FAILURES_PER_ACCOUNT: '25',
  EWALLET_LOGIN_FAILURES_PER_SOURCE: '40',
  EWALLET_KEY_FAILURES_PER_SOURCE: '5',
  EWALLET_THROTTLE_MINUTES: '15',
  EWALLET_DEFAULT_SUBORDINATE_LIMIT: '100',
};

let server: TestServer;
/** A second server of the same database where the engine takes one; else the same. */
let other: TestServer;
let master: MasterCredentials;

beforeAll(async () => {
  // Probes of the database are statements too.
  server = await startServer({ env: limits, readinessIntervalMs: 3_600_000 });
  const { databaseUrl, time } = server;
  other = testEngine() === 'mysql' ? await startServer({ env: limits, databaseUrl, time }) : server;
  master = await makeMaster(server);
});

/** A client of accounts that calls from another address. */
async function callFrom(source: string) {
  const channel = server.connect(await startSourceProxy(server.publicAddress, source));
  return createClient(AccountServiceDefinition, channel);
}

type Accounts = Pick<TestServer['clients']['accounts'], 'login'>;

function failure(
  accounts: Accounts,
  session: CallerCredentials,
  email: string,
  password = 'wrong-horse-7',
): Promise<CallError> {
  return errorOf((options) => accounts.login({ email, password }, { ...options, ...as(session) }));
}

async function nextSpan(): Promise<void> {
  server.time.advance(15 * MINUTES - (server.time.now() % (15 * MINUTES)));
}

/** A user that was never logged in to, from anywhere. */
async function makeStranger(): Promise<UserCredentials & { session: CallerCredentials }> {
  const session = await openAcquiredSession(server, master);
  const name = uniqueName('Stranger');
  const user = { name, email: emailOf(name), password: 'correct-horse-7' };
  await server.clients.accounts.createAccount(user, as(session));
  return { ...user, accountId: '', walletId: '', session };
}

describe('failed logins', () => {
  test('1,000 from one source to one account, over two servers: ten are tried, and the owner gets in from elsewhere', async () => {
    await nextSpan();
    const user = await makeStranger();
    const sessions = await Promise.all([1, 2, 3, 4].map(() => openAcquiredSession(server, master)));
    const reasons = new Map<string | undefined, number>();
    await Promise.all(
      sessions.map(async (session, index) => {
        for (let count = 0; count < 250; count += 1) {
          const { accounts } = (index % 2 === 0 ? server : other).clients;
          const { reason } = await failure(accounts, session, user.email);
          reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
        }
      }),
    );
    expect(Object.fromEntries(reasons)).toEqual({ LOGIN_FAILED: 10, LOGIN_THROTTLED: 990 });

    const here = await failure(server.clients.accounts, user.session, user.email, user.password);
    expect(here).toMatchObject({ code: 'RESOURCE_EXHAUSTED', reason: 'LOGIN_THROTTLED' });
    expect(here.details).toEqual(
      expect.arrayContaining(['google.rpc.RetryInfo', 'google.rpc.QuotaFailure']),
    );
    expect(here.retryAfterMs).toBe(15 * MINUTES);
    expect(here.metadata).toEqual({ retry_after_seconds: '900' });

    const elsewhere = await callFrom('127.0.0.2');
    await elsewhere.login(user, as(user.session));
    await nextSpan();
    await server.clients.accounts.login(user, as(user.session));
  });

  test('answer the same bytes for a wrong password and an unknown e-mail, throttled or not', async () => {
    await nextSpan();
    const user = await makeLoggedInUser(server, master);
    const unknown = emailOf(uniqueName('Nobody'));
    const seen = async (email: string) => {
      const { accounts } = server.clients;
      const { code, message, trailer } = await failure(accounts, user.session, email);
      return { code, message, details: trailer.get('grpc-status-details-bin') };
    };
    for (let count = 0; count < 12; count += 1) {
      expect(await seen(unknown)).toEqual(await seen(user.email));
    }
    expect((await seen(unknown)).code).toBe('RESOURCE_EXHAUSTED');
  });

  test('run the same statements for a wrong password and an unknown e-mail', async () => {
    await nextSpan();
    const user = await makeLoggedInUser(server, master);
    const statementsOf = async (email: string) => {
      const statements: string[] = [];
      const listen = ({ sql }: { sql: string }) => void statements.push(sql);
      server.db.knex.on('query', listen);
      await failure(server.clients.accounts, user.session, email);
      server.db.knex.off('query', listen);
      return statements;
    };
    const known = await statementsOf(user.email);
    expect(known.length).toBeGreaterThan(3);
    // The source of a user is known, that of nobody never: make the user a stranger again.
    await server.db.knex('known_sources').delete();
    const stranger = await statementsOf(user.email);
    expect(await statementsOf(emailOf(uniqueName('Nobody')))).toEqual(stranger);
  });

  test('of one source to many accounts are throttled, but not where an account was logged in to before', async () => {
    await nextSpan();
    const known = await makeLoggedInUser(server, master);
    const stranger = await makeStranger();
    const { accounts } = server.clients;
    for (let count = 0; count < 40; count += 1) {
      const { reason } = await failure(accounts, stranger.session, `nobody.${count}@example.com`);
      expect(reason).toBe('LOGIN_FAILED');
    }
    const { email, password, session } = stranger;
    expect((await failure(accounts, session, email, password)).reason).toBe('LOGIN_THROTTLED');
    await accounts.login(known, as(known.session));
    const elsewhere = await callFrom('127.0.0.2');
    await elsewhere.login(stranger, as(session));
  });

  test('from many sources to one account are throttled, but not its owner where it was before', async () => {
    await nextSpan();
    const owner = await makeLoggedInUser(server, master);
    const strangers = await Promise.all(
      ['127.0.0.3', '127.0.0.4', '127.0.0.5'].map((source) => callFrom(source)),
    );
    const reasons: (string | undefined)[] = [];
    for (const stranger of strangers) {
      for (let count = 0; count < 10; count += 1) {
        reasons.push((await failure(stranger, owner.session, owner.email)).reason);
      }
    }
    expect(reasons.filter((reason) => reason === 'LOGIN_FAILED')).toHaveLength(25);
    expect(reasons.filter((reason) => reason === 'LOGIN_THROTTLED')).toHaveLength(5);
    const fresh = await callFrom('127.0.0.6');
    const refused = await failure(fresh, owner.session, owner.email, owner.password);
    expect(refused.reason).toBe('LOGIN_THROTTLED');
    await server.clients.accounts.login(owner, as(owner.session));
  });

  test('count only when they failed: a good login any number of times', async () => {
    await nextSpan();
    const user = await makeLoggedInUser(server, master);
    const { accounts } = server.clients;
    for (let count = 0; count < 15; count += 1) await accounts.login(user, as(user.session));
    for (let count = 0; count < 10; count += 1) {
      expect((await failure(accounts, user.session, user.email)).reason).toBe('LOGIN_FAILED');
    }
    expect((await failure(accounts, user.session, user.email)).reason).toBe('LOGIN_THROTTLED');
  });

  test('are recorded with the hash of the e-mail, and their throttling once', async () => {
    await nextSpan();
    const user = await makeStranger();
    const account = await server.db.knex('users').where('email', user.email).first('id');
    const { accounts } = server.clients;
    for (let count = 0; count < 14; count += 1) await failure(accounts, user.session, user.email);
    const events = await server.db
      .knex('audit_events')
      .join('audit_details', 'event_id', 'id')
      .where('kind', 'LOGIN_THROTTLED')
      .orWhere({ kind: 'LOGIN', outcome: 'REFUSED', 'audit_events.user_id': account.id })
      .select('kind', 'source', 'email_hash', 'create_time')
      .then((rows) => rows.filter((row) => Number(row.create_time) === server.time.now()));
    expect(events.filter(({ kind }) => kind === 'LOGIN')).toHaveLength(10);
    expect(events.filter(({ kind }) => kind === 'LOGIN_THROTTLED')).toHaveLength(1);
    expect(new Set(events.map((row) => row.email_hash.toString('hex'))).size).toBe(1);
    expect(new Set(events.map((row) => row.source))).toEqual(new Set(['127.0.0.1']));
  });
});

describe('wrong keys', () => {
  const wrong = 'x'.repeat(43);

  async function reasonsOf(call: (options: object) => Promise<unknown>): Promise<string[]> {
    const reasons: string[] = [];
    for (let count = 0; count < 7; count += 1) {
      reasons.push((await errorOf((options) => call(options))).reason ?? '');
    }
    return reasons;
  }

  const fiveOf = (reason: string) => [...Array(5).fill(reason), 'RATE_LIMITED', 'RATE_LIMITED'];

  test('for the backend: the right one always passes', async () => {
    await nextSpan();
    const { masters } = server.clients;
    const call = (options: object) =>
      masters.getMaster({}, { ...options, ...as({ backendKey: wrong }) });
    expect(await reasonsOf(call)).toEqual(fiveOf('MASTER_KEY_REFUSED'));
    await masters.getMaster({}, as({ backendKey: master.backendKey }));
  });

  test('for acquiring: the right one always passes', async () => {
    await nextSpan();
    const session = await openSession(server);
    const { masters } = server.clients;
    const call = (options: object) =>
      masters.acquireMaster(
        { email: master.email, acquireKey: wrong },
        { ...options, ...as(session) },
      );
    expect(await reasonsOf(call)).toEqual(fiveOf('MASTER_KEY_REFUSED'));
    await masters.acquireMaster(master, as(session));
  });

  test('for the operator: then the right one is refused too, until the span is over', async () => {
    await nextSpan();
    const { system } = server.clients;
    const call = (key: string) => (options: object) =>
      system.listWorkers({}, { ...options, ...as({ operatorKey: key }) });
    expect(await reasonsOf(call(wrong))).toEqual(fiveOf('OPERATOR_KEY_REFUSED'));
    expect((await errorOf(call(operatorKey))).reason).toBe('RATE_LIMITED');
    await nextSpan();
    await call(operatorKey)({});
  });

  test('for registering: then the right one is refused too, until the span is over', async () => {
    await nextSpan();
    const session = await openSession(server);
    const name = uniqueName('Late');
    const request = { name, email: emailOf(name), password: 'correct-horse-7' };
    const call = (key: string) => (options: object) =>
      server.clients.masters.createMaster(request, {
        ...options,
        ...as({ ...session, registrationKey: key }),
      });
    expect(await reasonsOf(call(wrong))).toEqual(fiveOf('REGISTRATION_KEY_REFUSED'));
    expect((await errorOf(call(registrationKey))).reason).toBe('RATE_LIMITED');
    await nextSpan();
    const again = await openSession(server);
    await server.clients.masters.createMaster(request, as({ ...again, registrationKey }));
  });

  test('are recorded, and their throttling once', async () => {
    const rows = await server.db
      .knex('audit_events')
      .whereIn('kind', ['KEY_REFUSED', 'KEYS_THROTTLED'])
      .select('kind', 'method', 'reason');
    for (const kind of ['backend', 'acquire', 'operator', 'registration']) {
      const own = rows.filter(({ method }) => method === kind).map((row) => row.kind);
      expect(own.sort()).toEqual([...Array(5).fill('KEY_REFUSED'), 'KEYS_THROTTLED'].sort());
    }
  });
});
