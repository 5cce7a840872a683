import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { AccountState } from '../../generated/ewallet/v1/account_service.js';
import { MasterState } from '../../generated/ewallet/v1/master_service.js';
import { submitStanding } from '../../src/domain/accounts/standing-operations.js';
import { parseId } from '../../src/model/public-id.js';
import { createIds } from '../../src/storage/ids.js';
import { errorOf } from '../support/call-error.js';
import { as } from '../support/clients.js';
import { balanceOf, fund, makeShop, paymentTo, supply } from '../support/money.js';
import {
  goodPassword,
  makeLoggedInUser,
  makeMaster,
  openAcquiredSession,
  openSession,
} from '../support/people.js';
import { startServer, type TestServer } from '../support/start-server.js';
import {
  DAY_MS,
  expectLedgerVerified,
  findPlanted,
  openMasterSession,
  operator,
  statesOf,
} from '../support/tenancy.js';

/** Long enough for sessions to outlive the 30 days. */
const env = {
  EWALLET_SESSION_TOKEN_MINUTES: '43200',
  EWALLET_CLIENT_TOKEN_MINUTES: '43200',
  EWALLET_FORCED_REMOVAL: 'true',
};
let server: TestServer;

beforeAll(async () => {
  server = await startServer({ env });
});

/** Tables of what tells about a user, and the column that names it. */
const keptApart = {
  users: 'id',
  login_records: 'subject_id',
  session_users: 'user_id',
  password_archive: 'owner_id',
  totp_secrets: 'user_id',
  recovery_codes: 'user_id',
  audit_details: 'user_id',
  contact_lists: 'user_id',
  contact_records: 'user_id',
};

async function accountsReport() {
  const { report } = await server.clients.system.cleanupAccounts({}, operator);
  return report;
}

async function mastersReport() {
  const { report } = await server.clients.system.cleanupMasters({}, operator);
  return report;
}

