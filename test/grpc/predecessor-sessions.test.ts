/**
 * Faults of the system that this one succeeds, each numbered as there, that concern tokens, sessions and what is told to whom: none
 * of them is here.
 */
import { connect } from 'node:net';
import { beforeAll, expect, test } from 'vitest';
import { errorOf } from '../support/call-error.js';
import { as } from '../support/clients.js';
import { makeShop } from '../support/money.js';
import {
  goodPassword,
  makeLoggedInUser,
  makeMaster,
  openAcquiredSession,
  openSession,
} from '../support/people.js';
import { startServer, type TestServer } from '../support/start-server.js';
import { operator } from '../support/tenancy.js';

let server: TestServer;

beforeAll(async () => {
  server = await startServer({
    env: { EWALLET_SESSION_LIMIT: '10', EWALLET_WORKER_LIMIT: '100' },
  });
});

test('B1: text sent to the port is never run, and holds up nobody', async () => {
  const [host = '', port = ''] = server.publicAddress.split(':');
  const silent = connect(Number(port), host);
  const hostile = connect(Number(port), host);
  await new Promise((resolve) => hostile.once('connect', resolve));
  const closed = new Promise((resolve) => hostile.once('close', resolve));
  hostile.write("{'controller': __import__('os').abort()}");
  hostile.resume();
  expect((await openSession(server)).sessionToken).not.toBe('');
  hostile.end();
  await closed;
  silent.destroy();
});

test('B14: no worker holds more sessions than its limit', async () => {
  for (let opened = 0; opened < 31; opened += 1) await openSession(server);
  const { workers } = await server.clients.system.listWorkers({ pageSize: 100 }, operator);
  expect(workers.length).toBeGreaterThan(3);
  expect(Math.max(...workers.map(({ sessionCount }) => sessionCount))).toBe(10);
});

test('B16, B17: a sweep with nothing to do does nothing, and one long after takes all that is over', async () => {
  const { system } = server.clients;
  await system.cleanupSessions({}, operator);
  await system.cleanupClientTokens({}, operator);
  const again = await system.cleanupSessions({}, operator);
  expect(again.report?.sessionIds ?? []).toEqual([]);
  server.time.advance(1_800 * 1_000 + 1);
  await system.cleanupSessions({}, operator);
  await system.cleanupClientTokens({}, operator);
  const rows = await server.db.knex('sessions').select('id');
  expect(rows).toEqual([]);
});

test('B19: a client token that has a session gets no second one, and an unrelated pair is not kept alive', async () => {
  const first = await openSession(server);
  const { sessions } = server.clients;
  const { session, rotated } = await sessions
    .requestSessionToken({}, as({ clientId: first.clientId }))
    .then((issued) => ({ session: issued.sessionToken, rotated: issued.rotated }));
  expect(rotated).toBe(true);
  const other = await openSession(server);
  const error = await errorOf((options) =>
    sessions.keepSessionTokenAlive(
      {},
      { ...options, ...as({ clientId: other.clientId, sessionToken: session }) },
    ),
  );
  expect(error).toMatchObject({ reason: 'SESSION_TOKEN_INVALID' });
});

test('B20: an expired token is told to be expired, and an unknown one to be unknown', async () => {
  const { clientId } = await openSession(server);
  const { sessions } = server.clients;
  server.time.advance(3_600_000);
  const status = await sessions.getClientTokenStatus({ clientId });
  expect(status).toMatchObject({ registered: true, valid: false, expired: true });
  const unknown = await sessions.getClientTokenStatus({ clientId: 'x'.repeat(43) });
  expect(unknown).toMatchObject({ registered: false, valid: false });
});

test('B21: an error repeats neither what was asked nor what is secret', async () => {
  const master = await makeMaster(server);
  const session = await openSession(server);
  const wrongKey = 'guess-guess-guess-guess-guess-guess-guess-1';
  const error = await errorOf((options) =>
    server.clients.masters.acquireMaster(
      { email: master.email, acquireKey: wrongKey },
      { ...options, ...as(session) },
    ),
  );
  expect(error.reason).toBe('MASTER_KEY_REFUSED');
  const told = JSON.stringify([error.message, error.metadata, [...error.trailer]]);
  for (const secret of [wrongKey, master.acquireKey, master.backendKey]) {
    expect(told).not.toContain(secret);
  }
});

test('B22: passwords are salted and slow to guess, and each master has keys of its own', async () => {
  const one = await makeLoggedInUser(server, await makeMaster(server));
  const two = await makeLoggedInUser(server, await makeMaster(server));
  const rows = await server.db.knex('users').select('password_hash');
  const hashes = rows.map(({ password_hash }) => String(password_hash));
  expect(hashes.every((hash) => hash.startsWith('$argon2id$'))).toBe(true);
  expect(new Set(hashes).size).toBe(hashes.length);
  expect(one.password).toBe(two.password);
  const keys = await server.db.knex('master_keys').select('key_hash');
  expect(new Set(keys.map(({ key_hash }) => String(key_hash))).size).toBe(keys.length);
});

test('B23: tokens are 256 bits of chance without a time in them', async () => {
  const secrets = new Set<string>();
  for (let made = 0; made < 50; made += 1) {
    const { clientId } = await server.clients.sessions.requestClientId({});
    secrets.add(clientId);
    expect(Buffer.from(clientId, 'base64url')).toHaveLength(32);
    expect(clientId).not.toContain(String(Math.floor(server.time.now() / 1_000)));
  }
  expect(secrets.size).toBe(50);
});

test('B28: a user may do nothing that is not on the sheet, and an e-mail address must be one', async () => {
  const { master, payer } = await makeShop(server);
  const refused = await errorOf((options) =>
    server.clients.masters.listSubordinates({}, { ...options, ...as(payer.session) }),
  );
  expect(refused.code).toBe('PERMISSION_DENIED');
  const session = await openAcquiredSession(server, master);
  const misspelt = await errorOf((options) =>
    server.clients.accounts.createAccount(
      { name: 'No Mail', email: 'no-mail', password: goodPassword },
      { ...options, ...as(session) },
    ),
  );
  expect(misspelt).toMatchObject({ code: 'INVALID_ARGUMENT', fields: ['email'] });
});
