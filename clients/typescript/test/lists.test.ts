import { beforeAll, expect, test } from 'vitest';
import { startServer } from '../../stand/test-servers.js';
import { openShop, paymentTo, type Shop } from './support/shop.js';

let shop: Shop;
let aliceId: string;

beforeAll(async () => {
  shop = await openShop(await startServer());
  aliceId = await shop.addUser('alice', 100n);
  await shop.addUser('bob');
});

test('a list is looped over for all items, awaited for one page, and asked for page by page', async () => {
  const alice = shop.connectAs('alice');
  for (let index = 0; index < 7; index += 1) await alice.wallets.payCredits(paymentTo('bob'));
  const versions: bigint[] = [];
  for await (const { version } of alice.wallets.listEntries({ pageSize: 3 }))
    versions.push(version);
  expect(versions).toHaveLength(8);
  expect(versions).toEqual([...versions].sort((a, b) => Number(b - a)));

  const page = await alice.wallets.listEntries({ pageSize: 3 });
  expect(page.entries).toHaveLength(3);
  const { nextPageToken: pageToken } = page;
  const sizes: number[] = [];
  for await (const { entries } of alice.wallets.listEntries({ pageSize: 3, pageToken }).pages()) {
    sizes.push(entries.length);
  }
  expect(sizes).toEqual([3, 2]);
});

test('every list gives items of every kind', async () => {
  const alice = shop.connectAs('alice');
  const count = async (items: AsyncIterable<unknown>) => {
    let found = 0;
    for await (const _ of items) found += 1;
    return found;
  };
  const found = await Promise.all([
    count(alice.wallets.listWallets()),
    count(alice.clocks.listClocks()),
    count(alice.transferSheets.listTransferSheets()),
    count(alice.transferSheets.listTransferRecords()),
    count(alice.invoiceSheets.listInvoiceSheets()),
    count(alice.conversionSheets.listConversionSheets()),
    count(alice.timeSheets.listTimeSheets()),
    count(alice.contacts.listContactLists()),
    count(alice.accounts.listLogins()),
    count(shop.backend.masters.listSubordinates({ pageSize: 1 })),
  ]);
  for (const items of found) expect(items).toBeGreaterThan(0);
});

test("a master's backend acts for its users without a session, and only for them", async () => {
  const alice = shop.backend.onBehalfOf(aliceId);
  const { wallet } = await alice.wallets.getWallet();
  expect(wallet?.accountId).toBe(aliceId);
  const { operation } = await alice.wallets.supplyCredits({ credits: 5 });
  expect(operation?.walletId).toBe(wallet?.walletId);
  const stranger = shop.backend.onBehalfOf('usr_zzzzzz').wallets.getWallet();
  await expect(stranger).rejects.toMatchObject({ reason: 'ACCOUNT_NOT_FOUND' });
  const { master } = await shop.backend.masters.getMaster();
  expect(master?.masterId).toBe(shop.masterId);
});
