import { beforeAll, describe, expect, test } from 'vitest';
import { Funding, MasterKeyKind, MasterState } from '../../generated/ewallet/v1/master_service.js';
import { parseId } from '../../src/model/public-id.js';
import { errorOf } from '../support/call-error.js';
import { as, type CallerCredentials } from '../support/clients.js';
import {
  emailOf,
  goodPassword,
  type MasterCredentials,
  makeLoggedInUser,
  makeMaster,
  openAcquiredSession,
  openSession,
  type SessionCredentials,
  uniqueName,
} from '../support/people.js';
import { registrationKey } from '../support/server-secrets.js';
import { startServer, type TestServer } from '../support/start-server.js';

const { MASTER_KEY_KIND_ACQUIRE, MASTER_KEY_KIND_BACKEND } = MasterKeyKind;
let server: TestServer;
let session: SessionCredentials;
let master: MasterCredentials;

beforeAll(async () => {
  server = await startServer();
  session = await openSession(server);
  master = await makeMaster(server);
});

/** The refusal of a CreateMaster that is fine but for `changes`. */
function creationRefusal(changes: object, credentials: CallerCredentials = {}) {
  const name = uniqueName('Refused');
  const request = { name, email: emailOf(name), password: goodPassword, ...changes };
  return errorOf((options) =>
    server.clients.masters.createMaster(request, {
      ...options,
      ...as({ ...session, registrationKey, ...credentials }),
    }),
  );
}

function acquisitionRefusal(request: { email: string; acquireKey: string }) {
  return errorOf((options) =>
    server.clients.masters.acquireMaster(request, { ...options, ...as(session) }),
  );
}

function masterRefusal(credentials: CallerCredentials) {
  return errorOf((options) =>
    server.clients.masters.getMaster({}, { ...options, ...as(credentials) }),
  );
}

async function isLoggedIn(credentials: SessionCredentials): Promise<boolean> {
  const options = as(credentials);
  return server.clients.accounts.getAccount({}, options).then(
    () => true,
    () => false,
  );
}

