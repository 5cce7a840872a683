import { beforeAll, describe, expect, test } from 'vitest';
import { errorOf } from '../support/call-error.js';
import { as } from '../support/clients.js';
import { balanceOf, makeShop, paymentTo } from '../support/money.js';
import {
  emailOf,
  goodPassword,
  makeLoggedInUser,
  makeMaster,
  makeUser,
  openAcquiredSession,
  openSession,
  type UserCredentials,
  uniqueName,
} from '../support/people.js';
import { startServer, type TestServer } from '../support/start-server.js';
import { openMasterSession } from '../support/tenancy.js';

const newPassword = 'battery-staple-8';
let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});

async function logInElsewhere(
  master: { email: string; acquireKey: string },
  user: UserCredentials,
  password = user.password,
) {
  const session = await openSession(server);
  const { email, acquireKey } = master;
  await server.clients.masters.acquireMaster({ email, acquireKey }, as(session));
  await server.clients.accounts.login({ email: user.email, password }, as(session));
  return session;
}

describe('OK: EditAccount', () => {
  test('changes what the mask names and nothing else', async () => {
    const { payer } = await makeShop(server);
    const { accounts } = server.clients;
    const before = (await accounts.getAccount({}, as(payer.session))).account;
    server.time.advance(1_000);
    const { account } = await accounts.editAccount(
      { updateMask: ['phone'], phone: '+40 1', name: 'Ignored', email: 'ignored@example.com' },
      as(payer.session),
    );
    expect(account).toMatchObject({ phone: '+40 1', name: payer.name, email: payer.email });
    expect(account?.updateTime).not.toEqual(before?.updateTime);
    expect((await accounts.getAccount({}, as(payer.session))).account).toEqual(account);
    const cleared = { updateMask: ['phone', 'alias'] };
    expect((await accounts.editAccount(cleared, as(payer.session))).account?.phone).toBe('');
  });

  test('gives a name its other spelling, and the e-mail under which its user logs in and is paid', async () => {
    const { payer, payee } = await makeShop(server);
    const { accounts, wallets } = server.clients;
    const name = payer.name.toUpperCase();
    const email = `new.${payer.email}`;
    await accounts.editAccount({ updateMask: ['name', 'email'], name, email }, as(payer.session));
    await accounts.login({ email, password: goodPassword }, as(payer.session));
    const payment = {
      ...paymentTo(payer, 1n),
      payee: { $case: 'payeeEmail' as const, value: email },
    };
    await wallets.payCredits({ ...paymentTo(payee, 5n) }, as(payer.session));
    await wallets.payCredits(payment, as(payee.session));
    expect(await balanceOf(server, payer)).toBe(996n);
  });
});

describe('OK: ChangePassword', () => {
  test('lets the new password in, the old one not, and ends the other sessions of the user only', async () => {
    const { master, payer, payee } = await makeShop(server);
    const { accounts } = server.clients;
    const other = await logInElsewhere(master, payer);
    await accounts.login(payee, as(other));
    await accounts.switchAccount({ accountId: payer.accountId }, as(other));
    await accounts.changePassword(
      { currentPassword: goodPassword, newPassword },
      as(payer.session),
    );
    await accounts.getAccount({}, as(payer.session));
    const ended = await errorOf((options) => accounts.getAccount({}, { ...options, ...as(other) }));
    expect(ended).toMatchObject({ reason: 'NOT_LOGGED_IN' });
    await accounts.switchAccount({ accountId: payee.accountId }, as(other)).catch(() => {});
    const old = await errorOf((options) => accounts.login(payer, { ...options, ...as(other) }));
    expect(old).toMatchObject({ reason: 'LOGIN_FAILED' });
    await accounts.login({ email: payer.email, password: newPassword }, as(other));
    const { loginRecords } = await accounts.listLogouts({}, as(payer.session));
    expect(loginRecords).toHaveLength(1);
  });
});

describe('OK: logins and logouts', () => {
  test('are recorded with their times and sources, and paged newest first', async () => {
    const { payer } = await makeShop(server);
    const { accounts } = server.clients;
    const times: bigint[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      server.time.advance(60_000);
      await accounts.logout({}, as(payer.session));
      server.time.advance(1_000);
      await accounts.login(payer, as(payer.session));
      times.unshift(BigInt(server.time.now()) / 1_000n);
    }
    const first = await accounts.listLogins({ pageSize: 2 }, as(payer.session));
    const pageToken = first.nextPageToken;
    const rest = await accounts.listLogins({ pageSize: 10, pageToken }, as(payer.session));
    const all = [...first.loginRecords, ...rest.loginRecords];
    expect(all.map(({ createTime }) => createTime?.seconds).slice(0, 4)).toEqual(times);
    expect(all).toHaveLength(5);
    expect(rest.nextPageToken).toBe('');
    expect(new Set(all.map(({ source }) => source)).size).toBe(1);
    expect(all.every(({ sessionId }) => sessionId.startsWith('ses_'))).toBe(true);
    const logouts = await accounts.listLogouts({}, as(payer.session));
    expect(logouts.loginRecords).toHaveLength(4);
    const foreign = await errorOf((options) =>
      accounts.listLogouts({ pageToken }, { ...options, ...as(payer.session) }),
    );
    expect(foreign).toMatchObject({ reason: 'PAGE_TOKEN_MISMATCH' });
  });
});

