import { beforeAll, describe, expect, test } from 'vitest';
import { AccountState } from '../../generated/ewallet/v1/account_service.js';
import { MasterState } from '../../generated/ewallet/v1/master_service.js';
import { parseId } from '../../src/model/public-id.js';
import { errorOf } from '../support/call-error.js';
import { as } from '../support/clients.js';
import { balanceOf, makeShop, paymentTo, type Shop, supply } from '../support/money.js';
import {
  emailOf,
  goodPassword,
  makeMaster,
  makeUser,
  openAcquiredSession,
  uniqueName,
} from '../support/people.js';
import { startServer, type TestServer } from '../support/start-server.js';
import { expectLedgerVerified, openMasterSession, operator, statesOf } from '../support/tenancy.js';

let server: TestServer;

beforeAll(async () => {
  server = await startServer({ env: { EWALLET_DEFAULT_SUBORDINATE_LIMIT: '100' } });
});

function freeze({ master }: Shop) {
  return server.clients.system.freezeMaster({ masterId: master.masterId }, operator);
}

function unfreeze({ master }: Shop) {
  return server.clients.system.unfreezeMaster({ masterId: master.masterId }, operator);
}

function payError({ payer, payee }: Shop) {
  return errorOf((options) =>
    server.clients.wallets.payCredits(paymentTo(payee, 1n), { ...options, ...as(payer.session) }),
  );
}

async function poolOf({ master }: Shop): Promise<string> {
  const row = await server.db
    .knex('masters as m')
    .join('ledger_accounts as a', 'a.id', 'm.pool_account_id')
    .where({ 'm.id': parseId('master', master.masterId) })
    .first('a.state');
  return row.state;
}