describe('OK: an account that is unlinked', () => {
  test('is pending, gives and takes nothing, and can be recovered on day 29', async () => {
    const { payer, payee } = await makeShop(server);
    const { accounts, wallets } = server.clients;
    const unlinked = await accounts.unlinkAccount({}, as(payer.session));
    expect(unlinked.account?.state).toBe(AccountState.ACCOUNT_STATE_PENDING_REMOVAL);
    expect(unlinked.account?.unlinkTime).toBeDefined();
    expect(await statesOf(server, payer.walletId)).toEqual(['LEAVING']);
    const refused = await errorOf((options) =>
      wallets.payCredits(paymentTo(payee, 1n), { ...options, ...as(payer.session) }),
    );
    expect(refused).toMatchObject({ reason: 'ACCOUNT_PENDING_REMOVAL' });
    const received = await errorOf((options) =>
      wallets.payCredits(paymentTo(payer, 1n), { ...options, ...as(payee.session) }),
    );
    expect(received).toMatchObject({ reason: 'ACCOUNT_FROZEN' });
    server.time.advance(29 * DAY_MS);
    await accountsReport();
    const recovered = await accounts.recoverAccount({}, as(payer.session));
    expect(recovered.account).toMatchObject({
      state: AccountState.ACCOUNT_STATE_ACTIVE,
      unlinkTime: undefined,
    });
    expect(await statesOf(server, payer.walletId)).toEqual(['OPEN']);
    await wallets.payCredits(paymentTo(payee, 100n), as(payer.session));
    expect(await balanceOf(server, payee)).toBe(100n);
    server.time.advance(2 * DAY_MS);
    expect((await accountsReport())?.accountCount).toBe(0n);
    await expectLedgerVerified(server);
  });

  test('is deleted on day 30 by one sweep; its credits are unclaimed, and nothing tells who it was', async () => {
    const own = await startServer({ env });
    const { accounts, wallets, masters, system } = own.clients;
    const { master, payer, payee } = await makeShop(own, 1_000n);
    const secrets = { name: 'Zebulon Quux', phone: '+99-777-0001', alias: 'zq-alias' };
    const email = 'zebulon.quux@planted.example';
    const updateMask = ['name', 'email', 'phone', 'alias'];
    await accounts.editAccount({ ...secrets, email, updateMask }, as(payer.session));
    const note = 'planted-note-of-zebulon';
    await wallets.payCredits({ ...paymentTo(payee, 10n), notes: note }, as(payer.session));
    const theirs = { ...paymentTo(payer, 3n), notes: 'note-of-another' };
    await wallets.payCredits(theirs, as(payee.session));
    await accounts.logout({}, as(payer.session));
    await accounts.login({ email, password: goodPassword }, as(payer.session));
    const passwords = { currentPassword: goodPassword, newPassword: 'another-horse-9' };
    await accounts.changePassword(passwords, as(payer.session));
    const planted = [...Object.values(secrets), email, note];
    expect((await findPlanted(own, planted)).length).toBeGreaterThan(5);
    await accounts.unlinkAccount({}, as(payer.session));
    own.time.advance(30 * DAY_MS - 1);
    expect((await system.cleanupAccounts({}, operator)).report?.accountCount).toBe(0n);
    own.time.advance(1);
    const { report } = await system.cleanupAccounts({}, operator);
    expect(report).toMatchObject({ accountCount: 1n, accountIds: [payer.accountId] });
    await expectLedgerVerified(own);
    expect(await findPlanted(own, planted)).toEqual([]);
    expect(await findPlanted(own, ['note-of-another'])).not.toEqual([]);
    expect(await statesOf(own, payer.walletId)).toEqual(['CLOSED']);
    const id = parseId('master', master.masterId);
    const { knex } = own.db;
    const row = await knex('masters').where({ id }).first();
    expect(row.subordinate_count).toBe(1n);
    const unclaimed = await knex('ledger_accounts')
      .where({ id: row.unclaimed_credit_account_id })
      .first();
    expect(unclaimed.balance).toBe(993n);
    const user = parseId('account', payer.accountId);
    for (const [table, key] of Object.entries(keptApart)) {
      expect(await knex(table).where({ [key]: user })).toEqual([]);
    }
    // Name and e-mail are free again, and who takes them sees nothing of the old account.
    const session = await openAcquiredSession(own, master);
    const { account } = await accounts.createAccount(
      { name: secrets.name, email, password: goodPassword },
      as(session),
    );
    await accounts.login({ email, password: goodPassword }, as(session));
    expect((await wallets.listEntries({}, as(session))).entries).toEqual([]);
    expect((await accounts.listLogins({}, as(session))).loginRecords).toHaveLength(1);
    expect((await wallets.getWallet({}, as(session))).wallet?.balanceCredits).toBe(0n);
    expect(account?.accountId).not.toBe(payer.accountId);
    const gone = await errorOf((options) =>
      masters.getSubordinate(
        { accountId: payer.accountId },
        { ...options, ...as({ backendKey: master.backendKey }) },
      ),
    );
    expect(gone).toMatchObject({ code: 'NOT_FOUND', reason: 'ACCOUNT_NOT_FOUND' });
    // The other party keeps its side.
    const backend = as({ backendKey: master.backendKey, onBehalfOf: payee.accountId });
    expect((await wallets.listEntries({}, backend)).entries).toHaveLength(2);
    await own.stop();
  });

  test('and was cut off between ledger and erasure cannot be recovered, and is erased by the next sweep', async () => {
    const { master, payer } = await makeShop(server);
    await server.clients.accounts.unlinkAccount({}, as(payer.session));
    const { db, domain } = server;
    const id = parseId('account', payer.accountId) ?? 0n;
    const wallet = parseId('wallet', payer.walletId) ?? 0n;
    const row = await db
      .knex('masters')
      .where({ id: parseId('master', master.masterId) })
      .first();
    const into = row.unclaimed_credit_account_id;
    await submitStanding(
      { ids: createIds(db), committer: domain.committer, instanceNumber: 1n },
      {
        kind: 'REMOVE',
        pool: row.pool_account_id,
        drains: [{ account: wallet, into, unit: 'CREDIT' }],
        changes: [{ account: wallet, state: 'CLOSED' }],
        standing: { of: 'USER', id },
      },
    );
    const late = await errorOf((options) =>
      server.clients.accounts.recoverAccount({}, { ...options, ...as(payer.session) }),
    );
    expect(late).toMatchObject({ reason: 'ACCOUNT_NOT_FOUND' });
    server.time.advance(31 * DAY_MS);
    expect((await accountsReport())?.accountIds).toContain(payer.accountId);
    expect(await findPlanted(server, [payer.email])).toEqual([]);
    await expectLedgerVerified(server);
  });

  test('with force is gone at once', async () => {
    const { payer } = await makeShop(server);
    const { account } = await server.clients.accounts.unlinkAccount(
      { force: true },
      as(payer.session),
    );
    expect(account).toBeUndefined();
    const error = await errorOf((options) =>
      server.clients.accounts.getAccount({}, { ...options, ...as(payer.session) }),
    );
    expect(error.code).toBe('UNAUTHENTICATED');
    await expectLedgerVerified(server);
  });

  test('is removed by its id, with force before its time', async () => {
    const { payer } = await makeShop(server);
    await server.clients.accounts.unlinkAccount({}, as(payer.session));
    const request = { accountId: payer.accountId };
    const early = await errorOf((options) =>
      server.clients.system.cleanupAccounts(request, { ...options, ...operator }),
    );
    expect(early).toMatchObject({ code: 'FAILED_PRECONDITION', reason: 'REMOVAL_NOT_DUE' });
    const forced = { ...request, force: true };
    const { report } = await server.clients.system.cleanupAccounts(forced, operator);
    expect(report?.accountIds).toEqual([payer.accountId]);
    const again = await errorOf((options) =>
      server.clients.system.cleanupAccounts(forced, { ...options, ...operator }),
    );
    expect(again).toMatchObject({ code: 'NOT_FOUND', reason: 'ACCOUNT_NOT_FOUND' });
  });
});

