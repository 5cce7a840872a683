import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { OperationKind } from '../../generated/ewallet/v1/operation.js';
import { MAX_CREDITS } from '../../src/model/ledger.js';
import { errorOf } from '../support/call-error.js';
import { as } from '../support/clients.js';
import { fund, type LoggedInUser, makeShop, paymentTo, supply } from '../support/money.js';
import { makeLoggedInUser, makeMaster } from '../support/people.js';
import { startServer, type TestServer } from '../support/start-server.js';
import { expectLedgerVerified, findPlanted, statesOf } from '../support/tenancy.js';

let server: TestServer;

beforeAll(async () => {
  server = await startServer({ env: { EWALLET_FORCED_REMOVAL: 'true' } });
});

async function activeId(user: LoggedInUser): Promise<string> {
  const { account } = await server.clients.accounts.getAccount({}, as(user.session));
  return account?.activeWalletId ?? '';
}

async function open(user: LoggedInUser, reference = ''): Promise<string> {
  const { wallet } = await server.clients.wallets.createWallet({ reference }, as(user.session));
  return wallet?.walletId ?? '';
}

async function balance(user: LoggedInUser, walletId: string): Promise<bigint> {
  const { wallet } = await server.clients.wallets.getWallet({ walletId }, as(user.session));
  return wallet?.balanceCredits ?? -1n;
}

function unlink(user: LoggedInUser, walletId: string, moveToWalletId = '') {
  const request = { requestId: randomUUID(), walletId, moveToWalletId };
  return server.clients.wallets.unlinkWallet(request, as(user.session));
}

function refusalOf(user: LoggedInUser, walletId: string, moveToWalletId = '') {
  const request = { requestId: randomUUID(), walletId, moveToWalletId };
  return errorOf((options) =>
    server.clients.wallets.unlinkWallet(request, { ...options, ...as(user.session) }),
  );
}

