import { beforeAll, describe, expect, test } from 'vitest';
import { AccountState } from '../../generated/ewallet/v1/account_service.js';
import { parseId } from '../../src/model/public-id.js';
import { errorOf } from '../support/call-error.js';
import { as, type CallerCredentials } from '../support/clients.js';
import {
  emailOf,
  goodPassword,
  type MasterCredentials,
  makeLoggedInUser,
  makeMaster,
  makeUser,
  openAcquiredSession,
  openSession,
  type SessionCredentials,
  uniqueName,
} from '../support/people.js';
import { startServer, type TestServer } from '../support/start-server.js';

let server: TestServer;
let master: MasterCredentials;
/** A session that has acquired the master. */
let session: SessionCredentials;

beforeAll(async () => {
  server = await startServer({ env: { EWALLET_DEFAULT_SUBORDINATE_LIMIT: '100' } });
  master = await makeMaster(server);
  session = await openAcquiredSession(server, master);
});

function newUser(changes: object = {}) {
  const name = uniqueName('New');
  return { name, email: emailOf(name), password: goodPassword, ...changes };
}

function creationRefusal(changes: object, credentials: CallerCredentials = session) {
  return errorOf((options) =>
    server.clients.accounts.createAccount(newUser(changes), { ...options, ...as(credentials) }),
  );
}

function loginRefusal(
  request: { email: string; password: string },
  credentials: CallerCredentials = session,
) {
  return errorOf((options) =>
    server.clients.accounts.login(request, { ...options, ...as(credentials) }),
  );
}

function viewRefusal(accountId: string, credentials: CallerCredentials) {
  return errorOf((options) =>
    server.clients.accounts.getAccount({ accountId }, { ...options, ...as(credentials) }),
  );
}

function logoutRefusal(accountId: string, credentials: CallerCredentials) {
  return errorOf((options) =>
    server.clients.accounts.logout({ accountId }, { ...options, ...as(credentials) }),
  );
}

async function activeAccountId(credentials: CallerCredentials): Promise<string | undefined> {
  return (await server.clients.accounts.getAccount({}, as(credentials))).account?.accountId;
}

