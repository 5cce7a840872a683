import { beforeAll, describe, expect, test } from 'vitest';
import { errorOf } from '../support/call-error.js';
import { as } from '../support/clients.js';
import { makeShop } from '../support/money.js';
import { goodPassword, makeMaster, openAcquiredSession, openSession } from '../support/people.js';
import { startServer, type TestServer } from '../support/start-server.js';
import { openMasterSession } from '../support/tenancy.js';

const newPassword = 'battery-staple-8';
let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});

describe('OK: a master that logs in', () => {
  test('acts as itself, not as the master that its client program has acquired', async () => {
    const own = await makeMaster(server);
    const acquired = await makeMaster(server);
    const session = await openAcquiredSession(server, acquired);
    const { masters } = server.clients;
    const login = { email: own.email.toUpperCase(), password: goodPassword };
    const { master } = await masters.loginMaster(login, as(session));
    expect(master?.masterId).toBe(own.masterId);
    const shown = await masters.getMaster({}, as(session));
    expect(shown.master?.masterId).toBe(own.masterId);
    expect((await masters.listMasterKeys({}, as(session))).masterKeys).toHaveLength(2);
    expect((await masters.listSubordinates({}, as(session))).accounts).toEqual([]);
    const ended = await masters.logoutMaster({}, as(session));
    expect(ended.masterId).toBe(own.masterId);
    const refused = await errorOf((options) =>
      masters.getMaster({}, { ...options, ...as(session) }),
    );
    expect(refused).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'NOT_LOGGED_IN' });
    await masters.releaseMaster({ acquireKey: acquired.acquireKey }, as(session));
  });

  test('has no more rights on a user than the user while it acts as a user of another master', async () => {
    const { payer } = await makeShop(server);
    const own = await makeMaster(server);
    const { masters, accounts } = server.clients;
    const login = { email: own.email, password: goodPassword };
    await masters.loginMaster(login, as(payer.session));
    const { account } = await accounts.getAccount({}, as(payer.session));
    expect(account?.accountId).toBe(payer.accountId);
    const foreign = await errorOf((options) =>
      masters.getSubordinate({ accountId: payer.accountId }, { ...options, ...as(payer.session) }),
    );
    expect(foreign).toMatchObject({ reason: 'ACCOUNT_NOT_FOUND' });
  });

  test('has its logins and logouts recorded, also when another one takes its place', async () => {
    const own = await makeMaster(server);
    const other = await makeMaster(server);
    const { masters } = server.clients;
    const session = await openMasterSession(server, own);
    server.time.advance(5_000);
    const login = { email: other.email, password: goodPassword };
    await masters.loginMaster(login, as(session));
    const again = await openMasterSession(server, own);
    const logins = await masters.listMasterLogins({}, as(again));
    expect(logins.loginRecords).toHaveLength(2);
    const logouts = await masters.listMasterLogouts({}, as({ backendKey: own.backendKey }));
    const time = BigInt(server.time.now()) / 1_000n;
    expect(logouts.loginRecords.map(({ createTime }) => createTime?.seconds)).toEqual([time]);
  });

  test('keeps its session longer than one that nobody has', async () => {
    const master = await makeMaster(server);
    const session = await openMasterSession(server, master);
    server.time.advance(10 * 60_000);
    await server.clients.masters.getMaster({}, as(session));
    await server.clients.sessions.keepSessionTokenAlive({}, as(session));
  });
});

describe('OK: EditMaster', () => {
  test('changes what the mask names, by master and by backend', async () => {
    const master = await makeMaster(server);
    const { masters } = server.clients;
    const session = await openMasterSession(server, master);
    const request = {
      updateMask: ['company', 'address', 'alias'],
      company: 'ACME',
      address: 'Main Street 1',
      alias: 'acme',
      name: 'Ignored',
    };
    const edited = await masters.editMaster(request, as(session));
    expect(edited.master).toMatchObject({
      company: 'ACME',
      address: 'Main Street 1',
      alias: 'acme',
      name: master.name,
    });
    const cleared = { updateMask: ['company'] };
    const again = await masters.editMaster(cleared, as({ backendKey: master.backendKey }));
    expect(again.master).toMatchObject({ company: '', alias: 'acme' });
  });

  test('sets a new password with the current one and ends the other logins', async () => {
    const master = await makeMaster(server);
    const { masters } = server.clients;
    const session = await openMasterSession(server, master);
    const other = await openMasterSession(server, master);
    const change = { updateMask: ['password'], password: newPassword };
    const wrong = await errorOf((options) =>
      masters.editMaster(
        { ...change, currentPassword: 'wrong-horse-7' },
        { ...options, ...as(session) },
      ),
    );
    expect(wrong).toMatchObject({ reason: 'LOGIN_FAILED' });
    await masters.editMaster({ ...change, currentPassword: goodPassword }, as(session));
    await masters.getMaster({}, as(session));
    const ended = await errorOf((options) => masters.getMaster({}, { ...options, ...as(other) }));
    expect(ended).toMatchObject({ reason: 'NOT_LOGGED_IN' });
    await expect(openMasterSession(server, master)).rejects.toThrow('wrong');
    await masters.loginMaster({ email: master.email, password: newPassword }, as(other));
  });
});

describe('INVALID_ARGUMENT', () => {
  test.each([
    ['an empty mask', { updateMask: [] }],
    ['a limit', { updateMask: ['subordinate_limit'] }],
    ['terms', { updateMask: ['terms'] }],
    ['an empty name', { updateMask: ['name'] }],
  ])('EditMaster of %s', async (_, request) => {
    const { backendKey } = await makeMaster(server);
    const error = await errorOf((options) =>
      server.clients.masters.editMaster(request, { ...options, ...as({ backendKey }) }),
    );
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'VALIDATION_FAILED' });
  });
});

describe('ALREADY_EXISTS', () => {
  test("another master's name or e-mail", async () => {
    const other = await makeMaster(server);
    const { backendKey } = await makeMaster(server);
    const tries = [
      [{ updateMask: ['name'], name: other.name.toLowerCase() }, 'MASTER_NAME_TAKEN'],
      [{ updateMask: ['email'], email: other.email }, 'MASTER_EMAIL_TAKEN'],
    ] as const;
    for (const [request, reason] of tries) {
      const error = await errorOf((options) =>
        server.clients.masters.editMaster(
          { ...request, updateMask: [...request.updateMask] },
          { ...options, ...as({ backendKey }) },
        ),
      );
      expect(error).toMatchObject({ code: 'ALREADY_EXISTS', reason });
    }
  });
});

describe('UNAUTHENTICATED', () => {
  test('LOGIN_FAILED alike for a wrong password and an unknown e-mail', async () => {
    const master = await makeMaster(server);
    const session = await openSession(server);
    const logins = [
      { email: master.email, password: 'wrong-horse-7' },
      { email: 'nobody@example.com', password: goodPassword },
    ];
    const errors = [];
    for (const login of logins) {
      const error = await errorOf((options) =>
        server.clients.masters.loginMaster(login, { ...options, ...as(session) }),
      );
      errors.push({ ...error, trailer: undefined });
    }
    expect(errors[0]).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'LOGIN_FAILED' });
    expect(errors[1]).toEqual(errors[0]);
  });

  test('NOT_LOGGED_IN for a session on which no master is logged in', async () => {
    const { payer } = await makeShop(server);
    const refused = await errorOf((options) =>
      server.clients.masters.listSubordinates({}, { ...options, ...as(payer.session) }),
    );
    expect(refused.code).toMatch(/UNAUTHENTICATED|PERMISSION_DENIED/);
  });
});