describe('OK', () => {
  test('a new master has its profile, the terms of the settings and one key of each kind', async () => {
    const name = uniqueName('Profile');
    const profile = { phone: '+40 1', alias: 'P', company: 'P Ltd', address: 'Here 1' };
    const created = await server.clients.masters.createMaster(
      { name, email: emailOf(name), password: goodPassword, ...profile },
      as({ ...session, registrationKey }),
    );
    expect(created.master).toMatchObject({
      ...profile,
      name,
      email: emailOf(name),
      state: MasterState.MASTER_STATE_ACTIVE,
      subordinateLimit: 10,
      subordinateCount: 0,
      terms: { funding: Funding.FUNDING_PREPAY, creditLimitCredits: 0n, selfSupply: false },
      poolCredits: 0n,
    });
    expect(created.acquireMasterKey?.kind).toBe(MASTER_KEY_KIND_ACQUIRE);
    expect(created.backendMasterKey?.kind).toBe(MASTER_KEY_KIND_BACKEND);
    const { backendKey } = created;
    const shown = await server.clients.masters.getMaster({}, as({ backendKey }));
    expect(shown.master).toEqual(created.master);
  });

  test('a new master has a pool and two accounts for what nobody claims, all with their floors', async () => {
    const accounts = await server.db
      .knex('ledger_accounts')
      .where({ master_id: parseId('master', master.masterId) })
      .whereNot({ kind: 'WALLET' })
      .orderBy(['kind', 'unit'])
      .select('kind', 'unit', 'floor', 'balance');
    expect(accounts).toEqual([
      { kind: 'POOL', unit: 'CREDIT', floor: 0n, balance: 0n },
      { kind: 'UNCLAIMED', unit: 'CREDIT', floor: 0n, balance: 0n },
      { kind: 'UNCLAIMED', unit: 'MILLISECOND', floor: 0n, balance: 0n },
    ]);
  });

  test('where settings give credit, the floor of the pool is the credit line', async () => {
    const generous = await startServer({
      env: { EWALLET_NEW_MASTER_CREDIT_LIMIT: '500', EWALLET_NEW_MASTER_SELF_SUPPLY: 'true' },
    });
    const { masterId, backendKey } = await makeMaster(generous);
    const shown = await generous.clients.masters.getMaster({}, as({ backendKey }));
    expect(shown.master?.terms).toMatchObject({
      funding: Funding.FUNDING_CREDIT,
      creditLimitCredits: 500n,
      selfSupply: true,
    });
    const pool = await generous.db
      .knex('ledger_accounts')
      .where({ master_id: parseId('master', masterId), kind: 'POOL' })
      .first('floor');
    expect(pool.floor).toBe(-500n);
  });

  test('open registration needs no key', async () => {
    const open = await startServer({ env: { EWALLET_OPEN_REGISTRATION: 'true' } });
    const created = await open.clients.masters.createMaster(
      { name: 'Open', email: 'open@example.com', password: goodPassword },
      as(await openSession(open)),
    );
    expect(created.master?.name).toBe('Open');
  });

  test('a default acquire key fits every master, and only for acquiring', async () => {
    const acquireKey = 'the-default-acquire-key';
    const lenient = await startServer({ env: { EWALLET_DEFAULT_ACQUIRE_KEY: acquireKey } });
    const { email, masterId } = await makeMaster(lenient);
    const own = await openSession(lenient);
    const acquired = await lenient.clients.masters.acquireMaster({ email, acquireKey }, as(own));
    expect(acquired.masterId).toBe(masterId);
    await lenient.clients.masters.releaseMaster({ acquireKey }, as(own));
    const error = await errorOf((options) =>
      lenient.clients.masters.getMaster({}, { ...options, ...as({ backendKey: acquireKey }) }),
    );
    expect(error.reason).toBe('MASTER_KEY_REFUSED');
  });

  test('acquiring takes the e-mail in any case', async () => {
    const own = await openSession(server);
    const { masterId } = await server.clients.masters.acquireMaster(
      { email: master.email.toUpperCase(), acquireKey: master.acquireKey },
      as(own),
    );
    expect(masterId).toBe(master.masterId);
  });

  test('acquiring the same master again keeps the logins, another one ends them', async () => {
    const user = await makeLoggedInUser(server, master);
    await server.clients.masters.acquireMaster(master, as(user.session));
    expect(await isLoggedIn(user.session)).toBe(true);
    const other = await makeMaster(server);
    await server.clients.masters.acquireMaster(other, as(user.session));
    expect(await isLoggedIn(user.session)).toBe(false);
  });

  test('releasing logs everybody out', async () => {
    const user = await makeLoggedInUser(server, master);
    const { acquireKey } = master;
    const released = await server.clients.masters.releaseMaster({ acquireKey }, as(user.session));
    expect(released.masterId).toBe(master.masterId);
    expect(await isLoggedIn(user.session)).toBe(false);
    const { clientId } = user.session;
    const status = await server.clients.sessions.getClientTokenStatus({ clientId });
    expect(status).toMatchObject({ acquired: false, plugged: true });
  });
});

describe('INVALID_ARGUMENT', () => {
  test.each([
    ['an empty name', { name: '' }, 'name'],
    ['an over-long name', { name: 'n'.repeat(101) }, 'name'],
    ['a name that does not fit once normalised', { name: '\u{1D160}'.repeat(100) }, 'name'],
    ['a bad e-mail', { email: 'not an address' }, 'email'],
    ['an over-long e-mail', { email: `${'e'.repeat(250)}@example.com` }, 'email'],
    ['an over-long phone number', { phone: '1'.repeat(41) }, 'phone'],
    ['an over-long company', { company: 'c'.repeat(201) }, 'company'],
    ['an over-long address', { address: 'a'.repeat(501) }, 'address'],
    ['an empty password', { password: '' }, 'password'],
  ])('CreateMaster with %s names the field', async (_, changes, field) => {
    expect(await creationRefusal(changes)).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'VALIDATION_FAILED',
      fields: [field],
    });
  });

  test('CreateMaster with a weak password', async () => {
    expect(await creationRefusal({ password: 'password' })).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'PASSWORD_TOO_WEAK',
      fields: ['password'],
    });
  });
});