describe('OK', () => {
  test('a new account has an active wallet with two active sheets and an empty ledger account', async () => {
    const request = newUser({ phone: '+40 2', alias: 'N' });
    const { account } = await server.clients.accounts.createAccount(request, as(session));
    const { password: _, ...profile } = request;
    expect(account).toMatchObject({
      ...profile,
      masterId: master.masterId,
      state: AccountState.ACCOUNT_STATE_ACTIVE,
    });
    const id = parseId('wallet', account?.activeWalletId ?? '');
    const { knex } = server.db;
    const wallet = await knex('wallets').where({ id }).first('*');
    expect(wallet).toMatchObject({
      user_id: parseId('account', account?.accountId ?? ''),
      master_id: parseId('master', master.masterId),
      reference: 'Credit EWallet',
    });
    const sheets = await knex('sheets').where({ owner_id: id }).orderBy('kind').select('*');
    expect(sheets.map(({ kind, reference }) => [kind, reference])).toEqual([
      ['INVOICE', 'Invoice Sheet'],
      ['TRANSFER', 'Transfer Sheet'],
    ]);
    expect(wallet).toMatchObject({
      active_invoice_sheet_id: sheets[0].id,
      active_transfer_sheet_id: sheets[1].id,
    });
    expect(await knex('ledger_accounts').where({ id }).first('*')).toMatchObject({
      kind: 'WALLET',
      unit: 'CREDIT',
      balance: 0n,
      floor: 0n,
      state: 'OPEN',
      version: 0n,
    });
  });

  test('the password is kept as an argon2id hash only', async () => {
    const user = await makeUser(server, session);
    const row = await server.db
      .knex('users')
      .where({ id: parseId('account', user.accountId) })
      .first('*');
    expect(row.password_hash).toMatch(/^\$argon2id\$/);
    expect(Object.values(row).map(String)).not.toContain(user.password);
  });

  test('a new account is not logged in', async () => {
    const own = await openAcquiredSession(server, master);
    await makeUser(server, own);
    expect((await viewRefusal('', own)).reason).toBe('NOT_LOGGED_IN');
  });

  test('login takes the e-mail in any case, and composed or not', async () => {
    const own = await openAcquiredSession(server, master);
    const request = newUser({ password: 'pass-w\u00f6rd-7' });
    await server.clients.accounts.createAccount(request, as(own));
    await server.clients.accounts.login(
      { email: request.email.toUpperCase(), password: 'pass-wo\u0308rd-7' },
      as(own),
    );
  });

  test('several users share a session; the last login is active; a logout falls back to it', async () => {
    const own = await openAcquiredSession(server, master);
    const users = [];
    for (let index = 0; index < 3; index += 1) {
      const user = await makeUser(server, own);
      server.time.advance(1);
      await server.clients.accounts.login(user, as(own));
      users.push(user.accountId);
    }
    const [first, second, third] = users as [string, string, string];
    expect(await activeAccountId(own)).toBe(third);
    const other = await server.clients.accounts.getAccount({ accountId: first }, as(own));
    expect(other.account?.accountId).toBe(first);
    expect(await server.clients.accounts.logout({ accountId: first }, as(own))).toMatchObject({
      accountId: first,
      activeAccountId: third,
    });
    expect(await server.clients.accounts.logout({}, as(own))).toMatchObject({
      accountId: third,
      activeAccountId: second,
    });
    expect(await server.clients.accounts.logout({}, as(own))).toMatchObject({
      accountId: second,
      activeAccountId: '',
    });
    expect((await viewRefusal('', own)).reason).toBe('NOT_LOGGED_IN');
  });

  test('logging in again makes the user active again, and counts once', async () => {
    const own = await openAcquiredSession(server, master);
    const one = await makeUser(server, own);
    const two = await makeUser(server, own);
    for (const user of [one, two, one]) {
      server.time.advance(1);
      await server.clients.accounts.login(user, as(own));
    }
    expect(await activeAccountId(own)).toBe(one.accountId);
    expect(await server.clients.accounts.logout({}, as(own))).toMatchObject({
      accountId: one.accountId,
      activeAccountId: two.accountId,
    });
  });

  test('the same name and e-mail live under two masters', async () => {
    const other = await openAcquiredSession(server, await makeMaster(server));
    const request = newUser();
    const here = await server.clients.accounts.createAccount(request, as(session));
    const there = await server.clients.accounts.createAccount(request, as(other));
    expect(there.account?.accountId).not.toBe(here.account?.accountId);
    const login = await server.clients.accounts.login(request, as(other));
    expect(login.account?.accountId).toBe(there.account?.accountId);
  });

  test('a backend sees each of the users that it acts for, also in calls at once', async () => {
    const { backendKey } = master;
    const users = await Promise.all(Array.from({ length: 5 }, () => makeUser(server, session)));
    const seen = await Promise.all(
      users.map(({ accountId }) => activeAccountId({ backendKey, onBehalfOf: accountId })),
    );
    expect(seen).toEqual(users.map(({ accountId }) => accountId));
  });

  test('an account shows that its master is frozen, or that it is pending removal', async () => {
    const own = await makeMaster(server);
    const user = await makeLoggedInUser(server, own);
    const stateOf = async () =>
      (await server.clients.accounts.getAccount({}, as(user.session))).account?.state;
    const { knex } = server.db;
    const ownId = parseId('master', own.masterId);
    await knex('users')
      .where({ id: parseId('account', user.accountId) })
      .update({ unlink_time: 1 });
    expect(await stateOf()).toBe(AccountState.ACCOUNT_STATE_PENDING_REMOVAL);
    await knex('masters').where({ id: ownId }).update({ frozen_time: 1 });
    expect(await stateOf()).toBe(AccountState.ACCOUNT_STATE_FROZEN);
    await knex('masters').where({ id: ownId }).update({ frozen_time: null, unlink_time: 1 });
    expect(await stateOf()).toBe(AccountState.ACCOUNT_STATE_FROZEN);
  });

  test('a user pending removal may log in, to recover', async () => {
    const user = await makeUser(server, session);
    await server.db
      .knex('users')
      .where({ id: parseId('account', user.accountId) })
      .update({ unlink_time: 1 });
    const { account } = await server.clients.accounts.login(
      user,
      as(await openAcquiredSession(server, master)),
    );
    expect(account?.state).toBe(AccountState.ACCOUNT_STATE_PENDING_REMOVAL);
  });
});

describe('INVALID_ARGUMENT', () => {
  test.each([
    ['an empty name', { name: '' }, 'name'],
    ['an over-long name', { name: 'n'.repeat(101) }, 'name'],
    ['an e-mail without a domain', { email: 'somebody' }, 'email'],
    ['an e-mail with a space', { email: 'some body@example.com' }, 'email'],
    ['an over-long e-mail', { email: `${'e'.repeat(250)}@example.com` }, 'email'],
    ['an over-long password', { password: 'p1-'.repeat(86) }, 'password'],
    ['an over-long phone number', { phone: '1'.repeat(41) }, 'phone'],
    ['an over-long alias', { alias: 'a'.repeat(101) }, 'alias'],
  ])('CreateAccount with %s names the field', async (_, changes, field) => {
    expect(await creationRefusal(changes)).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'VALIDATION_FAILED',
      fields: [field],
    });
  });

  test('CreateAccount with a weak password', async () => {
    expect(await creationRefusal({ password: 'weakness' })).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'PASSWORD_TOO_WEAK',
      fields: ['password'],
    });
  });

  test('the longest name of four-byte characters is taken', async () => {
    await server.clients.accounts.createAccount(
      newUser({ name: '\u{1F600}'.repeat(100) }),
      as(session),
    );
  });

  test.each(['wal_1', 'usr_', 'usr_ILO', 'usr_1 OR 1=1'])(
    'GetAccount of %j names the field',
    async (accountId) => {
      const user = await makeLoggedInUser(server, master);
      expect(await viewRefusal(accountId, user.session)).toMatchObject({
        reason: 'VALIDATION_FAILED',
        fields: ['account_id'],
      });
    },
  );
});