describe('OK: a master that is frozen', () => {
  test('moves no money and lets nobody in until it is unfrozen', async () => {
    const shop = await makeShop(server);
    const { master, payer, payee } = shop;
    const { accounts, masters, wallets } = server.clients;
    const frozen = await freeze(shop);
    expect(frozen.master).toMatchObject({ state: MasterState.MASTER_STATE_FROZEN });
    expect(frozen.master?.frozenTime).toBeDefined();
    expect(await statesOf(server, payer.walletId, payee.walletId)).toEqual(['FROZEN', 'FROZEN']);
    expect(await poolOf(shop)).toBe('FROZEN');
    expect(await payError(shop)).toMatchObject({ reason: 'MASTER_FROZEN' });
    await expect(supply(server, master, payer, 1n)).rejects.toThrow('frozen');
    const login = { email: payer.email, password: goodPassword };
    const refused = await errorOf((options) =>
      accounts.login(login, { ...options, ...as(payer.session) }),
    );
    expect(refused).toMatchObject({ reason: 'MASTER_FROZEN' });
    await expect(openMasterSession(server, master)).rejects.toThrow('frozen');
    const created = await errorOf((options) =>
      accounts.createAccount(
        { name: uniqueName('X'), email: emailOf(uniqueName('X')), password: goodPassword },
        { ...options, ...as(payer.session) },
      ),
    );
    expect(created).toMatchObject({ reason: 'MASTER_FROZEN' });
    const { account } = await accounts.getAccount({}, as(payer.session));
    expect(account?.state).toBe(AccountState.ACCOUNT_STATE_FROZEN);
    const seen = await masters.getMaster({}, as({ backendKey: master.backendKey }));
    expect(seen.master?.state).toBe(MasterState.MASTER_STATE_FROZEN);

    await unfreeze(shop);
    expect(await statesOf(server, payer.walletId, payee.walletId)).toEqual(['OPEN', 'OPEN']);
    expect(await poolOf(shop)).toBe('OPEN');
    await wallets.payCredits(paymentTo(payee, 7n), as(payer.session));
    expect(await balanceOf(server, payee)).toBe(7n);
    await expectLedgerVerified(server);
  });

  test('is frozen and unfrozen again and again without a further change', async () => {
    const shop = await makeShop(server);
    const first = await freeze(shop);
    server.time.advance(1_000);
    const again = await freeze(shop);
    expect(again.master?.frozenTime).toEqual(first.master?.frozenTime);
    await unfreeze(shop);
    const { master } = await unfreeze(shop);
    expect(master).toMatchObject({ state: MasterState.MASTER_STATE_ACTIVE, frozenTime: undefined });
    expect(await statesOf(server, shop.payer.walletId)).toEqual(['OPEN']);
    await expectLedgerVerified(server);
  });

  test('is unfrozen without its users that are pending removal', async () => {
    const shop = await makeShop(server);
    const { payer, payee } = shop;
    const { accounts } = server.clients;
    await accounts.unlinkAccount({}, as(payer.session));
    await freeze(shop);
    expect(await statesOf(server, payer.walletId, payee.walletId)).toEqual(['LEAVING', 'FROZEN']);
    await unfreeze(shop);
    expect(await statesOf(server, payer.walletId, payee.walletId)).toEqual(['LEAVING', 'OPEN']);
    expect(await payError(shop)).toMatchObject({ reason: 'ACCOUNT_PENDING_REMOVAL' });
    await accounts.recoverAccount({}, as(payer.session));
    expect(await statesOf(server, payer.walletId)).toEqual(['OPEN']);
    await expectLedgerVerified(server);
  });

  test('stays frozen for its users when it is pending removal as well, whichever ends first', async () => {
    const shop = await makeShop(server);
    const { master, payer } = shop;
    const { masters } = server.clients;
    const session = await openMasterSession(server, master);
    await masters.unlinkMaster({}, as(session));
    await freeze(shop);
    await unfreeze(shop);
    expect(await statesOf(server, payer.walletId)).toEqual(['FROZEN']);
    expect(await poolOf(shop)).toBe('LEAVING');
    expect(await payError(shop)).toMatchObject({ reason: 'MASTER_PENDING_REMOVAL' });
    await freeze(shop);
    const refused = await errorOf((options) =>
      masters.recoverMaster({}, { ...options, ...as(session) }),
    );
    expect(refused).toMatchObject({ reason: 'MASTER_FROZEN' });
    await unfreeze(shop);
    await masters.recoverMaster({}, as(session));
    expect(await statesOf(server, payer.walletId)).toEqual(['OPEN']);
    expect(await poolOf(shop)).toBe('OPEN');
    await expectLedgerVerified(server);
  });

  test('has its users in operations of bounded size, and what was cut off goes on', async () => {
    const own = await startServer({
      env: { EWALLET_LEDGER_BATCH_SIZE: '5', EWALLET_DEFAULT_SUBORDINATE_LIMIT: '100' },
    });
    const { system } = own.clients;
    const master = await makeMaster(own);
    const session = await openAcquiredSession(own, master);
    const users = [];
    for (let made = 0; made < 23; made += 1) users.push(await makeUser(own, session));
    const walletIds = users.map(({ walletId }) => walletId);
    const { knex } = own.db;
    const id = parseId('master', master.masterId);
    await system.freezeMaster({ masterId: master.masterId }, operator);
    expect(new Set(await statesOf(own, ...walletIds))).toEqual(new Set(['FROZEN']));
    const perOperation = await knex('ledger_account_changes')
      .where('state', 'FROZEN')
      .groupBy('operation_id')
      .count('* as n');
    expect(perOperation).toHaveLength(17);
    expect(perOperation.every(({ n }) => Number(n) <= 3)).toBe(true);
    // As a crash leaves it: the master is unfrozen, its users' accounts are not.
    await knex('masters')
      .where({ id })
      .update({ frozen_time: null, standing_version: knex.raw('standing_version + 1') });
    await system.cleanupAccounts({}, operator);
    expect(new Set(await statesOf(own, ...walletIds))).toEqual(new Set(['OPEN']));
    await expectLedgerVerified(own);
    await own.stop();
  });
});