describe('UNAUTHENTICATED', () => {
  test.each([
    ['no registration key', undefined],
    ['a wrong registration key', 'wrong'],
  ])('CreateMaster with %s', async (_, key) => {
    const credentials = { registrationKey: key } as CallerCredentials;
    expect(await creationRefusal({}, credentials)).toMatchObject({
      code: 'UNAUTHENTICATED',
      reason: 'REGISTRATION_KEY_REFUSED',
    });
  });

  test('AcquireMaster answers alike for every way to be wrong', async () => {
    const other = await makeMaster(server);
    const revoked = await server.clients.masters.createMasterKey(
      { kind: MASTER_KEY_KIND_ACQUIRE },
      as(master),
    );
    const masterKeyId = revoked.masterKey?.masterKeyId ?? '';
    await server.clients.masters.revokeMasterKey({ masterKeyId }, as(master));
    const { email, acquireKey, backendKey } = master;
    const attempts = [
      { email, acquireKey: 'wrong' },
      { email, acquireKey: backendKey },
      { email, acquireKey: revoked.key },
      { email, acquireKey: other.acquireKey },
      { email: 'nobody@example.com', acquireKey },
    ];
    const errors = await Promise.all(attempts.map(acquisitionRefusal));
    for (const { code, reason, message, metadata } of errors) {
      expect({ code, reason, message, metadata }).toEqual({
        code: 'UNAUTHENTICATED',
        reason: 'MASTER_KEY_REFUSED',
        message: errors[0]?.message,
        metadata: {},
      });
    }
  });

  test('ReleaseMaster with a wrong key keeps the master and the logins', async () => {
    const user = await makeLoggedInUser(server, master);
    const other = await makeMaster(server);
    for (const acquireKey of ['wrong', master.backendKey, other.acquireKey]) {
      const error = await errorOf((options) =>
        server.clients.masters.releaseMaster({ acquireKey }, { ...options, ...as(user.session) }),
      );
      expect(error.reason).toBe('MASTER_KEY_REFUSED');
    }
    expect(await isLoggedIn(user.session)).toBe(true);
  });

  test('a session in which no master has logged in is not the master', async () => {
    const acquired = await openAcquiredSession(server, master);
    expect((await masterRefusal(acquired)).reason).toBe('NOT_LOGGED_IN');
  });
});

describe('PERMISSION_DENIED', () => {
  test('a user may not see the master or make keys', async () => {
    const user = await makeLoggedInUser(server, master);
    expect((await masterRefusal(user.session)).reason).toBe('PERMISSION_DENIED');
    const error = await errorOf((options) =>
      server.clients.masters.createMasterKey(
        { kind: MASTER_KEY_KIND_BACKEND },
        { ...options, ...as(user.session) },
      ),
    );
    expect(error.code).toBe('PERMISSION_DENIED');
  });
});

describe('ALREADY_EXISTS', () => {
  test.each([
    ['the name', { name: 'Taken É' }, { name: 'tAKEN E\u0301' }, 'name', 'MASTER_NAME_TAKEN'],
    ['the e-mail', { email: 'taken@b.ro' }, { email: 'TAKEN@b.ro' }, 'email', 'MASTER_EMAIL_TAKEN'],
  ])('%s of another master, in another spelling', async (_, first, second, field, reason) => {
    const name = uniqueName('First');
    await server.clients.masters.createMaster(
      { name, email: emailOf(name), password: goodPassword, ...first },
      as({ ...session, registrationKey }),
    );
    expect(await creationRefusal(second)).toMatchObject({
      code: 'ALREADY_EXISTS',
      reason,
      metadata: { field },
    });
  });
});
