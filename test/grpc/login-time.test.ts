import { Secret, TOTP } from 'otpauth';
import { beforeAll, expect, test } from 'vitest';
import { errorOf } from '../support/call-error.js';
import { as } from '../support/clients.js';
import {
  emailOf,
  goodPassword,
  type MasterCredentials,
  makeMaster,
  makeUser,
  openAcquiredSession,
  type SessionCredentials,
  uniqueName,
} from '../support/people.js';
import { startServer, type TestServer } from '../support/start-server.js';

const ROUNDS = 5;

let server: TestServer;
let master: MasterCredentials;
let session: SessionCredentials;

// Hashing takes far longer than all the rest, so that a login that hashes is told from one that does not.
beforeAll(async () => {
  const env = { EWALLET_PASSWORD_MEMORY_KIB: '65536', EWALLET_PASSWORD_ITERATIONS: '4' };
  server = await startServer({ env });
  master = await makeMaster(server);
  session = await openAcquiredSession(server, master);
});

type Attempt = (options: object) => Promise<unknown>;

async function failedMs(attempt: Attempt): Promise<number> {
  const start = performance.now();
  const { reason } = await errorOf((options) => attempt({ ...options, ...as(session) }));
  const ms = performance.now() - start;
  expect(reason).toBe('LOGIN_FAILED');
  return ms;
}

/** The shortest of several tries of each, in turns: what is in the way of one is not in the way of all, or in the way of both. */
async function expectAlike(first: Attempt, second: Attempt): Promise<void> {
  const shortest: [number, number] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < ROUNDS; round += 1) {
    shortest[0] = Math.min(shortest[0], await failedMs(first));
    shortest[1] = Math.min(shortest[1], await failedMs(second));
  }
  expect(shortest[0]).toBeGreaterThan(shortest[1] * 0.6);
  expect(shortest[0]).toBeLessThan(shortest[1] * 1.7);
}

test('an unknown e-mail takes the time of a wrong password, for users and for masters', async () => {
  const { accounts, masters } = server.clients;
  const user = await makeUser(server, session);
  const unknown = emailOf(uniqueName('Nobody'));
  const password = 'wrong-horse-7';
  const userLogin = (email: string) => (options: object) =>
    accounts.login({ email, password }, options);
  const masterLogin = (email: string) => (options: object) =>
    masters.loginMaster({ email, password }, options);
  for (const [login, known] of [
    [userLogin, user.email],
    [masterLogin, master.email],
  ] as const) {
    await expectAlike(login(unknown), login(known));
  }
});

test('a password that is right without its one-time code takes the time of a wrong one', async () => {
  const { accounts } = server.clients;
  const user = await makeUser(server, session);
  await accounts.login(user, as(session));
  const { secret } = await accounts.enrollTotp({ password: goodPassword }, as(session));
  const totp = new TOTP({ secret: Secret.fromBase32(secret) });
  const oneTimeCode = totp.generate({ timestamp: server.time.now() });
  await accounts.confirmTotp({ oneTimeCode }, as(session));
  const login = (password: string) => (options: object) =>
    accounts.login({ email: user.email, password }, options);
  await expectAlike(login(goodPassword), login('wrong-horse-7'));
});