describe('OK: the pool of subordinates', () => {
  test('is increased, and decreased down to what it holds', async () => {
    const { master } = await makeShop(server);
    const { system } = server.clients;
    const { masterId } = master;
    const more = await system.increaseSubordinatePool({ masterId, increaseBy: 5 }, operator);
    expect(more.master?.subordinateLimit).toBe(105);
    const fewer = await system.decreaseSubordinatePool({ masterId, decreaseBy: 103 }, operator);
    expect(fewer.master).toMatchObject({ subordinateLimit: 2, subordinateCount: 2 });
    const refused = await errorOf((options) =>
      system.decreaseSubordinatePool({ masterId, decreaseBy: 1 }, { ...options, ...operator }),
    );
    expect(refused).toMatchObject({
      code: 'FAILED_PRECONDITION',
      reason: 'SUBORDINATE_LIMIT_TOO_LOW',
      metadata: { master_id: masterId, subordinate_count: '2' },
    });
    const tooMany = await errorOf((options) =>
      system.increaseSubordinatePool(
        { masterId, increaseBy: 1_000_000_000 },
        { ...options, ...operator },
      ),
    );
    expect(tooMany).toMatchObject({ code: 'INVALID_ARGUMENT', fields: ['increase_by'] });
  });

  test('never holds more than it may, whoever registers while it is changed', async () => {
    const master = await makeMaster(server);
    const session = await openAcquiredSession(server, master);
    const { system, accounts } = server.clients;
    const { masterId } = master;
    await system.decreaseSubordinatePool({ masterId, decreaseBy: 90 }, operator);
    await Promise.allSettled(
      Array.from({ length: 24 }, (_, at) => {
        const name = uniqueName('Rush');
        const user = { name, email: emailOf(name), password: goodPassword };
        if (at % 3 > 0) return accounts.createAccount(user, as(session));
        return system.decreaseSubordinatePool({ masterId, decreaseBy: 1 }, operator);
      }),
    );
    const seen = await server.clients.masters.getMaster({}, as({ backendKey: master.backendKey }));
    const { subordinateCount = 0, subordinateLimit = 0 } = seen.master ?? {};
    expect(subordinateCount).toBeLessThanOrEqual(subordinateLimit);
    const id = parseId('master', masterId);
    const [found] = await server.db.knex('users').where({ master_id: id }).count('* as n');
    expect(found?.n).toBe(BigInt(subordinateCount));
  });

  test('lets one of 20 in that register at once for its last place', async () => {
    const master = await makeMaster(server);
    const session = await openAcquiredSession(server, master);
    const { masterId } = master;
    const change = { masterId, decreaseBy: 99 };
    await server.clients.system.decreaseSubordinatePool(change, operator);
    const made = await Promise.allSettled(
      Array.from({ length: 20 }, () => makeUser(server, session)),
    );
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});

describe('NOT_FOUND', () => {
  test('MASTER_NOT_FOUND for a master that does not exist', async () => {
    const { system } = server.clients;
    const masterId = 'mst_zzzz';
    const calls = [
      (o: object) => system.freezeMaster({ masterId }, { ...o, ...operator }),
      (o: object) => system.unfreezeMaster({ masterId }, { ...o, ...operator }),
      (o: object) =>
        system.increaseSubordinatePool({ masterId, increaseBy: 1 }, { ...o, ...operator }),
      (o: object) =>
        system.decreaseSubordinatePool({ masterId, decreaseBy: 1 }, { ...o, ...operator }),
      (o: object) => system.cleanupMasters({ masterId }, { ...o, ...operator }),
    ];
    for (const call of calls) {
      expect(await errorOf(call)).toMatchObject({ code: 'NOT_FOUND', reason: 'MASTER_NOT_FOUND' });
    }
  });
});
