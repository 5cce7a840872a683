/**
 * Faults of the system that this one succeeds, each numbered as there, that concern masters and accounts: none of them is here.
 */
import { beforeAll, expect, test } from 'vitest';
import { AccountState } from '../../generated/ewallet/v1/account_service.js';
import { errorOf } from '../support/call-error.js';
import { as } from '../support/clients.js';
import { balanceOf, makeShop, paymentTo } from '../support/money.js';
import {
  emailOf,
  goodPassword,
  makeMaster,
  makeUser,
  openAcquiredSession,
  openSession,
  uniqueName,
} from '../support/people.js';
import { registrationKey } from '../support/server-secrets.js';
import { startServer, type TestServer } from '../support/start-server.js';
import { openMasterSession, operator } from '../support/tenancy.js';

let server: TestServer;

beforeAll(async () => {
  server = await startServer({ env: { EWALLET_FORCED_REMOVAL: 'true' } });
});

test('B5: an account can be unlinked without being removed at once', async () => {
  const { payer } = await makeShop(server);
  const { account } = await server.clients.accounts.unlinkAccount({}, as(payer.session));
  expect(account?.state).toBe(AccountState.ACCOUNT_STATE_PENDING_REMOVAL);
});

test('B7: ids of removed masters and users are never used again, and nothing of them is inherited', async () => {
  const { master, payer } = await makeShop(server);
  const { masters, accounts, wallets } = server.clients;
  await masters.unlinkMaster({ force: true }, as(await openMasterSession(server, master)));
  const later = await makeMaster(server);
  expect(later.masterId).not.toBe(master.masterId);
  const session = await openAcquiredSession(server, later);
  const user = await makeUser(server, session);
  expect(user.accountId).not.toBe(payer.accountId);
  await accounts.login(user, as(session));
  expect((await wallets.listEntries({}, as(session))).entries).toEqual([]);
  const backend = as({ backendKey: later.backendKey });
  expect((await masters.listSubordinates({}, backend)).accounts).toHaveLength(1);
  expect((await masters.listAcquiredClientTokens({}, backend)).clientTokens).toHaveLength(1);
});

test('B9: no two users of a master have one e-mail address, neither by making nor by editing', async () => {
  const { payer, payee } = await makeShop(server);
  const taken = [
    (options: object) =>
      server.clients.accounts.createAccount(
        { name: uniqueName('Twin'), email: payer.email, password: goodPassword },
        { ...options, ...as(payee.session) },
      ),
    (options: object) =>
      server.clients.accounts.editAccount(
        { updateMask: ['email'], email: payer.email },
        { ...options, ...as(payee.session) },
      ),
  ];
  for (const call of taken) {
    expect(await errorOf(call)).toMatchObject({ reason: 'ACCOUNT_EMAIL_TAKEN' });
  }
});

test('B12: logins have the time at which they were done', async () => {
  const { payer } = await makeShop(server);
  server.time.advance(77_000);
  await server.clients.accounts.login(payer, as(payer.session));
  const { loginRecords } = await server.clients.accounts.listLogins({}, as(payer.session));
  const now = BigInt(server.time.now()) / 1_000n;
  expect(loginRecords.map(({ createTime }) => createTime?.seconds)).toEqual([now, now - 77n]);
});

test('B18: a master that is marked for removal stops its users', async () => {
  const { master, payer, payee } = await makeShop(server);
  const session = await openMasterSession(server, master);
  await server.clients.masters.unlinkMaster({}, as(session));
  const error = await errorOf((options) =>
    server.clients.wallets.payCredits(paymentTo(payee, 1n), { ...options, ...as(payer.session) }),
  );
  expect(error).toMatchObject({ reason: 'MASTER_PENDING_REMOVAL' });
});

test('B26: an edit is there for every other session as soon as it is answered', async () => {
  const { master, payer } = await makeShop(server);
  const { accounts, masters } = server.clients;
  const other = await openAcquiredSession(server, master);
  await accounts.login(payer, as(other));
  await accounts.editAccount({ updateMask: ['alias'], alias: 'seen' }, as(payer.session));
  expect((await accounts.getAccount({}, as(other))).account?.alias).toBe('seen');
  const session = await openMasterSession(server, master);
  await masters.editMaster({ updateMask: ['company'], company: 'Seen' }, as(session));
  const shown = await masters.getMaster({}, as({ backendKey: master.backendKey }));
  expect(shown.master?.company).toBe('Seen');
});

test('B27: what one session logs out stays logged in on another', async () => {
  const { master, payer } = await makeShop(server);
  const { accounts } = server.clients;
  const other = await openAcquiredSession(server, master);
  await accounts.login(payer, as(other));
  await accounts.logout({}, as(payer.session));
  expect((await accounts.getAccount({}, as(other))).account?.accountId).toBe(payer.accountId);
});

test('B29: a request sets nothing but what its message has', async () => {
  const session = await openSession(server);
  const name = uniqueName('Greedy');
  const more = { subordinateLimit: 9_999, poolCredits: 5_000n, acquireKey: 'mine', terms: {} };
  const created = await server.clients.masters.createMaster(
    { name, email: emailOf(name), password: goodPassword, ...more },
    as({ ...session, registrationKey }),
  );
  expect(created.master).toMatchObject({ subordinateLimit: 10, poolCredits: 0n });
  expect(created.acquireKey).not.toBe('mine');
  const { payer } = await makeShop(server, 10n);
  const greedy = { updateMask: ['phone'], phone: '1', credits: 5n, accountId: 'usr_1' };
  await server.clients.accounts.editAccount(greedy, as(payer.session));
  expect(await balanceOf(server, payer)).toBe(10n);
  const limits = { masterId: created.master?.masterId ?? '', increaseBy: 1 };
  const raised = await server.clients.system.increaseSubordinatePool(limits, operator);
  expect(raised.master?.subordinateLimit).toBe(11);
});

test.each(['unlinked', 'frozen'])(
  'what was decided is told again while the account is %s: the outcome of a request id, and its first answer',
  async (state) => {
    const { master, payer, payee } = await makeShop(server);
    const { accounts, system, wallets } = server.clients;
    const payment = paymentTo(payee, 5n);
    const first = await wallets.payCredits(payment, as(payer.session));
    if (state === 'unlinked') await accounts.unlinkAccount({}, as(payer.session));
    else await system.freezeMaster({ masterId: master.masterId }, operator);
    let replayed = false;
    const again = await wallets.payCredits(payment, {
      ...as(payer.session),
      onTrailer: (trailer) => {
        replayed = trailer.get('ewallet-replayed') === 'true';
      },
    });
    expect(again).toEqual(first);
    expect(replayed).toBe(true);
    const { requestId } = payment;
    const { operation } = await wallets.getOperation({ requestId }, as(payer.session));
    expect(operation).toEqual(first.operation);
  },
);
