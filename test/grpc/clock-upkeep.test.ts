import { beforeAll, expect, test } from 'vitest';
import { errorOf } from '../support/call-error.js';
import { as } from '../support/clients.js';
import { type LoggedInUser, makeShop } from '../support/money.js';
import { startServer, type TestServer } from '../support/start-server.js';
import { expectLedgerVerified } from '../support/tenancy.js';

let server: TestServer;

beforeAll(async () => {
  server = await startServer({ env: { EWALLET_CLOCKS_PER_ACCOUNT: '6' } });
});

async function activeClockId(user: LoggedInUser): Promise<string> {
  const { wallet } = await server.clients.wallets.getWallet({}, as(user.session));
  return wallet?.activeClockId ?? '';
}

test('a further clock begins with its sheets, and is not the active one', async () => {
  const { payer } = await makeShop(server, 1n);
  const { clocks } = server.clients;
  const first = await activeClockId(payer);
  server.time.advance(1_000);
  const { clock } = await clocks.createClock({ reference: 'Nights' }, as(payer.session));
  expect(clock).toMatchObject({ walletId: payer.walletId, reference: 'Nights' });
  expect(clock?.activeTimeSheetId).toMatch(/^tms_/);
  expect(clock?.activeConversionSheetId).toMatch(/^cvs_/);
  expect(await activeClockId(payer)).toBe(first);
  const listed = await clocks.listClocks({}, as(payer.session));
  expect(listed.clocks.map(({ clockId }) => clockId)).toEqual([clock?.clockId, first]);
  await expectLedgerVerified(server);
});

test('switching makes another clock of the wallet the one that is meant', async () => {
  const { payer, payee } = await makeShop(server, 1n);
  const { clocks, wallets } = server.clients;
  const { clock } = await clocks.createClock({}, as(payer.session));
  const clockId = clock?.clockId ?? '';
  await clocks.switchClock({ clockId }, as(payer.session));
  expect(await activeClockId(payer)).toBe(clockId);
  expect((await clocks.getClock({}, as(payer.session))).clock?.clockId).toBe(clockId);
  const { wallet } = await wallets.createWallet({}, as(payer.session));
  const walletId = wallet?.walletId ?? '';
  const other = await clocks.createClock({ walletId }, as(payer.session));
  await clocks.switchClock({ clockId: other.clock?.clockId ?? '' }, as(payer.session));
  expect(await activeClockId(payer)).toBe(clockId);
  const seen = await wallets.getWallet({ walletId }, as(payer.session));
  expect(seen.wallet?.activeClockId).toBe(other.clock?.clockId);
  const foreign = await errorOf((options) =>
    clocks.switchClock({ clockId }, { ...options, ...as(payee.session) }),
  );
  expect(foreign).toMatchObject({ code: 'NOT_FOUND', reason: 'CLOCK_NOT_FOUND' });
});

test('clocks are listed in pages, and are as many as the setting says', async () => {
  const { payer } = await makeShop(server, 1n);
  const { clocks } = server.clients;
  const made = [await activeClockId(payer)];
  for (let count = 1; count < 6; count += 1) {
    const { clock } = await clocks.createClock({}, as(payer.session));
    made.unshift(clock?.clockId ?? '');
  }
  const error = await errorOf((options) =>
    clocks.createClock({}, { ...options, ...as(payer.session) }),
  );
  expect(error).toMatchObject({ reason: 'CLOCK_LIMIT_REACHED', metadata: { limit: '6' } });
  const found: string[] = [];
  for (let pageToken = '', pages = 0; pages === 0 || pageToken; pages += 1) {
    const page = await clocks.listClocks({ pageSize: 4, pageToken }, as(payer.session));
    found.push(...page.clocks.map(({ clockId }) => clockId));
    pageToken = page.nextPageToken;
    expect(pages).toBeLessThan(3);
  }
  expect(found).toEqual(made);
});
