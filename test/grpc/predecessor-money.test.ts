/**
 * Faults of the system that this one succeeds, each numbered as there, that concern credits: none of them is here.
 */
import { randomUUID } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { errorOf } from '../support/call-error.js';
import { as } from '../support/clients.js';
import { balanceOf, fund, makeShop, paymentTo, supply } from '../support/money.js';
import { startServer, type TestServer } from '../support/start-server.js';
import { expectLedgerVerified } from '../support/tenancy.js';

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});

test('B2: a bad value is refused by name, and the same session goes on', async () => {
  const { payer, payee } = await makeShop(server, 10n);
  const { wallets } = server.clients;
  const nothing = await errorOf((options) =>
    wallets.payCredits(paymentTo(payee, 0n), { ...options, ...as(payer.session) }),
  );
  expect(nothing).toMatchObject({ code: 'INVALID_ARGUMENT', fields: ['credits'] });
  await wallets.payCredits(paymentTo(payee, 1n), as(payer.session));
  expect(await balanceOf(server, payer)).toBe(9n);
});

test('B4: nobody supplies himself unless the terms allow it, and no amount is below zero', async () => {
  const { payer, payee } = await makeShop(server, 50n);
  const { wallets } = server.clients;
  const supplied = await errorOf((options) =>
    wallets.supplyCredits(
      { requestId: randomUUID(), credits: 5n },
      { ...options, ...as(payer.session) },
    ),
  );
  expect(supplied).toMatchObject({ reason: 'SELF_SUPPLY_DISABLED' });
  const pulls = [wallets.payCredits, wallets.transferCredits];
  for (const pull of pulls) {
    const pulled = await errorOf((options) =>
      pull(paymentTo(payee, -30n), { ...options, ...as(payer.session) }),
    );
    expect(pulled).toMatchObject({ code: 'INVALID_ARGUMENT', fields: ['credits'] });
  }
  const overdrawn = await errorOf((options) =>
    wallets.payCredits(paymentTo(payee, 51n), { ...options, ...as(payer.session) }),
  );
  expect(overdrawn).toMatchObject({ reason: 'INSUFFICIENT_CREDITS' });
  expect([await balanceOf(server, payer), await balanceOf(server, payee)]).toEqual([50n, 0n]);
});

test('B6: payments with views between them lose nothing', async () => {
  const { payer, payee } = await makeShop(server, 300n);
  const { wallets } = server.clients;
  for (let paid = 0; paid < 30; paid += 1) {
    const [from, to] = paid % 3 === 2 ? [payee, payer] : [payer, payee];
    await wallets.payCredits(paymentTo(to, 7n), as(from.session));
    const seen = [await balanceOf(server, payer), await balanceOf(server, payee)];
    expect((seen[0] ?? 0n) + (seen[1] ?? 0n)).toBe(300n);
  }
  expect(await balanceOf(server, payee)).toBe(70n);
  await expectLedgerVerified(server);
});

test('B11: sheets and records answer nobody who has logged out', async () => {
  const { payer, payee } = await makeShop(server, 10n);
  const { wallets, accounts, invoiceSheets, transferSheets } = server.clients;
  const paid = await wallets.payCredits(paymentTo(payee, 1n), as(payer.session));
  await accounts.logout({}, as(payer.session));
  const invoiceRecordId = paid.invoiceRecord?.invoiceRecordId ?? '';
  const calls = [
    (options: object) => invoiceSheets.getInvoiceRecord({ invoiceRecordId }, options),
    (options: object) => invoiceSheets.listInvoiceRecords({}, options),
    (options: object) => transferSheets.listTransferRecords({}, options),
  ];
  for (const call of calls) {
    const error = await errorOf((options) => call({ ...options, ...as(payer.session) }));
    expect(error).toMatchObject({ reason: 'NOT_LOGGED_IN' });
  }
});

test('B13: the seller of a payment is the payee, of a supply the master, and both find their records', async () => {
  const { master, payer, payee } = await makeShop(server, 10n);
  const { wallets, invoiceSheets } = server.clients;
  const { invoiceRecord } = await wallets.payCredits(paymentTo(payee, 1n), as(payer.session));
  expect(invoiceRecord?.sellerAccountId).toBe(payee.accountId);
  const invoiceRecordId = invoiceRecord?.invoiceRecordId ?? '';
  for (const { session } of [payer, payee]) {
    const { invoiceRecord: seen } = await invoiceSheets.getInvoiceRecord(
      { invoiceRecordId },
      as(session),
    );
    expect(seen?.sellerAccountId).toBe(payee.accountId);
  }
  await fund(server, master, 5n);
  const supplied = await supply(server, master, payee, 5n);
  expect(supplied.invoiceRecord?.sellerMasterId).toBe(master.masterId);
  const own = supplied.invoiceRecord?.invoiceRecordId ?? '';
  const { invoiceRecord: found } = await invoiceSheets.getInvoiceRecord(
    { invoiceRecordId: own },
    as(payee.session),
  );
  expect(found?.credits).toBe(5n);
});

test('B25: answers of many callers at once are their own, and credits are kept', async () => {
  const { payer, payee } = await makeShop(server, 400n);
  const { accounts, wallets } = server.clients;
  const calls = Array.from({ length: 80 }, async (_, index) => {
    const [me, other] = index % 2 === 0 ? [payer, payee] : [payee, payer];
    const seen = await accounts.getAccount({}, as(me.session));
    expect(seen.account?.accountId).toBe(me.accountId);
    const request = paymentTo(other, 1n);
    const paid = await wallets
      .transferCredits(request, as(me.session))
      .catch((error: unknown) => error);
    if (!(paid instanceof Error)) {
      expect(paid).toMatchObject({ operation: { requestId: request.requestId } });
    }
  });
  await Promise.all(calls);
  expect((await balanceOf(server, payer)) + (await balanceOf(server, payee))).toBe(400n);
  await expectLedgerVerified(server);
});
