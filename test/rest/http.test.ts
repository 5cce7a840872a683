import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { beforeAll, expect, test } from 'vitest';
import { instructions } from '../../src/transport/rest/instructions/table.js';
import { as } from '../support/clients.js';
import { createRestClient, post, send } from '../support/rest-client.js';
import { developmentSettings, openAccount } from '../support/rest-people.js';
import { operatorKey } from '../support/server-secrets.js';
import { startServer, type TestServer } from '../support/start-server.js';

let server: TestServer;
const ask = { controller: 'client', ctype: 'action', action: 'request', request: 'client_id' };

beforeAll(async () => {
  server = await startServer({
    env: { ...developmentSettings, EWALLET_REST_HOSTS: 'wallet.example.com' },
  });
});

/** A request with headers that fetch would not send. */
async function raw(headers: Record<string, string>): Promise<{ status?: number; text: string }> {
  const [host, port] = server.restAddress.split(':');
  const path = '/ewallet';
  const sent = request({ host, port, path, headers }).end();
  const [response] = await once(sent, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode, text };
}

test('the endpoint says what it is, and lists the instructions', async () => {
  const { text } = await raw({});
  expect(JSON.parse(text)).toEqual({ message: expect.stringContaining('EWallet') });
  const { json } = await send(server.restAddress, {});
  expect(json).toMatchObject({ available_events: [], help: expect.any(String) });
  expect(json.available_actions).toHaveLength(86);
});