describe('UNAUTHENTICATED', () => {
  test('a wrong password and an unknown e-mail answer alike', async () => {
    const user = await makeUser(server, session);
    const wrong = await loginRefusal({ ...user, password: 'wrong-horse-7' });
    const unknown = await loginRefusal({ ...user, email: 'nobody@example.com' });
    expect(wrong).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'LOGIN_FAILED' });
    for (const key of ['code', 'reason', 'message', 'metadata', 'details'] as const) {
      expect(unknown[key]).toEqual(wrong[key]);
    }
  });

  test('a failed login changes nothing about who is logged in', async () => {
    const user = await makeLoggedInUser(server, master);
    await loginRefusal({ ...user, password: 'wrong-horse-7' }, user.session);
    expect(await activeAccountId(user.session)).toBe(user.accountId);
  });

  test('the user of another master', async () => {
    const user = await makeUser(server, session);
    const other = await openAcquiredSession(server, await makeMaster(server));
    expect((await loginRefusal(user, other)).reason).toBe('LOGIN_FAILED');
  });

  test('a login on one session is none on another', async () => {
    const user = await makeLoggedInUser(server, master);
    const other = await openAcquiredSession(server, master);
    expect((await viewRefusal(user.accountId, other)).reason).toBe('NOT_LOGGED_IN');
  });
});

describe('NOT_FOUND', () => {
  test('accounts that are foreign, missing, or not logged in on the session answer alike', async () => {
    const user = await makeLoggedInUser(server, master);
    const sibling = await makeLoggedInUser(server, master);
    const foreign = await makeLoggedInUser(server, await makeMaster(server));
    for (const accountId of [sibling.accountId, foreign.accountId, 'usr_zzzz']) {
      const expected = {
        code: 'NOT_FOUND',
        reason: 'ACCOUNT_NOT_FOUND',
        metadata: { account_id: accountId },
      };
      expect(await viewRefusal(accountId, user.session)).toMatchObject(expected);
      expect(await logoutRefusal(accountId, user.session)).toMatchObject(expected);
    }
    expect(await activeAccountId(sibling.session)).toBe(sibling.accountId);
  });

  test('a backend sees no other account than the one that it acts for', async () => {
    const [user, other] = [await makeUser(server, session), await makeUser(server, session)];
    const { backendKey } = master;
    const error = await viewRefusal(other.accountId, { backendKey, onBehalfOf: user.accountId });
    expect(error.reason).toBe('ACCOUNT_NOT_FOUND');
  });
});

describe('ALREADY_EXISTS', () => {
  test.each([
    ['the name', { name: 'Taken É' }, { name: 'tAKEN E\u0301' }, 'name', 'ACCOUNT_NAME_TAKEN'],
    ['the e-mail', { email: 't@b.ro' }, { email: 'T@B.ro' }, 'email', 'ACCOUNT_EMAIL_TAKEN'],
  ])('%s of another account, in another spelling', async (_, first, second, field, reason) => {
    await server.clients.accounts.createAccount(newUser(first), as(session));
    expect(await creationRefusal(second)).toMatchObject({
      code: 'ALREADY_EXISTS',
      reason,
      metadata: { field },
    });
  });
});

describe('FAILED_PRECONDITION', () => {
  test('without an acquired master nobody registers or logs in', async () => {
    const own = await openSession(server);
    const user = await makeUser(server, session);
    const expected = { code: 'FAILED_PRECONDITION', reason: 'MASTER_NOT_ACQUIRED' };
    expect(await creationRefusal({}, own)).toMatchObject(expected);
    expect(await loginRefusal(user, own)).toMatchObject(expected);
  });

  test.each([
    ['frozen', { frozen_time: 1 }, 'MASTER_FROZEN'],
    ['pending removal', { unlink_time: 1 }, 'MASTER_PENDING_REMOVAL'],
  ])('under a master that is %s nobody registers or logs in', async (_, change, reason) => {
    const own = await makeMaster(server);
    const acquired = await openAcquiredSession(server, own);
    const user = await makeUser(server, acquired);
    const id = parseId('master', own.masterId);
    await server.db.knex('masters').where({ id }).update(change);
    const expected = {
      code: 'FAILED_PRECONDITION',
      reason,
      metadata: { master_id: own.masterId },
    };
    expect(await creationRefusal({}, acquired)).toMatchObject(expected);
    expect(await loginRefusal(user, acquired)).toMatchObject(expected);
  });
});
