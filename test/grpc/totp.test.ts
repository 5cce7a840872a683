import { Secret, TOTP } from 'otpauth';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { errorOf } from '../support/call-error.js';
import { as } from '../support/clients.js';
import {
  goodPassword,
  type MasterCredentials,
  makeLoggedInUser,
  makeMaster,
  openAcquiredSession,
  type SessionCredentials,
  type UserCredentials,
} from '../support/people.js';
import { secretsKeys } from '../support/server-secrets.js';
import { startServer, type TestServer } from '../support/start-server.js';

let server: TestServer;
let master: MasterCredentials;

beforeAll(async () => {
  server = await startServer({ env: { EWALLET_DEFAULT_SUBORDINATE_LIMIT: '100' } });
  master = await makeMaster(server);
});

// Codes of one step are for one test.
afterEach(() => server.time.advance(120_000));

type TotpUser = UserCredentials & {
  session: SessionCredentials;
  secret: string;
  recoveryCodes: string[];
};

function codeOf(secret: string, steps = 0): string {
  const totp = new TOTP({ secret: Secret.fromBase32(secret) });
  return totp.generate({ timestamp: server.time.now() + steps * 30_000 });
}

/** A code that none of the three accepted ones is. */
function wrongCodeOf(secret: string): string {
  const right = [-1, 0, 1].map((steps) => codeOf(secret, steps));
  return ['000000', '111111', '222222', '333333'].find((code) => !right.includes(code)) ?? '';
}

async function enrolledUser(): Promise<TotpUser> {
  const user = await makeLoggedInUser(server, master);
  const { accounts } = server.clients;
  const { secret } = await accounts.enrollTotp({ password: goodPassword }, as(user.session));
  const oneTimeCode = codeOf(secret);
  const { recoveryCodes } = await accounts.confirmTotp({ oneTimeCode }, as(user.session));
  server.time.advance(30_000);
  return { ...user, secret, recoveryCodes };
}

async function tryLogin(user: UserCredentials, oneTimeCode = '', password = user.password) {
  const session = await openAcquiredSession(server, master);
  const request = { email: user.email, password, oneTimeCode };
  return server.clients.accounts.login(request, as(session)).then(
    () => 'in',
    (error: { details: string }) => error.details,
  );
}

const refused = 'The e-mail, the password or the one-time code is wrong.';

describe('logging in', () => {
  test('needs no code before a first one was confirmed', async () => {
    const user = await makeLoggedInUser(server, master);
    await server.clients.accounts.enrollTotp({ password: goodPassword }, as(user.session));
    expect(await tryLogin(user)).toBe('in');
    expect(await tryLogin(user, '000000')).toBe('in');
  });

  test('needs the code from then on: a wrong and a missing one answer as a wrong password does', async () => {
    const user = await enrolledUser();
    expect(await tryLogin(user)).toBe(refused);
    expect(await tryLogin(user, wrongCodeOf(user.secret))).toBe(refused);
    expect(await tryLogin(user, codeOf(user.secret), 'wrong-horse-7')).toBe(refused);
    expect(await tryLogin(user, codeOf(user.secret))).toBe('in');
  });

  test('takes the codes of one step before and after, and no others', async () => {
    const user = await enrolledUser();
    server.time.advance(300_000);
    expect(await tryLogin(user, codeOf(user.secret, -2))).toBe(refused);
    expect(await tryLogin(user, codeOf(user.secret, 2))).toBe(refused);
    expect(await tryLogin(user, codeOf(user.secret, -1))).toBe('in');
    expect(await tryLogin(user, codeOf(user.secret, 1))).toBe('in');
  });

  test('takes no code twice, and none older than one that it took', async () => {
    const user = await enrolledUser();
    server.time.advance(300_000);
    const code = codeOf(user.secret);
    const older = codeOf(user.secret, -1);
    expect(await tryLogin(user, code)).toBe('in');
    expect(await tryLogin(user, code)).toBe(refused);
    expect(await tryLogin(user, older)).toBe(refused);
    server.time.advance(30_000);
    expect(await tryLogin(user, code)).toBe(refused);
    expect(await tryLogin(user, codeOf(user.secret))).toBe('in');
  });

  test('takes the code that confirmed no more', async () => {
    const user = await makeLoggedInUser(server, master);
    const { accounts } = server.clients;
    const { secret } = await accounts.enrollTotp({ password: goodPassword }, as(user.session));
    const oneTimeCode = codeOf(secret);
    await accounts.confirmTotp({ oneTimeCode }, as(user.session));
    expect(await tryLogin(user, oneTimeCode)).toBe(refused);
  });

  test('with one code ten times at once succeeds once', async () => {
    const user = await enrolledUser();
    const code = codeOf(user.secret);
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => tryLogin(user, code)));
    expect(outcomes.filter((outcome) => outcome === 'in')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === refused)).toHaveLength(9);
  });

  test('takes each recovery code once, however it is written', async () => {
    const user = await enrolledUser();
    const [first = '', second = ''] = user.recoveryCodes;
    expect(new Set(user.recoveryCodes).size).toBe(10);
    const outcomes = await Promise.all([tryLogin(user, first), tryLogin(user, first)]);
    expect(outcomes.sort()).toEqual([refused, 'in'].sort());
    expect(await tryLogin(user, first)).toBe(refused);
    expect(await tryLogin(user, second.replaceAll('-', ' ').toUpperCase())).toBe('in');
    const other = await enrolledUser();
    expect(await tryLogin(other, user.recoveryCodes[2])).toBe(refused);
  });
});