test.each(['EndSession', 'ReleaseMaster'])(
  'OK: %s is a logout of all who are logged in',
  async (how) => {
    const { master, payer, payee } = await makeShop(server);
    const { accounts, masters, sessions } = server.clients;
    const session = await logInElsewhere(master, payer);
    await accounts.login(payee, as(session));
    const login = { email: master.email, password: goodPassword };
    await masters.loginMaster(login, as(session));
    if (how === 'EndSession') await sessions.endSession({}, as(session));
    else await masters.releaseMaster({ acquireKey: master.acquireKey }, as(session));
    for (const user of [payer, payee]) {
      const { loginRecords } = await accounts.listLogouts({}, as(user.session));
      expect(loginRecords).toHaveLength(1);
    }
    const backend = as({ backendKey: master.backendKey });
    expect((await masters.listMasterLogouts({}, backend)).loginRecords).toHaveLength(1);
  },
);

describe('INVALID_ARGUMENT', () => {
  test.each([
    ['without a mask', {}],
    ['with an empty mask', { updateMask: [] }],
    ['with a field that is none', { updateMask: ['credits'] }],
    ['with a field that may not be edited', { updateMask: ['account_id'] }],
    ['with an empty name', { updateMask: ['name'], name: '' }],
    ['with what is no e-mail address', { updateMask: ['email'], email: 'nobody' }],
  ])('EditAccount %s', async (_, request) => {
    const { payer } = await makeShop(server);
    const error = await errorOf((options) =>
      server.clients.accounts.editAccount(request, { ...options, ...as(payer.session) }),
    );
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'VALIDATION_FAILED' });
  });

  test.each([
    ['PASSWORD_TOO_WEAK', 'weak'],
    ['PASSWORD_REUSED', goodPassword],
  ])('ChangePassword %s', async (reason, password) => {
    const { payer } = await makeShop(server);
    const request = { currentPassword: goodPassword, newPassword: password };
    const error = await errorOf((options) =>
      server.clients.accounts.changePassword(request, { ...options, ...as(payer.session) }),
    );
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason, fields: ['new_password'] });
  });
});

