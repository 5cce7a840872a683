import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { OperationKind, OperationStatus } from '../../generated/ewallet/v1/operation.js';
import { Direction, TransferKind } from '../../generated/ewallet/v1/transfer_sheet_service.js';
import { MAX_CREDITS } from '../../src/model/ledger.js';
import { errorOf } from '../support/call-error.js';
import { as } from '../support/clients.js';
import { balanceOf, fund, makeShop, paymentTo, supply } from '../support/money.js';
import { makeMaster } from '../support/people.js';
import { operatorKey } from '../support/server-secrets.js';
import { startServer, type TestServer } from '../support/start-server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});

describe('OK', () => {
  test('a payment moves credits and is one record on both sheets, sold by the payee', async () => {
    const { payer, payee } = await makeShop(server, 500n);
    const request = { ...paymentTo(payee, 120n), notes: 'zwei Karten, 🎟' };
    const paid = await server.clients.wallets.payCredits(request, as(payer.session));
    expect(paid.operation).toMatchObject({
      requestId: request.requestId,
      kind: OperationKind.OPERATION_KIND_PAYMENT,
      status: OperationStatus.OPERATION_STATUS_APPLIED,
      failureReason: '',
      walletId: payer.walletId,
      credits: 120n,
      balanceCredits: 380n,
    });
    expect(paid.transferRecord).toMatchObject({
      kind: TransferKind.TRANSFER_KIND_PAYMENT,
      direction: Direction.DIRECTION_OUTGOING,
      payerAccountId: payer.accountId,
      payeeAccountId: payee.accountId,
      balanceCredits: 380n,
      notes: request.notes,
    });
    expect(paid.invoiceRecord).toMatchObject({
      sellerAccountId: payee.accountId,
      buyerAccountId: payer.accountId,
      sellerMasterId: '',
      credits: 120n,
    });
    expect(await balanceOf(server, payer)).toBe(380n);
    expect(await balanceOf(server, payee)).toBe(120n);
  });

  test('a supply takes from the pool; its invoice is sold by the master', async () => {
    const { master, payee } = await makeShop(server, 500n);
    const supplied = await server.clients.wallets.supplyCredits(
      {
        requestId: randomUUID(),
        credits: 70n,
        costPerCredit: { currencyCode: 'EUR', units: 0n, nanos: 100_000_000 },
      },
      as({ backendKey: master.backendKey, onBehalfOf: payee.accountId }),
    );
    expect(supplied.operation?.balanceCredits).toBe(70n);
    expect(supplied.transferRecord).toMatchObject({
      direction: Direction.DIRECTION_INCOMING,
      payerMasterId: master.masterId,
      payerAccountId: '',
    });
    expect(supplied.invoiceRecord).toMatchObject({
      sellerMasterId: master.masterId,
      sellerAccountId: '',
      buyerAccountId: payee.accountId,
      costPerCredit: { currencyCode: 'EUR', units: 0n, nanos: 100_000_000 },
    });
    const { backendKey } = master;
    const shown = await server.clients.masters.getMaster({}, as({ backendKey }));
    expect(shown.master?.poolCredits).toBe(1_000n - 500n - 70n);
  });

  test('a transfer writes no invoice', async () => {
    const { payer, payee } = await makeShop(server, 50n);
    const request = {
      requestId: randomUUID(),
      payee: { $case: 'payeeEmail' as const, value: payee.email.toUpperCase() },
      credits: 50n,
    };
    const { operation } = await server.clients.wallets.transferCredits(request, as(payer.session));
    expect(operation?.balanceCredits).toBe(0n);
    const { invoiceRecords } = await server.clients.invoiceSheets.listInvoiceRecords(
      {},
      as(payee.session),
    );
    expect(invoiceRecords).toEqual([]);
  });

  test('the backend pays on behalf of its user', async () => {
    const { master, payer, payee } = await makeShop(server, 50n);
    const credentials = as({ backendKey: master.backendKey, onBehalfOf: payer.accountId });
    await server.clients.wallets.payCredits(paymentTo(payee, 5n), credentials);
    expect(await balanceOf(server, payer)).toBe(45n);
  });

  test('amounts at the limit of a wallet are exact', async () => {
    const { master, payer, payee } = await makeShop(server, 1n);
    await fund(server, master, MAX_CREDITS);
    await supply(server, master, payer, MAX_CREDITS - 1n);
    expect(await balanceOf(server, payer)).toBe(MAX_CREDITS);
    await server.clients.wallets.payCredits(paymentTo(payee, MAX_CREDITS), as(payer.session));
    expect(await balanceOf(server, payee)).toBe(MAX_CREDITS);
  });

  test('GetOperation tells the outcome of a request id, applied or refused', async () => {
    const { payer, payee } = await makeShop(server, 10n);
    const request = paymentTo(payee, 4n);
    await server.clients.wallets.payCredits(request, as(payer.session));
    const { requestId } = request;
    const found = await server.clients.wallets.getOperation({ requestId }, as(payer.session));
    expect(found.operation?.balanceCredits).toBe(6n);
    expect(found.invoiceRecord?.credits).toBe(4n);
    const tooMuch = paymentTo(payee, 7n);
    await errorOf((o) =>
      server.clients.wallets.payCredits(tooMuch, { ...o, ...as(payer.session) }),
    );
    const refused = await server.clients.wallets.getOperation(
      { requestId: tooMuch.requestId },
      as(payer.session),
    );
    expect(refused.operation).toMatchObject({
      status: OperationStatus.OPERATION_STATUS_FAILED,
      failureReason: 'INSUFFICIENT_CREDITS',
    });
    expect(refused.transferRecord).toBeUndefined();
  });

  test('entries and records page in commit order, without gaps or repeats', async () => {
    const { payer, payee } = await makeShop(server, 100n);
    for (let credits = 1n; credits <= 7n; credits += 1n) {
      await server.clients.wallets.payCredits(paymentTo(payee, credits), as(payer.session));
    }
    const versions: bigint[] = [];
    const credits: bigint[] = [];
    for (let pageToken = '', pages = 0; pages === 0 || pageToken !== ''; pages += 1) {
      const page = await server.clients.wallets.listEntries(
        { pageSize: 3, pageToken },
        as(payer.session),
      );
      versions.push(...page.entries.map(({ version }) => version));
      pageToken = page.nextPageToken;
    }
    expect(versions).toEqual([8n, 7n, 6n, 5n, 4n, 3n, 2n, 1n]);
    for (let pageToken = '', pages = 0; pages === 0 || pageToken !== ''; pages += 1) {
      const page = await server.clients.transferSheets.listTransferRecords(
        { pageSize: 2, pageToken },
        as(payee.session),
      );
      credits.push(...page.transferRecords.map((record) => record.credits));
      pageToken = page.nextPageToken;
    }
    expect(credits).toEqual([7n, 6n, 5n, 4n, 3n, 2n, 1n]);
  });
});