describe('OK: a master that is unlinked', () => {
  test('freezes its users, is recovered, and is removed after its users on day 30', async () => {
    const own = await startServer({ env });
    const { masters, accounts, wallets, system } = own.clients;
    const { master, payer, payee } = await makeShop(own, 500n);
    const session = await openMasterSession(own, master);
    const unlinked = await masters.unlinkMaster({}, as(session));
    expect(unlinked.master?.state).toBe(MasterState.MASTER_STATE_PENDING_REMOVAL);
    const refused = await errorOf((options) =>
      wallets.payCredits(paymentTo(payee, 1n), { ...options, ...as(payer.session) }),
    );
    expect(refused).toMatchObject({ reason: 'MASTER_PENDING_REMOVAL' });
    expect(await statesOf(own, payer.walletId, payee.walletId)).toEqual(['FROZEN', 'FROZEN']);
    const login = await errorOf((options) =>
      accounts.login(
        { email: payee.email, password: goodPassword },
        { ...options, ...as(payee.session) },
      ),
    );
    expect(login).toMatchObject({ reason: 'MASTER_PENDING_REMOVAL' });
    own.time.advance(29 * DAY_MS);
    await system.cleanupMasters({}, operator);
    const recovered = await masters.recoverMaster({}, as(session));
    expect(recovered.master?.state).toBe(MasterState.MASTER_STATE_ACTIVE);
    expect(await statesOf(own, payer.walletId, payee.walletId)).toEqual(['OPEN', 'OPEN']);
    await wallets.payCredits(paymentTo(payee, 1n), as(payer.session));

    const again = await openMasterSession(own, master);
    await masters.unlinkMaster({}, as(again));
    own.time.advance(30 * DAY_MS);
    const { report } = await system.cleanupMasters({}, operator);
    expect(report).toMatchObject({ masterCount: 1n, accountCount: 2n });
    expect(report?.masterIds).toEqual([master.masterId]);
    expect((await system.cleanupMasters({}, operator)).report?.masterCount).toBe(0n);
    const gone = await errorOf((options) =>
      system.cleanupMasters({ masterId: master.masterId }, { ...options, ...operator }),
    );
    expect(gone).toMatchObject({ reason: 'MASTER_NOT_FOUND' });
    await expectLedgerVerified(own);
    expect(await findPlanted(own, [master.email, master.name, payer.email, payee.name])).toEqual(
      [],
    );
    const key = await errorOf((options) =>
      masters.getMaster({}, { ...options, ...as({ backendKey: master.backendKey }) }),
    );
    expect(key).toMatchObject({ reason: 'MASTER_KEY_REFUSED' });
    const funded = await errorOf((options) =>
      system.fundMaster(
        { requestId: randomUUID(), masterId: master.masterId, credits: 1n },
        { ...options, ...operator },
      ),
    );
    expect(funded).toMatchObject({ reason: 'MASTER_NOT_FOUND' });
    const { knex } = own.db;
    const rows = await knex('ledger_accounts').where({
      master_id: parseId('master', master.masterId),
    });
    expect(rows.every(({ state, balance }) => state === 'CLOSED' && balance === 0n)).toBe(true);
    const writtenOff = await knex('ledger_accounts').where({ kind: 'WRITE_OFF' });
    expect(writtenOff.reduce((sum, { balance }) => sum + balance, 0n)).toBe(1_000n);
    await own.stop();
  });

  test('in debt leaves its debt to the write-off', async () => {
    const own = await startServer({ env: { ...env, EWALLET_NEW_MASTER_CREDIT_LIMIT: '1000' } });
    const master = await makeMaster(own);
    const user = await makeLoggedInUser(own, master);
    await supply(own, master, user, 600n);
    const session = await openMasterSession(own, master);
    const { master: left } = await own.clients.masters.unlinkMaster({ force: true }, as(session));
    expect(left).toBeUndefined();
    await expectLedgerVerified(own);
    const writtenOff = await own.db.knex('ledger_accounts').where({ kind: 'WRITE_OFF' });
    expect(writtenOff.reduce((sum, { balance }) => sum + balance, 0n)).toBe(0n);
    const entries = await own.db.knex('ledger_entries').where({ kind: 'REMOVE' });
    expect(entries.map(({ amount }) => amount).toSorted()).toEqual([600n, 600n, 600n]);
    await own.stop();
  });
});