describe('ALREADY_EXISTS', () => {
  test("another user's name or e-mail, in whatever case; the user's own is no other", async () => {
    const { payer, payee } = await makeShop(server);
    const { accounts } = server.clients;
    const tries = [
      [{ updateMask: ['name'], name: payee.name.toUpperCase() }, 'ACCOUNT_NAME_TAKEN'],
      [{ updateMask: ['email'], email: payee.email.toUpperCase() }, 'ACCOUNT_EMAIL_TAKEN'],
    ] as const;
    for (const [request, reason] of tries) {
      const error = await errorOf((options) =>
        accounts.editAccount(
          { ...request, updateMask: [...request.updateMask] },
          { ...options, ...as(payer.session) },
        ),
      );
      expect(error).toMatchObject({ code: 'ALREADY_EXISTS', reason });
    }
    const own = { updateMask: ['name', 'email'], name: payer.name, email: payer.email };
    await accounts.editAccount(own, as(payer.session));
  });

  test('of ten that edit at once to one e-mail, one gets it', async () => {
    const own = await startServer({ env: { EWALLET_DEFAULT_SUBORDINATE_LIMIT: '20' } });
    const master = await makeMaster(own);
    const users = [];
    for (let made = 0; made < 10; made += 1) users.push(await makeLoggedInUser(own, master));
    const request = { updateMask: ['email'], email: 'wanted@example.com' };
    const edits = await Promise.allSettled(
      users.map(({ session }) => own.clients.accounts.editAccount(request, as(session))),
    );
    expect(edits.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await own.stop();
  });
});

describe('UNAUTHENTICATED', () => {
  test('LOGIN_FAILED: ChangePassword with a wrong current password', async () => {
    const { payer } = await makeShop(server);
    const error = await errorOf((options) =>
      server.clients.accounts.changePassword(
        { currentPassword: 'wrong-horse-7', newPassword },
        { ...options, ...as(payer.session) },
      ),
    );
    expect(error).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'LOGIN_FAILED' });
    await server.clients.accounts.login(payer, as(payer.session));
  });

  test('of two that change a password at once, one does', async () => {
    const { payer } = await makeShop(server);
    const passwords = ['first-password-1', 'other-password-2'];
    const changed = await Promise.allSettled(
      passwords.map((password) =>
        server.clients.accounts.changePassword(
          { currentPassword: goodPassword, newPassword: password },
          as(payer.session),
        ),
      ),
    );
    expect(changed.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});

describe('OK: what a master does for its users', () => {
  test('lists and shows them, as logged-in master and as backend', async () => {
    const master = await makeMaster(server);
    const acquired = await openAcquiredSession(server, master);
    const users: UserCredentials[] = [];
    for (let made = 0; made < 3; made += 1) {
      server.time.advance(1);
      users.unshift(await makeUser(server, acquired));
    }
    const { masters } = server.clients;
    const callers = [
      as(await openMasterSession(server, master)),
      as({ backendKey: master.backendKey }),
    ];
    for (const caller of callers) {
      const first = await masters.listSubordinates({ pageSize: 2 }, caller);
      const pageToken = first.nextPageToken;
      const rest = await masters.listSubordinates({ pageToken }, caller);
      const ids = [...first.accounts, ...rest.accounts].map(({ accountId }) => accountId);
      expect(ids).toEqual(users.map(({ accountId }) => accountId));
      const accountId = users[0]?.accountId ?? '';
      const { account } = await masters.getSubordinate({ accountId }, caller);
      expect(account?.email).toBe(users[0]?.email);
    }
    const other = as({ backendKey: (await makeMaster(server)).backendKey });
    expect((await masters.listSubordinates({}, other)).accounts).toEqual([]);
    const foreign = await errorOf((options) =>
      masters.getSubordinate({ accountId: users[0]?.accountId ?? '' }, { ...options, ...other }),
    );
    expect(foreign).toMatchObject({ code: 'NOT_FOUND', reason: 'ACCOUNT_NOT_FOUND' });
  });

  test('resets a password, which ends every session of the user; not for a foreign one', async () => {
    const { master, payer } = await makeShop(server);
    const { accounts, masters } = server.clients;
    const other = await logInElsewhere(master, payer);
    const request = { accountId: payer.accountId, newPassword };
    const stranger = as({ backendKey: (await makeMaster(server)).backendKey });
    const foreign = await errorOf((options) =>
      masters.resetSubordinatePassword(request, { ...options, ...stranger }),
    );
    expect(foreign).toMatchObject({ reason: 'ACCOUNT_NOT_FOUND' });
    await masters.resetSubordinatePassword(request, as({ backendKey: master.backendKey }));
    for (const session of [payer.session, other]) {
      const ended = await errorOf((options) =>
        accounts.getAccount({}, { ...options, ...as(session) }),
      );
      expect(ended).toMatchObject({ reason: 'NOT_LOGGED_IN' });
    }
    await accounts.login({ email: payer.email, password: newPassword }, as(payer.session));
  });

  test('lists and shows the client tokens that have acquired it, and no others', async () => {
    const master = await makeMaster(server);
    const acquired = await openAcquiredSession(server, master);
    const { masters, sessions } = server.clients;
    const caller = as({ backendKey: master.backendKey });
    const { clientTokens } = await masters.listAcquiredClientTokens({}, caller);
    expect(clientTokens).toHaveLength(1);
    const clientTokenId = clientTokens[0]?.clientTokenId ?? '';
    const shown = await masters.getAcquiredClientToken({ clientTokenId }, caller);
    expect(shown.clientToken).toEqual(clientTokens[0]);
    expect(shown.clientToken?.sessionId).toMatch(/^ses_/);
    const other = as({ backendKey: (await makeMaster(server)).backendKey });
    const foreign = await errorOf((options) =>
      masters.getAcquiredClientToken({ clientTokenId }, { ...options, ...other }),
    );
    expect(foreign).toMatchObject({ code: 'NOT_FOUND', reason: 'CLIENT_TOKEN_NOT_FOUND' });
    await masters.releaseMaster({ acquireKey: master.acquireKey }, as(acquired));
    expect((await masters.listAcquiredClientTokens({}, caller)).clientTokens).toEqual([]);
    await sessions.requestClientId({});
  });
});

test('what the tests make has names of its own', () => {
  expect(emailOf(uniqueName('A'))).not.toBe(emailOf(uniqueName('A')));
});
