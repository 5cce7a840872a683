import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { as } from '../support/clients.js';
import { makeShop, paymentTo, type Shop } from '../support/money.js';
import { sheetClient, sheetKinds } from '../support/sheet-clients.js';
import { startServer, type TestServer } from '../support/start-server.js';
import { testEngine } from '../support/test-database.js';

type Page = { ids: string[]; next: string };

/** One list of the payer: how a page of it is read, and how one more item gets on it. */
type Listing = {
  readonly name: string;
  /** How many each of the two writers makes. */
  readonly writes: number;
  page(server: TestServer, token: string): Promise<Page>;
  write(server: TestServer): Promise<string>;
};

const SIZE = 3;

let servers: [TestServer, TestServer];
let shop: Shop;
let me: ReturnType<typeof as>;

/** SQLite has one server per file: there, two callers of one server write. */
beforeAll(async () => {
  const one = await startServer();
  const shared = { databaseUrl: one.databaseUrl, time: one.time };
  servers = [one, testEngine() === 'mysql' ? await startServer(shared) : one];
  shop = await makeShop(one);
  me = as(shop.payer.session);
  const filling = { requestId: randomUUID(), credits: 100n };
  await one.clients.clocks.convertCreditsToClock(filling, me);
});

/** The timer runs once at a time, so the two writers of time records take turns. */
let timer = Promise.resolve('');

function runTimer(start: TestServer, stop: TestServer): Promise<string> {
  timer = timer.then(async () => {
    await start.clients.clocks.startTimer({ requestId: randomUUID() }, me);
    start.time.advance(1);
    const { timeRecord } = await stop.clients.clocks.stopTimer({ requestId: randomUUID() }, me);
    return timeRecord?.timeRecordId ?? '';
  });
  return timer;
}

async function pay({ clients }: TestServer) {
  return await clients.wallets.payCredits(paymentTo(shop.payee, 1n), me);
}

const writeRecord: Record<string, Listing['write']> = {
  transfer: async (server) => (await pay(server)).transferRecord?.transferRecordId ?? '',
  invoice: async (server) => (await pay(server)).invoiceRecord?.invoiceRecordId ?? '',
  conversion: async ({ clients }) => {
    const request = { requestId: randomUUID(), credits: 1n };
    const { conversionRecord } = await clients.clocks.convertCreditsToClock(request, me);
    return conversionRecord?.conversionRecordId ?? '';
  },
  time: (server) => runTimer(server, server === servers[0] ? servers[1] : servers[0]),
};

const listings: Listing[] = [
  {
    name: 'wallets',
    writes: 9,
    page: async ({ clients }, pageToken) => {
      const found = await clients.wallets.listWallets({ pageSize: SIZE, pageToken }, me);
      return { ids: found.wallets.map(({ walletId }) => walletId), next: found.nextPageToken };
    },
    write: async ({ clients }) =>
      (await clients.wallets.createWallet({}, me)).wallet?.walletId ?? '',
  },
  {
    name: 'clocks',
    writes: 12,
    page: async ({ clients }, pageToken) => {
      const found = await clients.clocks.listClocks({ pageSize: SIZE, pageToken }, me);
      return { ids: found.clocks.map(({ clockId }) => clockId), next: found.nextPageToken };
    },
    write: async ({ clients }) => (await clients.clocks.createClock({}, me)).clock?.clockId ?? '',
  },
  {
    name: 'entries',
    writes: 30,
    page: async ({ clients }, pageToken) => {
      const found = await clients.wallets.listEntries({ pageSize: SIZE, pageToken }, me);
      return { ids: found.entries.map((entry) => entry.operationId), next: found.nextPageToken };
    },
    write: async (server) => (await pay(server)).operation?.operationId ?? '',
  },
  {
    name: 'contact lists',
    writes: 20,
    page: async ({ clients }, pageToken) => {
      const found = await clients.contacts.listContactLists({ pageSize: SIZE, pageToken }, me);
      return { ids: found.contactLists.map((l) => l.contactListId), next: found.nextPageToken };
    },
    write: async ({ clients }) =>
      (await clients.contacts.createContactList({}, me)).contactList?.contactListId ?? '',
  },
  ...sheetKinds.flatMap(([kind]): Listing[] => [
    {
      name: `${kind} sheets`,
      writes: 20,
      page: async (server, token) => {
        const { sheets, next } = await sheetClient(server, kind).list(me, { size: SIZE, token });
        return { ids: sheets.map(({ id }) => id), next };
      },
      write: async (server) => (await sheetClient(server, kind).create(me)).id,
    },
    {
      name: `${kind} records`,
      writes: 30,
      page: async (server, token) => {
        const page = { size: SIZE, token };
        const { records, next } = await sheetClient(server, kind).listRecordPage(me, page);
        return { ids: records.map(({ id }) => id), next };
      },
      write: writeRecord[kind] as Listing['write'],
    },
  ]),
];

/** Reads a list to its end, page by page, each on the other instance. */
async function readAll({ page }: Listing): Promise<string[]> {
  const all: string[] = [];
  let token = '';
  for (let turn = 0; turn === 0 || token !== ''; turn += 1) {
    const { ids, next } = await page(servers[turn % 2] as TestServer, token);
    all.push(...ids);
    token = next;
  }
  return all;
}

// Records are last: those of a kind go to the sheet that was active when they were written.
test.each(
  listings.toSorted(
    (a, b) => Number(a.name.endsWith('records')) - Number(b.name.endsWith('records')),
  ),
)(
  'pages of $name hold each once, none lost, while two instances write',
  async (listing) => {
    const known = await readAll(listing);
    const before = known.length;
    let writing = true;
    async function write(server: TestServer): Promise<void> {
      for (let count = 0; count < listing.writes; count += 1) {
        const id = await listing.write(server);
        expect(id).not.toBe('');
        known.push(id);
        server.time.advance(1);
        await nextTurn();
      }
    }
    const done = Promise.all(servers.map(write)).finally(() => {
      writing = false;
    });
    let readings = 0;
    while (writing) {
      const there = [...known];
      const found = await readAll(listing);
      expect(new Set(found).size).toBe(found.length);
      expect(there.filter((id) => !found.includes(id))).toEqual([]);
      readings += 1;
      // On SQLite nothing that is read waits for anything: the writers would never get their turn.
      await nextTurn();
    }
    await done;
    expect((await readAll(listing)).toSorted()).toEqual(known.toSorted());
    expect(known).toHaveLength(before + 2 * listing.writes);
    expect(readings).toBeGreaterThan(1);
  },
  120_000,
);