describe('enrolling', () => {
  test('takes the present password', async () => {
    const { session } = await makeLoggedInUser(server, master);
    const error = await errorOf((options) =>
      server.clients.accounts.enrollTotp(
        { password: 'wrong-horse-7' },
        { ...options, ...as(session) },
      ),
    );
    expect(error).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'LOGIN_FAILED' });
  });

  test('again replaces a secret that was never confirmed, and none that was', async () => {
    const user = await makeLoggedInUser(server, master);
    const { accounts } = server.clients;
    const enroll = () => accounts.enrollTotp({ password: goodPassword }, as(user.session));
    const before = await enroll();
    const { secret } = await enroll();
    expect(secret).not.toBe(before.secret);
    const confirm = (oneTimeCode: string) =>
      errorOf((options) =>
        accounts.confirmTotp({ oneTimeCode }, { ...options, ...as(user.session) }),
      );
    expect((await confirm(codeOf(before.secret))).reason).toBe('LOGIN_FAILED');
    await accounts.confirmTotp({ oneTimeCode: codeOf(secret) }, as(user.session));
    expect((await confirm(codeOf(secret, 1))).reason).toBe('TOTP_ALREADY_CONFIRMED');
    const again = await errorOf((options) =>
      accounts.enrollTotp({ password: goodPassword }, { ...options, ...as(user.session) }),
    );
    expect(again.reason).toBe('TOTP_ALREADY_CONFIRMED');
  });

  test('is needed before a code can be confirmed or removed', async () => {
    const { session } = await makeLoggedInUser(server, master);
    const { accounts } = server.clients;
    for (const call of [accounts.confirmTotp, accounts.removeTotp]) {
      const error = await errorOf((options) =>
        call({ oneTimeCode: '123456' }, { ...options, ...as(session) }),
      );
      expect(error).toMatchObject({ code: 'FAILED_PRECONDITION', reason: 'TOTP_NOT_ENROLLED' });
    }
  });

  test('ten times at once leaves one secret, which can be confirmed', async () => {
    const user = await makeLoggedInUser(server, master);
    const { accounts } = server.clients;
    const made = await Promise.all(
      Array.from({ length: 10 }, () =>
        accounts
          .enrollTotp({ password: goodPassword }, as(user.session))
          .catch((error: { code: number }) => error),
      ),
    );
    const secrets = made.flatMap((answer) => ('secret' in answer ? [answer.secret] : []));
    const outcomes = await Promise.allSettled(
      secrets.map((secret) =>
        accounts.confirmTotp({ oneTimeCode: codeOf(secret) }, as(user.session)),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});

describe('removing', () => {
  test('takes a code; then none is needed, and the recovery codes are gone', async () => {
    const user = await enrolledUser();
    const { accounts } = server.clients;
    const wrong = await errorOf((options) =>
      accounts.removeTotp(
        { oneTimeCode: wrongCodeOf(user.secret) },
        { ...options, ...as(user.session) },
      ),
    );
    expect(wrong.reason).toBe('LOGIN_FAILED');
    await accounts.removeTotp({ oneTimeCode: codeOf(user.secret) }, as(user.session));
    expect(await tryLogin(user)).toBe('in');
    expect(await server.db.knex('recovery_codes').where('user_id', await idOf(user))).toEqual([]);
    await accounts.enrollTotp({ password: goodPassword }, as(user.session));
  });

  test('takes a recovery code from who lost the authenticator', async () => {
    const user = await enrolledUser();
    const oneTimeCode = user.recoveryCodes[9] ?? '';
    await server.clients.accounts.removeTotp({ oneTimeCode }, as(user.session));
    expect(await tryLogin(user)).toBe('in');
  });

  test("by the master's backend takes no code", async () => {
    const user = await enrolledUser();
    const { backendKey } = master;
    await server.clients.accounts.removeTotp({}, as({ backendKey, onBehalfOf: user.accountId }));
    expect(await tryLogin(user)).toBe('in');
  });
});

test('every step is recorded, the refused ones too', async () => {
  const { accounts } = server.clients;
  const user = await enrolledUser();
  const session = as(user.session);
  await accounts.enrollTotp({ password: 'wrong-horse-7' }, session).catch(() => {});
  await accounts.removeTotp({ oneTimeCode: wrongCodeOf(user.secret) }, session).catch(() => {});
  await tryLogin(user, user.recoveryCodes[0]);
  await accounts.removeTotp({ oneTimeCode: codeOf(user.secret) }, session);
  const id = await idOf(user);
  const rows = await server.db.knex('audit_events').where('user_id', id).orderBy('id');
  expect(rows.map((row) => `${row.kind} ${row.outcome}`).slice(2)).toEqual([
    'TOTP_ENROLLED DONE',
    'TOTP_CONFIRMED DONE',
    'TOTP_ENROLLED REFUSED',
    'TOTP_REMOVED REFUSED',
    'LOGIN DONE',
    'RECOVERY_CODE_USED DONE',
    'TOTP_REMOVED DONE',
  ]);
});

test('the secret is nowhere in clear, and the recovery codes are not either', async () => {
  const user = await enrolledUser();
  const secret = Buffer.from(Secret.fromBase32(user.secret).bytes);
  const rows = await server.db.knex('totp_secrets').select('*');
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.some((row) => row.secret.includes(secret))).toBe(false);
  const codes = await server.db.knex('recovery_codes').select('code_hash');
  expect(codes.every(({ code_hash }) => code_hash.length === 32)).toBe(true);
  const logs = server.logs.join('\n');
  for (const text of [user.secret, secret.toString('hex'), ...user.recoveryCodes]) {
    expect(logs).not.toContain(text);
  }
});

// The last test: on SQLite the servers follow one another.
test('a new key takes over at the next use, and the old one can go then', async () => {
  const user = await enrolledUser();
  const id = await idOf(user);
  const young = `young:${Buffer.alloc(32, 7).toString('base64')}`;
  const restart = async (before: TestServer, keys: string) => {
    await before.stop();
    const { databaseUrl, time } = before;
    return startServer({ databaseUrl, time, env: { EWALLET_SECRETS_KEYS: keys } });
  };
  const keyOf = async ({ db }: TestServer) =>
    (await db.knex('totp_secrets').where('user_id', id).first('key_id')).key_id;
  const login = async (to: TestServer) => {
    const session = await openAcquiredSession(to, master);
    await to.clients.accounts.login({ ...user, oneTimeCode: codeOf(user.secret) }, as(session));
  };
  expect(await keyOf(server)).toBe('tests');
  const rotated = await restart(server, `${young},${secretsKeys}`);
  expect(await keyOf(rotated)).toBe('tests');
  await login(rotated);
  expect(await keyOf(rotated)).toBe('young');
  const later = await restart(rotated, young);
  server.time.advance(30_000);
  await login(later);
});

async function idOf(user: UserCredentials): Promise<string> {
  const row = await server.db.knex('users').where('email', user.email).first('id');
  return String(row.id);
}
