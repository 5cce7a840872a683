import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Funding } from '../../generated/ewallet/v1/master_service.js';
import { MAX_CREDITS } from '../../src/model/ledger.js';
import { errorOf } from '../support/call-error.js';
import { as } from '../support/clients.js';
import { balanceOf, fund, makeShop, paymentTo, type Shop, supply } from '../support/money.js';
import { makeLoggedInUser, makeMaster, openSession } from '../support/people.js';
import { operatorKey } from '../support/server-secrets.js';
import { startServer, type TestServer } from '../support/start-server.js';

let server: TestServer;
let shop: Shop;

beforeAll(async () => {
  server = await startServer();
  shop = await makeShop(server);
});

type PayRequest = Parameters<TestServer['clients']['wallets']['payCredits']>[0];

/** The refusal of a payment by the payer; the balance must be what it was. */
async function payRefusal(request: PayRequest, credentials = as(shop.payer.session)) {
  const before = await balanceOf(server, shop.payer);
  const error = await errorOf((options) =>
    server.clients.wallets.payCredits(request, { ...options, ...credentials }),
  );
  expect(await balanceOf(server, shop.payer)).toBe(before);
  return error;
}

describe('INVALID_ARGUMENT', () => {
  const valid = () => paymentTo(shop.payee, 1n);
  const rows: [string, () => Record<string, unknown>, string][] = [
    ['zero credits', () => ({ credits: 0n }), 'credits'],
    ['negative credits', () => ({ credits: -30n }), 'credits'],
    ['too many credits', () => ({ credits: MAX_CREDITS + 1n }), 'credits'],
    ['a request id that is no UUID', () => ({ requestId: 'again' }), 'request_id'],
    ['a missing request id', () => ({ requestId: '' }), 'request_id'],
    ['a malformed wallet id', () => ({ walletId: 'wallet-1' }), 'wallet_id'],
    ['a wallet id of another kind', () => ({ walletId: shop.payer.accountId }), 'wallet_id'],
    ['notes over their limit', () => ({ notes: 'x'.repeat(281) }), 'notes'],
    ['no payee', () => ({ payee: undefined }), 'payee'],
    [
      'a payee e-mail over its limit',
      () => ({ payee: { $case: 'payeeEmail', value: 'x'.repeat(255) } }),
      'payee_email',
    ],
  ];
  test.each(rows)('%s', async (_, change, field) => {
    const error = await payRefusal({ ...valid(), ...change() } as PayRequest);
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'VALIDATION_FAILED' });
    expect(error.fields).toEqual([field]);
  });

  test('self-payment, by id and by e-mail', async () => {
    const byId = await payRefusal(paymentTo(shop.payer, 1n));
    expect(byId).toMatchObject({ reason: 'SELF_PAYMENT', fields: ['payee_account_id'] });
    const payee = { $case: 'payeeEmail' as const, value: shop.payer.email };
    const byEmail = await payRefusal({ ...valid(), payee });
    expect(byEmail).toMatchObject({ reason: 'SELF_PAYMENT', fields: ['payee_email'] });
  });

  test('a cost without a currency', async () => {
    const { backendKey } = shop.master;
    const error = await errorOf((options) =>
      server.clients.wallets.supplyCredits(
        {
          requestId: randomUUID(),
          credits: 1n,
          costPerCredit: { currencyCode: 'euro', units: 1n, nanos: 0 },
        },
        { ...options, ...as({ backendKey, onBehalfOf: shop.payer.accountId }) },
      ),
    );
    expect(error.reason).toBe('VALIDATION_FAILED');
  });

  test('a page token of another list, or an altered one', async () => {
    const { payer, payee } = await makeShop(server, 10n);
    await server.clients.wallets.payCredits(paymentTo(payee, 1n), as(payer.session));
    const { nextPageToken } = await server.clients.wallets.listEntries(
      { pageSize: 1 },
      as(payer.session),
    );
    for (const pageToken of [nextPageToken, `${nextPageToken}x`, 'abc', '%%%']) {
      const error = await errorOf((options) =>
        server.clients.transferSheets.listTransferRecords(
          { pageToken },
          { ...options, ...as(payer.session) },
        ),
      );
      expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'PAGE_TOKEN_MISMATCH' });
    }
  });

  test('an undefined enum value', async () => {
    const error = await errorOf((options) =>
      server.clients.system.setMasterTerms(
        {
          requestId: randomUUID(),
          masterId: shop.master.masterId,
          terms: { funding: 99 as Funding, creditLimitCredits: 0n, selfSupply: false },
        },
        { ...options, ...as({ operatorKey }) },
      ),
    );
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', fields: ['terms.funding'] });
  });
});

