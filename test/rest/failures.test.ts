import { randomUUID } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import { beforeAll, expect, test } from 'vitest';
import { as } from '../support/clients.js';
import {
  createRestClient,
  post,
  type RestClient,
  send,
  type Tokens,
} from '../support/rest-client.js';
import { developmentSettings, openAccount } from '../support/rest-people.js';
import { startServer, type TestServer } from '../support/start-server.js';

let server: TestServer;
let rest: RestClient;
let alice: Tokens;
let bob: Tokens;
const credentials = { user_email: 'alice@example.com', user_pass: 'Secret-of-alice-1!' };

beforeAll(async () => {
  server = await startServer({ env: developmentSettings });
  rest = createRestClient(server.restAddress);
  alice = await openAccount(rest, 'alice', credentials.user_pass);
  bob = await openAccount(rest, 'bob', 'Secret-of-bob-1!');
  await rest.succeed('SupplyCredits', { ...alice, credits: 100 });
});

const json = { 'content-type': 'application/json' };

/** Requests that make no sense, and the reason that each is refused for. */
const nonsense: [name: string, init: RequestInit, status: number, details: string][] = [
  ['no JSON', { body: '{"controller":', headers: json }, 400, 'MALFORMED_JSON'],
  ['an array', { body: '[1]', headers: json }, 200, 'WRONG_TYPE'],
  ['null', { body: 'null', headers: json }, 200, 'WRONG_TYPE'],
  ['text', { body: '"pay"', headers: json }, 200, 'WRONG_TYPE'],
  ['an empty object', { body: '{}', headers: json }, 200, 'MISSING_ARGUMENT'],
  [
    'another type',
    { body: '{}', headers: { 'content-type': 'text/plain' } },
    415,
    'CTP_INVALID_MEDIA_TYPE',
  ],
  [
    'a form',
    { body: 'controller=client', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    415,
    'CTP_INVALID_MEDIA_TYPE',
  ],
  [
    'too large a body',
    { body: JSON.stringify({ a: 'x'.repeat(300_000) }), headers: json },
    413,
    'CTP_BODY_TOO_LARGE',
  ],
];

test.each(nonsense)('%s is answered with JSON', async (_, init, status, details) => {
  const answer = await send(server.restAddress, { method: 'POST', ...init });
  expect(answer).toMatchObject({
    status,
    json: { failed: true, level: 'session-manager', details },
  });
  expect(Object.keys(answer.json).sort()).toEqual(['details', 'error', 'failed', 'level']);
  expect(answer.headers.get('content-type')).toContain('application/json');
});

const unknown: [name: string, body: object][] = [
  ['an unknown controller', { controller: 'nobody', ctype: 'action', action: 'pay' }],
  ['an event', { controller: 'client', ctype: 'event', event: 'notification' }],
  ['no action', { controller: 'client', ctype: 'action' }],
  ['an unknown action', { controller: 'client', ctype: 'action', action: 'steal' }],
  ['an unknown sub-key', { controller: 'client', ctype: 'action', action: 'view', view: 'all' }],
  ['an action of the prototype', { controller: 'client', ctype: 'action', action: '__proto__' }],
  ['an object as action', { controller: 'client', ctype: 'action', action: {} }],
];

test.each(unknown)('%s is an unknown instruction', async (_, body) => {
  const { status, json: answer } = await post(server.restAddress, body);
  expect({ status, ...answer }).toMatchObject({
    status: 200,
    failed: true,
    details: 'UNKNOWN_INSTRUCTION',
  });
});

test('a request of the system controller is refused, whatever else it says', async () => {
  const { status, json: answer } = await post(server.restAddress, { controller: 'system' });
  expect({ status, ...answer }).toMatchObject({
    status: 200,
    failed: true,
    details: 'ILLEGAL_PORTAL',
  });
});

test.each([
  ['PayCredits', { credits: 1.5, pay: 'bob@example.com' }],
  ['PayCredits', { credits: '1.5', pay: 'bob@example.com' }],
  ['PayCredits', { credits: 'abc', pay: 'bob@example.com' }],
  ['PayCredits', { credits: 1e300, pay: 'bob@example.com' }],
  ['PayCredits', { credits: '99999999999999999999', pay: 'bob@example.com' }],
  ['PayCredits', { credits: 1 }],
  ['PayCredits', { credits: true, pay: 'bob@example.com' }],
  ['PayCredits', { credits: 1, pay: 'bob@example.com', request_id: 5 }],
  ['SupplyCredits', { credits: 1, cost: 'cheap' }],
  ['ConvertClockToCredits', { minutes: 'long' }],
  ['ViewTransferRecord', { record_id: 'x' }],
  ['ViewTransferRecord', { record_id: -1 }],
  ['UnlinkAccount', { forced_removal: 'yes' }],
  ['EditAccount', { user_name: 7 }],
  ['IssueReport', { issue: 'broken' }],
])('%s with %j is refused', async (name, args) => {
  const { status, json: answer } = await rest.execute(name, { ...alice, ...args });
  expect({ status, ...answer }).toMatchObject({
    status: 200,
    failed: true,
    level: 'session-manager',
  });
  expect(answer.error).toEqual(expect.any(String));
});

test.each([
  [{ credits: 0 }, 'VALIDATION_FAILED'],
  [{ credits: -30 }, 'VALIDATION_FAILED'],
  [{ credits: '100000000000000000' }, 'VALIDATION_FAILED'],
  [{ credits: 101 }, 'INSUFFICIENT_CREDITS'],
  [{ credits: 1, pay: 'alice@example.com' }, 'SELF_PAYMENT'],
  [{ credits: 1, pay: 'nobody@example.com' }, 'PAYEE_NOT_FOUND'],
  [{ credits: 1, request_id: 'not a uuid' }, 'VALIDATION_FAILED'],
  [{ credits: 1, session_token: 'wrong' }, 'SESSION_TOKEN_INVALID'],
  [{ credits: 1, session_token: 'ünprintable\n' }, 'SESSION_TOKEN_INVALID'],
  [{ credits: 1, client_id: 'wrong' }, 'CLIENT_TOKEN_INVALID'],
])('a payment with %j is refused as over gRPC: %s', async (args, details) => {
  const body = { ...alice, pay: 'bob@example.com', ...args };
  const { json: answer } = await rest.execute('PayCredits', body);
  expect(answer).toMatchObject({ failed: true, warning: expect.any(String), details });
  expect(Object.keys(answer).sort()).toEqual(['details', 'failed', 'level', 'warning']);
});

test("another user's things are not there", async () => {
  const { json: viewed } = await rest.execute('ViewCreditEWallet', bob);
  const { ewallet, ewallet_data: data } = viewed as {
    ewallet: number;
    ewallet_data: Record<string, number>;
  };
  await rest.fail('SwitchCreditEWallet', { ...alice, ewallet_id: ewallet }, 'WALLET_NOT_FOUND');
  const args = { ...alice, sheet_id: data.transfer_sheet };
  await rest.fail('SwitchTransferSheet', args, 'TRANSFER_SHEET_NOT_FOUND');
});

test('no failure repeats a secret or what was sent', async () => {
  const planted = 'PLANTED-9f3b2';
  const texts = await Promise.all(
    [
      'AccountLogin',
      'MasterAccountLogin',
      'AcquireMaster',
      'PayCredits',
      'CreateAccount',
      'EditAccount',
      'SwitchAccount',
      'InspectCToken',
      'IssueReport',
    ].map(async (name) => {
      const strings = [
        'user_email',
        'user_pass',
        'user_name',
        'master',
        'key',
        'pay',
        'account',
        'ctoken',
        'request_id',
        'user_phone',
      ];
      const args = Object.fromEntries(strings.map((key) => [key, planted]));
      const answer = await rest.execute(name, {
        ...alice,
        ...args,
        credits: 1,
        issue: { name: 1, log: planted },
      });
      expect([name, answer.json.failed]).toEqual([name, true]);
      return answer.text;
    }),
  );
  expect(texts.join()).not.toContain(planted);
  expect(texts.join()).not.toContain(alice.session_token);
  expect(server.logs.join()).not.toContain(planted);
});

test('a request id or idempotency key makes a retry safe', async () => {
  const request_id = randomUUID();
  const payment = { ...alice, pay: 'bob@example.com', credits: 1 };
  const first = await rest.execute('PayCredits', { ...payment, request_id });
  const again = await rest.execute('PayCredits', { ...payment, request_id });
  expect(again.json).toEqual(first.json);
  expect(again.headers.get('ewallet-replayed')).toBe('true');
  expect(first.headers.get('ewallet-replayed')).toBeNull();
  expect(first.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
  await rest.fail('PayCredits', { ...payment, credits: 2, request_id }, 'REQUEST_ID_REUSED');
  const path = { controller: 'client', ctype: 'action', action: 'pay' };
  const headers = { 'idempotency-key': '"order 4711"' };
  const keyed = await post(server.restAddress, { ...path, ...payment }, headers);
  const known = { ...headers, 'x-request-id': 'order-4711.1' };
  const told = await post(server.restAddress, { ...path, ...payment }, known);
  expect(told.headers.get('x-request-id')).toBe('order-4711.1');
  expect(keyed.json.failed).toBe(false);
  expect((await post(server.restAddress, { ...path, ...payment }, headers)).json).toEqual(
    keyed.json,
  );
  const other = await rest.execute('PayCredits', payment);
  expect(other.json.transfer_record).not.toBe(keyed.json.transfer_record);
});

test('one-time passwords count here too', async () => {
  const password = 'Secret-of-carol-1!';
  const tokens = await openAccount(rest, 'carol', password);
  const caller = as({ clientId: tokens.client_id, sessionToken: tokens.session_token });
  const { accounts } = server.clients;
  const { secret } = await accounts.enrollTotp({ password }, caller);
  const totp = new TOTP({ secret: Secret.fromBase32(secret) });
  const code = () => totp.generate({ timestamp: server.time.now() });
  await accounts.confirmTotp({ oneTimeCode: code() }, caller);
  server.time.advance(30_000);
  const login = { ...tokens, user_email: 'carol@example.com', user_pass: password };
  await rest.fail('AccountLogin', login, 'LOGIN_FAILED');
  await rest.succeed('AccountLogin', { ...login, one_time_code: code() });
});