describe('PERMISSION_DENIED', () => {
  test('force where the server does not allow it', async () => {
    const own = await startServer();
    const { payer } = await makeShop(own);
    const error = await errorOf((options) =>
      own.clients.accounts.unlinkAccount({ force: true }, { ...options, ...as(payer.session) }),
    );
    expect(error).toMatchObject({ code: 'PERMISSION_DENIED', reason: 'FORCED_REMOVAL_DISABLED' });
    expect(await statesOf(own, payer.walletId)).toEqual(['OPEN']);
    await own.stop();
  });
});

describe('FAILED_PRECONDITION', () => {
  test('REMOVAL_NOT_DUE for who is not marked for removal, forced or not', async () => {
    const { master, payer } = await makeShop(server);
    for (const force of [false, true]) {
      const account = await errorOf((options) =>
        server.clients.system.cleanupAccounts(
          { accountId: payer.accountId, force },
          { ...options, ...operator },
        ),
      );
      expect(account).toMatchObject({ reason: 'REMOVAL_NOT_DUE', metadata: {} });
      const itself = await errorOf((options) =>
        server.clients.system.cleanupMasters(
          { masterId: master.masterId, force },
          { ...options, ...operator },
        ),
      );
      expect(itself).toMatchObject({ reason: 'REMOVAL_NOT_DUE' });
    }
    expect((await mastersReport())?.masterCount).toBe(0n);
    await openSession(server);
    await fund(server, master, 1n);
  });
});