describe('UNAUTHENTICATED', () => {
  test('no credentials, a foreign token, nobody logged in', async () => {
    const none = await payRefusal(paymentTo(shop.payee, 1n), as({}));
    expect(none).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'CREDENTIALS_MISSING' });
    const { clientId } = await openSession(server);
    const { sessionToken } = shop.payer.session;
    const foreign = await payRefusal(paymentTo(shop.payee, 1n), as({ clientId, sessionToken }));
    expect(foreign).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'SESSION_TOKEN_INVALID' });
  });

  test('credentials are asked for before the request is looked at', async () => {
    const error = await payRefusal({ ...paymentTo(shop.payee, 0n), requestId: '' }, as({}));
    expect(error.reason).toBe('CREDENTIALS_MISSING');
  });

  test('an acquire key in place of a backend key', async () => {
    const { acquireKey: backendKey } = shop.master;
    const credentials = as({ backendKey, onBehalfOf: shop.payer.accountId });
    const error = await payRefusal(paymentTo(shop.payee, 1n), credentials);
    expect(error).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'MASTER_KEY_REFUSED' });
  });
});

describe('PERMISSION_DENIED', () => {
  test('users supply themselves only where the terms allow it', async () => {
    const { master, payer } = await makeShop(server, 10n);
    const supplySelf = () =>
      errorOf((options) =>
        server.clients.wallets.supplyCredits(
          { requestId: randomUUID(), credits: 1n },
          { ...options, ...as(payer.session) },
        ),
      );
    expect(await supplySelf()).toMatchObject({
      code: 'PERMISSION_DENIED',
      reason: 'SELF_SUPPLY_DISABLED',
    });
    const terms = { funding: 1, creditLimitCredits: 0n, selfSupply: true };
    await server.clients.system.setMasterTerms(
      { requestId: randomUUID(), masterId: master.masterId, terms },
      as({ operatorKey }),
    );
    const request = { requestId: randomUUID(), credits: 1n };
    await server.clients.wallets.supplyCredits(request, as(payer.session));
    expect(await balanceOf(server, payer)).toBe(11n);
  });
});

describe('NOT_FOUND', () => {
  test("a payee that is missing, of another master, or a wallet that is not the payee's", async () => {
    const stranger = await makeLoggedInUser(server, await makeMaster(server));
    const byEmail = (value: string) => ({
      ...paymentTo(shop.payee, 1n),
      payee: { $case: 'payeeEmail' as const, value },
    });
    const requests = [
      byEmail('nobody@example.com'),
      byEmail(stranger.email),
      paymentTo(stranger, 1n),
      paymentTo({ ...stranger, accountId: 'usr_zzzzzzzzzzzzz' }, 1n),
      { ...paymentTo(shop.payee, 1n), payeeWalletId: stranger.walletId },
      { ...paymentTo(shop.payee, 1n), payeeWalletId: shop.payer.walletId },
    ];
    for (const request of requests) {
      expect(await payRefusal(request)).toMatchObject({
        code: 'NOT_FOUND',
        reason: 'PAYEE_NOT_FOUND',
      });
    }
  });

  test("somebody else's wallet answers as a missing one", async () => {
    const missing = 'wal_zzzzzz';
    const answers = await Promise.all(
      [shop.payee.walletId, missing].map(async (walletId) => {
        const error = await payRefusal({ ...paymentTo(shop.payee, 1n), walletId });
        return { ...error, trailer: undefined, text: error.message.replace(walletId, '') };
      }),
    );
    expect(answers.map(({ code, reason, text }) => ({ code, reason, text }))).toEqual([
      { code: 'NOT_FOUND', reason: 'WALLET_NOT_FOUND', text: expect.any(String) },
      { code: 'NOT_FOUND', reason: 'WALLET_NOT_FOUND', text: answers[0]?.text },
    ]);
  });

  test("somebody else's request id, records and master", async () => {
    const { payer, payee } = await makeShop(server, 10n);
    const request = paymentTo(payee, 1n);
    const paid = await server.clients.wallets.payCredits(request, as(payer.session));
    const stranger = as(shop.payer.session);
    const { requestId } = request;
    const { wallets, transferSheets, invoiceSheets, system } = server.clients;
    const transferRecordId = paid.transferRecord?.transferRecordId ?? '';
    const invoiceRecordId = paid.invoiceRecord?.invoiceRecordId ?? '';
    const transferSheetId = paid.transferRecord?.transferSheetId ?? '';
    const calls: [string, (options: object) => Promise<unknown>][] = [
      ['OPERATION', (o) => wallets.getOperation({ requestId }, { ...o, ...stranger })],
      [
        'TRANSFER_RECORD',
        (o) => transferSheets.getTransferRecord({ transferRecordId }, { ...o, ...stranger }),
      ],
      [
        'INVOICE_RECORD',
        (o) => invoiceSheets.getInvoiceRecord({ invoiceRecordId }, { ...o, ...stranger }),
      ],
      [
        'TRANSFER_SHEET',
        (o) => transferSheets.listTransferRecords({ transferSheetId }, { ...o, ...stranger }),
      ],
      [
        'MASTER',
        (o) =>
          system.fundMaster(
            { requestId: randomUUID(), masterId: 'mst_zzzz', credits: 1n },
            { ...o, ...as({ operatorKey }) },
          ),
      ],
    ];
    for (const [what, call] of calls) {
      expect(await errorOf(call)).toMatchObject({ code: 'NOT_FOUND', reason: `${what}_NOT_FOUND` });
    }
  });
});