describe('several wallets', () => {
  test('a further one begins with all that a wallet has, and is not the active one', async () => {
    const { payer } = await makeShop(server, 10n);
    const { wallets, clocks } = server.clients;
    server.time.advance(1_000);
    const { wallet } = await wallets.createWallet({ reference: 'Holiday' }, as(payer.session));
    expect(wallet).toMatchObject({
      accountId: payer.accountId,
      reference: 'Holiday',
      balanceCredits: 0n,
      active: false,
    });
    expect(wallet?.activeTransferSheetId).toMatch(/^trs_/);
    expect(wallet?.activeInvoiceSheetId).toMatch(/^ivs_/);
    const { clock } = await clocks.getClock(
      { clockId: wallet?.activeClockId ?? '' },
      as(payer.session),
    );
    expect(clock?.walletId).toBe(wallet?.walletId);
    expect(await activeId(payer)).toBe(payer.walletId);
    const listed = await wallets.listWallets({}, as(payer.session));
    expect(listed.wallets.map(({ walletId, active }) => [walletId, active])).toEqual([
      [wallet?.walletId, false],
      [payer.walletId, true],
    ]);
  });

  test('are listed in pages, newest first', async () => {
    const { payer } = await makeShop(server, 1n);
    const made: string[] = [payer.walletId];
    for (let count = 0; count < 4; count += 1) made.unshift(await open(payer));
    const found: string[] = [];
    for (let pageToken = '', pages = 0; pages === 0 || pageToken; pages += 1) {
      const request = { pageSize: 2, pageToken };
      const page = await server.clients.wallets.listWallets(request, as(payer.session));
      found.push(...page.wallets.map(({ walletId }) => walletId));
      pageToken = page.nextPageToken;
      expect(pages).toBeLessThan(4);
    }
    expect(found).toEqual(made);
  });

  test('switching makes one of them the one that is meant when none is named', async () => {
    const { payer, payee } = await makeShop(server, 10n);
    const other = await open(payer);
    const { wallets } = server.clients;
    const switched = await wallets.switchWallet({ walletId: other }, as(payer.session));
    expect(switched.wallet).toMatchObject({ walletId: other, active: true });
    expect(await activeId(payer)).toBe(other);
    await wallets.switchWallet({ walletId: other }, as(payer.session));
    const poor = await errorOf((options) =>
      wallets.payCredits(paymentTo(payee, 1n), { ...options, ...as(payer.session) }),
    );
    expect(poor).toMatchObject({ reason: 'INSUFFICIENT_CREDITS', metadata: { wallet_id: other } });
    const request = { ...paymentTo(payee, 4n), walletId: payer.walletId };
    await wallets.payCredits(request, as(payer.session));
    expect(await balance(payer, payer.walletId)).toBe(6n);
  });

  test('are as many as the setting says, and not more', async () => {
    const own = await startServer({ env: { EWALLET_WALLETS_PER_ACCOUNT: '2' } });
    const user = await makeLoggedInUser(own, await makeMaster(own));
    const { wallets } = own.clients;
    await wallets.createWallet({}, as(user.session));
    const error = await errorOf((options) =>
      wallets.createWallet({}, { ...options, ...as(user.session) }),
    );
    expect(error).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      reason: 'WALLET_LIMIT_REACHED',
      metadata: { limit: '2' },
    });
    const unlinked = { requestId: randomUUID(), walletId: user.walletId };
    await wallets.unlinkWallet(unlinked, as(user.session));
    await wallets.createWallet({}, as(user.session));
    await own.stop();
  });

  test('are not opened for who is marked for removal since the call was let in', async () => {
    const { payer } = await makeShop(server, 1n);
    await server.db.knex('users').where({ email: payer.email }).update({ unlink_time: 1 });
    const [row] = await server.db.knex('users').where({ email: payer.email });
    const [master] = await server.db.knex('masters').where({ id: row.master_id });
    const standing = { frozenTime: null, unlinkTime: null, selfSupply: false };
    const caller = {
      user: { id: row.id, masterId: row.master_id, activeWalletId: null, unlinkTime: null },
      master: { ...standing, id: master.id, poolAccountId: master.pool_account_id },
    };
    await expect(server.domain.walletUpkeep.create(caller as never, 'Late')).rejects.toMatchObject({
      reason: 'ACCOUNT_PENDING_REMOVAL',
    });
  });

  test('their names, and those of sheets and clocks, go with the user', async () => {
    const { payer } = await makeShop(server, 1n);
    const planted = 'planted-reference-of-mine';
    const { transferSheets, timeSheets } = server.clients;
    const walletId = await open(payer, planted);
    await transferSheets.createTransferSheet({ walletId, reference: planted }, as(payer.session));
    await timeSheets.createTimeSheet({ reference: planted }, as(payer.session));
    expect((await findPlanted(server, [planted])).length).toBeGreaterThan(2);
    await server.clients.accounts.unlinkAccount({ force: true }, as(payer.session));
    expect(await findPlanted(server, [planted])).toEqual([]);
  });
});