test('each instruction is described, asked by query or by the body of a GET', async () => {
  for (const { name, path } of instructions) {
    const { json } = await send(server.restAddress, {}, `?option=action&action=${name}`);
    expect(json).toMatchObject({ action: name, instruction_set: path });
    expect(Object.keys(json).sort()).toEqual([
      'action',
      'failed',
      'instruction_set',
      'prerequisits',
      'response_nok',
      'response_ok',
    ]);
  }
  const body = JSON.stringify({ option: 'action', action: 'PayCredits' });
  const [host, port] = server.restAddress.split(':');
  const headers = { 'content-type': 'application/json', 'content-length': body.length };
  const sent = request({ host, port, path: '/ewallet/instruction-set', headers });
  sent.end(body);
  const [response] = await once(sent, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  expect(JSON.parse(text)).toMatchObject({
    action: 'PayCredits',
    prerequisits: expect.arrayContaining(['user_logged_in', 'master_not_frozen']),
  });
  const unknown = await send(server.restAddress, {}, '?option=action&action=CreateWorker');
  expect(unknown).toMatchObject({ status: 200, json: { failed: true } });
});

test('whatever is not there answers with JSON', async () => {
  for (const method of ['PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
    const answer = await send(server.restAddress, { method });
    expect(answer).toMatchObject({ status: 404, json: { failed: true } });
  }
  expect(await send(server.restAddress, {}, '/%zz')).toMatchObject({ json: { failed: true } });
});

test('bytes that are no HTTP are answered and do no harm', async () => {
  const [host = '', port] = server.restAddress.split(':');
  const socket = connect(Number(port), host).setEncoding('utf8');
  socket.end('PAY ME\r\n\r\n');
  let text = '';
  for await (const chunk of socket) text += chunk;
  expect(text).toMatch(/^HTTP\/1.1 400 /);
  expect(JSON.parse(text.slice(text.indexOf('{')))).toMatchObject({ failed: true });
});

test('any Authorization header is tolerated', async () => {
  const headers = { authorization: 'Basic MTIzNDoxMjM0' };
  expect((await post(server.restAddress, ask, headers)).json.failed).toBe(false);
});

test.each([
  ['wallet.example.com', 200],
  ['Wallet.Example.COM:8080', 200],
  ['localhost', 200],
  ['127.0.0.1', 200],
  ['[::1]:8080', 200],
  ['evil.example.com', 421],
  ['wallet.example.com.evil.com', 421],
])('requests for %s get %i', async (host, status) => {
  expect(await raw({ host })).toMatchObject({ status });
});

test.each([
  [{ origin: 'https://evil.example.com' }, 403],
  [{ origin: 'null' }, 403],
  [{ 'sec-fetch-site': 'cross-site' }, 403],
  [{ 'sec-fetch-site': 'same-site' }, 403],
  [{ 'sec-fetch-site': 'none' }, 200],
  [{ host: 'localhost:1', origin: 'http://localhost:1', 'sec-fetch-site': 'same-origin' }, 200],
])('a browser that says %j gets %i', async (headers, status) => {
  const answer = await raw(headers as Record<string, string>);
  expect(answer.status).toBe(status);
  expect(JSON.parse(answer.text)).toBeDefined();
});

test('a forwarded address counts from configured proxies only', async () => {
  const sourceOf = async (env: Record<string, string>, forwarded: string) => {
    const behind = await startServer({ env: { ...developmentSettings, ...env } });
    const rest = createRestClient(behind.restAddress);
    const { client_id } = await rest.openSession();
    const body = { controller: 'client', ctype: 'action', action: 'report', report: 'issue' };
    const headers = { 'x-forwarded-for': forwarded };
    const issue = { name: 'where am I' };
    const { json } = await post(behind.restAddress, { ...body, client_id, issue }, headers);
    return json.source;
  };
  const trusted = { EWALLET_TRUSTED_PROXIES: '127.0.0.0/8,10.0.0.1' };
  expect(await sourceOf({}, '203.0.113.9')).toBe('127.0.0.1');
  expect(await sourceOf(trusted, '198.51.100.1, 203.0.113.9')).toBe('203.0.113.9');
  expect(await sourceOf(trusted, '203.0.113.9, 10.0.0.1')).toBe('203.0.113.9');
  expect(await sourceOf(trusted, '../../etc/passwd')).toBe('127.0.0.1');
});

test('a source that asks too often is told when to come again', async () => {
  const limited = await startServer({
    env: { ...developmentSettings, EWALLET_REST_REQUESTS_PER_MINUTE: '3' },
  });
  const statuses: number[] = [];
  for (let at = 0; at < 5; at += 1) {
    const answer = await post(limited.restAddress, ask);
    statuses.push(answer.status);
    if (answer.status === 429) expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  }
  expect(statuses).toEqual([200, 200, 200, 429, 429]);
  limited.time.advance(60_000);
  expect((await post(limited.restAddress, ask)).status).toBe(200);
});

test('token requests are throttled as over gRPC', async () => {
  const limited = await startServer({ env: { EWALLET_TOKEN_REQUESTS_PER_MINUTE: '1' } });
  await limited.clients.sessions.requestClientId({});
  const { status, json } = await post(limited.restAddress, ask);
  expect({ status, ...json }).toMatchObject({ status: 200, failed: true, details: 'RATE_LIMITED' });
});

test('health tells life and readiness, and a drained server serves no instruction', async () => {
  const own = await startServer({ env: developmentSettings });
  const statusOf = async (path: string) => (await fetch(`http://${own.restAddress}${path}`)).status;
  expect([await statusOf('/healthz'), await statusOf('/readyz')]).toEqual([200, 200]);
  await own.clients.system.drain({}, as({ operatorKey }));
  expect([await statusOf('/healthz'), await statusOf('/readyz')]).toEqual([200, 503]);
  const { status, json } = await post(own.restAddress, ask);
  expect({ status, ...json }).toMatchObject({
    status: 200,
    failed: true,
    details: 'SERVER_DRAINING',
  });
  await own.clients.system.undrain({}, as({ operatorKey }));
  expect((await post(own.restAddress, ask)).json.failed).toBe(false);
});

test('production keeps the habits of old clients off', async () => {
  const strict = await startServer({
    env: {
      EWALLET_NEW_MASTER_CREDIT_LIMIT: '100',
      EWALLET_DEFAULT_ACQUIRE_KEY: 'known-default-acquire-key',
    },
  });
  const rest = createRestClient(strict.restAddress);
  const tokens = await rest.openSession();
  const profile = {
    user_name: 'The shop',
    user_email: 'the.shop@example.com',
    user_pass: 'Secret-of-shop-1!',
  };
  const create = {
    controller: 'client',
    ctype: 'action',
    action: 'new',
    new: 'master',
    master: 'account',
  };
  await rest.fail('CreateMaster', { ...tokens, ...profile }, 'REGISTRATION_KEY_REFUSED');
  const key = { 'ewallet-registration-key': 'registration-key-of-the-tests' };
  const chosen = await post(
    strict.restAddress,
    { ...create, ...tokens, ...profile, key: 'chosen-key' },
    key,
  );
  expect(chosen.json).toMatchObject({ failed: true, details: 'LEGACY_DISABLED' });
  expect(
    (await post(strict.restAddress, { ...create, ...tokens, ...profile }, key)).json.failed,
  ).toBe(false);
  const user = await openAccount(rest, 'dora', 'Secret-of-dora-1!');
  await rest.fail('SupplyCredits', { ...user, credits: 1 }, 'SELF_SUPPLY_DISABLED');
  await rest.fail('EditAccount', { ...user, user_pass: 'Secret-of-dora-2!' }, 'LEGACY_DISABLED');
  await rest.fail('UnlinkAccount', { ...user, forced_removal: true }, 'FORCED_REMOVAL_DISABLED');
  const change = { ...user, user_pass: 'Secret-of-dora-2!', current_pass: 'Secret-of-dora-1!' };
  await rest.succeed('EditAccount', change);
  const login = { ...user, user_email: profile.user_email, user_pass: profile.user_pass };
  await rest.succeed('MasterAccountLogin', login);
  await rest.fail(
    'MasterEditAccount',
    { ...user, user_pass: 'Secret-of-shop-2!' },
    'LEGACY_DISABLED',
  );
  await rest.fail('MasterEditAccount', { ...user, key: 'chosen-key' }, 'LEGACY_DISABLED');
  await rest.fail(
    'MasterUnlinkAccount',
    { ...user, forced_removal: true },
    'FORCED_REMOVAL_DISABLED',
  );
});