describe('FAILED_PRECONDITION', () => {
  test('too few credits: the figures are told to the owner', async () => {
    const { payer, payee } = await makeShop(server, 10n);
    const error = await errorOf((options) =>
      server.clients.wallets.payCredits(paymentTo(payee, 11n), {
        ...options,
        ...as(payer.session),
      }),
    );
    expect(error).toMatchObject({ code: 'FAILED_PRECONDITION', reason: 'INSUFFICIENT_CREDITS' });
    expect(error.metadata).toEqual({
      wallet_id: payer.walletId,
      balance_credits: '10',
      required_credits: '11',
    });
  });

  test('a request id used for something else', async () => {
    const { payer, payee } = await makeShop(server, 10n);
    const request = paymentTo(payee, 1n);
    await server.clients.wallets.payCredits(request, as(payer.session));
    const others = [
      { ...request, credits: 2n },
      { ...request, notes: 'x' },
      { ...request, payee: { $case: 'payeeEmail' as const, value: payee.email } },
      { ...request, walletId: payer.walletId },
    ];
    for (const other of others) {
      const error = await errorOf((options) =>
        server.clients.wallets.payCredits(other, { ...options, ...as(payer.session) }),
      );
      expect(error).toMatchObject({ code: 'FAILED_PRECONDITION', reason: 'REQUEST_ID_REUSED' });
    }
    const transfer = await errorOf((options) =>
      server.clients.wallets.transferCredits(request, { ...options, ...as(payer.session) }),
    );
    expect(transfer.reason).toBe('REQUEST_ID_REUSED');
    expect(await balanceOf(server, payer)).toBe(9n);
  });

  test('an empty pool, and a credit line that ends', async () => {
    const { master, payee } = await makeShop(server, 10n);
    const supplyRefusal = (credits: bigint) =>
      errorOf((options) =>
        server.clients.wallets.supplyCredits(
          { requestId: randomUUID(), credits },
          {
            ...options,
            ...as({ backendKey: master.backendKey, onBehalfOf: payee.accountId }),
          },
        ),
      );
    expect((await supplyRefusal(11n)).reason).toBe('INSUFFICIENT_POOL_CREDITS');
    const terms = { funding: 2, creditLimitCredits: 5n, selfSupply: false };
    const { masterId } = master;
    const set = { requestId: randomUUID(), masterId, terms };
    await server.clients.system.setMasterTerms(set, as({ operatorKey }));
    await supply(server, master, payee, 15n);
    expect((await supplyRefusal(1n)).reason).toBe('INSUFFICIENT_POOL_CREDITS');
  });
});

describe('OUT_OF_RANGE', () => {
  test('a wallet that would hold too much', async () => {
    const { master, payer, payee } = await makeShop(server, 10n);
    await fund(server, master, MAX_CREDITS);
    await supply(server, master, payee, MAX_CREDITS);
    const error = await errorOf((options) =>
      server.clients.wallets.payCredits(paymentTo(payee, 1n), { ...options, ...as(payer.session) }),
    );
    expect(error).toMatchObject({
      code: 'OUT_OF_RANGE',
      reason: 'BALANCE_LIMIT_EXCEEDED',
      metadata: { max_balance_credits: String(MAX_CREDITS) },
    });
  });
});