describe('unlinking a wallet', () => {
  test('moves what is in it, closes it, and hides it with what it had', async () => {
    const { payer, payee } = await makeShop(server, 10n);
    const { wallets, transferSheets, clocks } = server.clients;
    const { wallet: old } = await wallets.getWallet({}, as(payer.session));
    const other = await open(payer);
    const request = { requestId: randomUUID(), walletId: payer.walletId, moveToWalletId: other };
    const { operation } = await wallets.unlinkWallet(request, as(payer.session));
    expect(operation).toMatchObject({
      kind: OperationKind.OPERATION_KIND_CLOSE_WALLET,
      walletId: payer.walletId,
      credits: 10n,
      balanceCredits: 0n,
    });
    expect(await balance(payer, other)).toBe(10n);
    expect(await activeId(payer)).toBe(other);
    expect(await statesOf(server, payer.walletId, other)).toEqual(['CLOSED', 'OPEN']);
    const { entries } = await wallets.listEntries({}, as(payer.session));
    expect(entries[0]).toMatchObject({
      kind: OperationKind.OPERATION_KIND_CLOSE_WALLET,
      credits: 10n,
    });
    const gone = { walletId: payer.walletId };
    const asks = [
      () => wallets.getWallet(gone, as(payer.session)),
      () => wallets.listEntries(gone, as(payer.session)),
      () => wallets.switchWallet(gone, as(payer.session)),
      () => transferSheets.createTransferSheet(gone, as(payer.session)),
      () => transferSheets.listTransferSheets(gone, as(payer.session)),
      () => wallets.payCredits({ ...paymentTo(payee, 1n), ...gone }, as(payer.session)),
      () => wallets.unlinkWallet({ ...gone, requestId: randomUUID() }, as(payer.session)),
    ];
    for (const ask of asks) {
      await expect(ask()).rejects.toThrow(/no such wallet/);
    }
    const transferSheetId = old?.activeTransferSheetId ?? '';
    await expect(
      transferSheets.getTransferSheet({ transferSheetId }, as(payer.session)),
    ).rejects.toThrow(/no such transfer sheet/);
    const clockId = old?.activeClockId ?? '';
    await expect(clocks.getClock({ clockId }, as(payer.session))).rejects.toThrow(/no such clock/);
    await expectLedgerVerified(server);
  });

  test('is told again for the same request, and refused for other content', async () => {
    const { payer } = await makeShop(server, 10n);
    const other = await open(payer);
    const third = await open(payer);
    const request = { requestId: randomUUID(), walletId: payer.walletId, moveToWalletId: other };
    const first = await server.clients.wallets.unlinkWallet(request, as(payer.session));
    let mark: unknown;
    const again = await server.clients.wallets.unlinkWallet(request, {
      ...as(payer.session),
      onTrailer: (trailer) => {
        mark = trailer.get('ewallet-replayed');
      },
    });
    expect(again).toEqual(first);
    expect(mark).toBe('true');
    const { requestId } = request;
    const found = await server.clients.wallets.getOperation({ requestId }, as(payer.session));
    expect(found.operation).toEqual(first.operation);
    const reused = await errorOf((options) =>
      server.clients.wallets.unlinkWallet(
        { ...request, moveToWalletId: third },
        { ...options, ...as(payer.session) },
      ),
    );
    expect(reused.reason).toBe('REQUEST_ID_REUSED');
    expect(await balance(payer, other)).toBe(10n);
  });

  test('with credits in it needs another one; the refusal is the outcome of its request', async () => {
    const { payer } = await makeShop(server, 10n);
    const request = { requestId: randomUUID(), walletId: payer.walletId };
    const refuse = () =>
      errorOf((options) =>
        server.clients.wallets.unlinkWallet(request, { ...options, ...as(payer.session) }),
      );
    const refused = await refuse();
    expect(refused).toMatchObject({
      code: 'FAILED_PRECONDITION',
      reason: 'WALLET_NOT_EMPTY',
      metadata: { wallet_id: payer.walletId, balance_credits: '10' },
    });
    expect((await refuse()).trailer.get('ewallet-replayed')).toBe('true');
    expect(await balance(payer, payer.walletId)).toBe(10n);
    await expectLedgerVerified(server);
  });

  test('goes to no wallet that is not the own, unlinked, itself, or too full', async () => {
    const { payer, payee } = await makeShop(server, 10n);
    const foreign = await refusalOf(payer, payer.walletId, payee.walletId);
    expect(foreign).toMatchObject({
      reason: 'WALLET_NOT_FOUND',
      metadata: { wallet_id: payee.walletId },
    });
    const other = await open(payer);
    await unlink(payer, other);
    expect((await refusalOf(payer, payer.walletId, other)).reason).toBe('WALLET_NOT_FOUND');
    const itself = await refusalOf(payer, payer.walletId, payer.walletId);
    expect(itself.reason).toBe('VALIDATION_FAILED');
    expect((await refusalOf(payer, payee.walletId)).reason).toBe('WALLET_NOT_FOUND');
    await expectLedgerVerified(server);
  });

  test('is refused when the other one would hold too much', async () => {
    const master = await makeMaster(server);
    const payer = await makeLoggedInUser(server, master);
    await fund(server, master, MAX_CREDITS);
    await fund(server, master, 1n);
    await supply(server, master, payer, MAX_CREDITS);
    const other = await open(payer);
    const { backendKey } = master;
    const request = { requestId: randomUUID(), credits: 1n, walletId: other };
    const backend = as({ backendKey, onBehalfOf: payer.accountId });
    await server.clients.wallets.supplyCredits(request, backend);
    expect(await refusalOf(payer, other, payer.walletId)).toMatchObject({
      code: 'OUT_OF_RANGE',
      reason: 'BALANCE_LIMIT_EXCEEDED',
    });
    await unlink(payer, payer.walletId, await open(payer));
    await expectLedgerVerified(server);
  });

  test('lets the oldest of the others become active; the last leaves none, and the next write opens one', async () => {
    const { master, payer, payee } = await makeShop(server, 10n);
    const { wallets } = server.clients;
    const second = await open(payer);
    const third = await open(payer);
    await unlink(payer, third);
    expect(await activeId(payer)).toBe(payer.walletId);
    await unlink(payer, payer.walletId, second);
    expect(await activeId(payer)).toBe(second);
    await wallets.payCredits(paymentTo(payee, 10n), as(payer.session));
    await unlink(payer, second);
    expect(await activeId(payer)).toBe('');
    const none = await errorOf((options) =>
      wallets.getWallet({}, { ...options, ...as(payer.session) }),
    );
    expect(none.reason).toBe('WALLET_NOT_FOUND');
    await wallets.transferCredits(paymentTo(payer, 3n), as(payee.session));
    const received = await activeId(payer);
    expect(received).toMatch(/^wal_/);
    expect(await balance(payer, received)).toBe(3n);
    await wallets.transferCredits(paymentTo(payee, 3n), as(payer.session));
    await unlink(payer, received);
    await supply(server, master, payer, 2n);
    expect(await balance(payer, await activeId(payer))).toBe(2n);
    await expectLedgerVerified(server);
  });

  test('a request that is repeated after its wallet is gone gets its outcome, and opens nothing', async () => {
    const { payer, payee } = await makeShop(server, 10n);
    const { wallets } = server.clients;
    const request = { ...paymentTo(payee, 10n), walletId: payer.walletId };
    const active = paymentTo(payee, 5n);
    const refused = await errorOf((options) =>
      wallets.payCredits({ ...active, credits: 50n }, { ...options, ...as(payer.session) }),
    );
    expect(refused.reason).toBe('INSUFFICIENT_CREDITS');
    const first = await wallets.payCredits(request, as(payer.session));
    await unlink(payer, payer.walletId);
    expect(await wallets.payCredits(request, as(payer.session))).toEqual(first);
    const again = await errorOf((options) =>
      wallets.payCredits({ ...active, credits: 50n }, { ...options, ...as(payer.session) }),
    );
    expect(again.reason).toBe('INSUFFICIENT_CREDITS');
    expect(await activeId(payer)).toBe('');
  });

  test('who pays to it is told that it is not there', async () => {
    const { payer, payee } = await makeShop(server, 10n);
    const other = await open(payee);
    await unlink(payee, other);
    const error = await errorOf((options) =>
      server.clients.wallets.payCredits(
        { ...paymentTo(payee, 1n), payeeWalletId: other },
        { ...options, ...as(payer.session) },
      ),
    );
    expect(error.reason).toBe('PAYEE_NOT_FOUND');
  });

  test('and the account itself may be unlinked afterwards, recovered and removed', async () => {
    const { payer } = await makeShop(server, 10n);
    const { accounts } = server.clients;
    const other = await open(payer);
    await unlink(payer, payer.walletId, other);
    await accounts.unlinkAccount({}, as(payer.session));
    expect(await statesOf(server, payer.walletId, other)).toEqual(['CLOSED', 'LEAVING']);
    await accounts.recoverAccount({}, as(payer.session));
    expect(await statesOf(server, payer.walletId, other)).toEqual(['CLOSED', 'OPEN']);
    await accounts.unlinkAccount({ force: true }, as(payer.session));
    expect(await statesOf(server, other)).toEqual(['CLOSED']);
    await expectLedgerVerified(server);
  });
});