describe('replay', () => {
  test('the same request gives the first outcome again, marked', async () => {
    const { payer, payee } = await makeShop(server, 10n);
    const request = paymentTo(payee, 4n);
    const first = await server.clients.wallets.payCredits(request, as(payer.session));
    let mark: unknown;
    const again = await server.clients.wallets.payCredits(
      { ...request, requestId: request.requestId.toUpperCase() },
      {
        ...as(payer.session),
        onTrailer: (trailer) => {
          mark = trailer.get('ewallet-replayed');
        },
      },
    );
    expect(again).toEqual(first);
    expect(mark).toBe('true');
    expect(await balanceOf(server, payer)).toBe(6n);
  });

  test('a refusal is the outcome too, also once the credits are there', async () => {
    const { master, payer, payee } = await makeShop(server, 10n);
    const request = paymentTo(payee, 11n);
    const refuse = () =>
      errorOf((options) =>
        server.clients.wallets.payCredits(request, { ...options, ...as(payer.session) }),
      );
    const first = await refuse();
    await supply(server, master, payer, 5n);
    const again = await refuse();
    expect(again.reason).toBe('INSUFFICIENT_CREDITS');
    expect(again.metadata).toEqual(first.metadata);
    expect(first.trailer.get('ewallet-replayed')).toBeUndefined();
    expect(again.trailer.get('ewallet-replayed')).toBe('true');
  });

  test('FundMaster and SetMasterTerms replay too', async () => {
    const { masterId } = await makeMaster(server);
    const request = { requestId: randomUUID(), masterId, credits: 10n };
    await server.clients.system.fundMaster(request, as({ operatorKey }));
    const again = await server.clients.system.fundMaster(request, as({ operatorKey }));
    expect(again.operation?.balanceCredits).toBe(10n);
  });
});
