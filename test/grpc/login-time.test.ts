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
/** An attempt that does not hash takes a twentieth of the time of one that does. */
const ALIKE = 4;

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

/** The shortest of several tries: what is in the way of one is not in the way of all. */
async function shortestMs(attempt: (options: object) => Promise<unknown>): Promise<number> {
  let shortest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = performance.now();
    const { reason } = await errorOf((options) => attempt({ ...options, ...as(session) }));
    shortest = Math.min(shortest, performance.now() - start);
    expect(reason).toBe('LOGIN_FAILED');
  }
  return shortest;
}

function expectAlike(first: number, second: number): void {
  expect(first).toBeGreaterThan(second / ALIKE);
  expect(first).toBeLessThan(second * ALIKE);
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
    const wrong = await shortestMs(login(known));
    const nobody = await shortestMs(login(unknown));
    expectAlike(nobody, wrong);
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
  const right = await shortestMs(login(goodPassword));
  const wrong = await shortestMs(login('wrong-horse-7'));
  expectAlike(right, wrong);
});
