import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import type { UserCaller } from '../../src/model/caller.js';
import { createLedgerWorld, type LedgerWorld } from '../support/ledger-world.js';
import { openTestDatabase } from '../support/test-database.js';

const PAGE = 7;
const WRITES = 60;

let worlds: [LedgerWorld, LedgerWorld];

beforeAll(async () => {
  const db = await openTestDatabase();
  worlds = [await createLedgerWorld(db), await createLedgerWorld(db)];
});

/** Reads a list to its end, page by page, each on the other instance. `read` gives keys and where the next page begins. */
async function readAll<T>(
  read: (world: LedgerWorld, before: T | null) => Promise<{ keys: bigint[]; next: T | null }>,
): Promise<bigint[]> {
  const all: bigint[] = [];
  let before: T | null = null;
  for (let turn = 0; turn === 0 || before !== null; turn += 1) {
    const { keys, next }: { keys: bigint[]; next: T | null } = await read(
      worlds[turn % 2] as LedgerWorld,
      before,
    );
    all.push(...keys);
    before = next;
  }
  return all;
}

/** Reads a list again and again while both instances write to it, and checks each reading against what was there when it began. */
async function readWhile<T>(
  writes: Promise<unknown>[],
  known: () => readonly bigint[],
  read: Parameters<typeof readAll<T>>[0],
): Promise<number> {
  let writing = true;
  const done = Promise.all(writes).finally(() => {
    writing = false;
  });
  let readings = 0;
  while (writing) {
    const there = [...known()];
    const found = await readAll(read);
    expect(new Set(found).size).toBe(found.length);
    expect(there.filter((key) => !found.includes(key))).toEqual([]);
    readings += 1;
    // On SQLite nothing that is read waits for anything: the writers would never get their turn.
    await nextTurn();
  }
  await done;
  const last = await readAll(read);
  expect([...last].sort(order)).toEqual([...known()].sort(order));
  return readings;
}

function order(a: bigint, b: bigint): number {
  return a < b ? -1 : Number(a > b);
}

async function people(): Promise<[UserCaller, UserCaller, UserCaller]> {
  const [one] = worlds;
  const master = await one.addMaster(3, 1_000_000n);
  const users = master.users as [UserCaller, UserCaller, UserCaller];
  for (const user of users) {
    const request = { requestId: one.requestId(), walletId: null, credits: 1_000n, notes: '' };
    await one.domain.supply.supply(user, { ...request, cost: null });
  }
  return users;
}

test.each(['transferSheets', 'invoiceSheets'] as const)(
  'records of %s that both instances write are paged, none lost, none twice',
  async (kind) => {
    const [anna, ben, cleo] = await people();
    const { rows } = await worlds[0].domain[kind].listRecords(cleo, null, {
      size: 9,
      before: null,
    });
    const written = rows.map(({ record }) => record.record.operationId);
    const write = async (world: LedgerWorld, from: UserCaller) => {
      for (let count = 0; count < WRITES; count += 1) {
        const [payer, payee] = count % 4 === 3 ? [cleo, from] : [from, cleo];
        const { operation } = await world.domain.payments.pay(payer, {
          requestId: world.requestId(),
          walletId: null,
          payee: { accountId: payee.user.id },
          payeeWalletId: null,
          credits: 1n,
          notes: '',
        });
        written.push(operation.id);
      }
    };
    const readings = await readWhile<{ ownerId: bigint; version: bigint }>(
      [write(worlds[0], anna), write(worlds[1], ben)],
      () => written,
      async ({ domain }, before) => {
        const page = await domain[kind].listRecords(cleo, null, { size: PAGE, before });
        const keys = page.rows.map(({ record }) => record.record.operationId);
        return { keys, next: page.next };
      },
    );
    expect(readings).toBeGreaterThan(1);
    expect(written).toHaveLength(2 * WRITES + 1);
  },
  120_000,
);

type Place = { createTime: number; id: bigint };

test('sheets that both instances make are paged, none lost, none twice', async () => {
  const [anna] = await people();
  const made: bigint[] = [];
  const first = await worlds[0].domain.timeSheets.get(anna, null);
  made.push(first.id);
  const write = async (world: LedgerWorld) => {
    for (let count = 0; count < 40; count += 1) {
      const sheet = await world.domain.timeSheets.create(anna, { ownerId: null, reference: '' });
      made.push(sheet.id);
      world.time.advance(1);
    }
  };
  await readWhile<Place>(
    worlds.map(write),
    () => made,
    async ({ domain }, before) => {
      const page = await domain.timeSheets.list(anna, null, { size: PAGE, before });
      return { keys: page.rows.map(({ id }) => id), next: page.next };
    },
  );
  expect(made).toHaveLength(81);
}, 120_000);

test('wallets and clocks that both instances make are paged, none lost, none twice', async () => {
  const [anna] = await people();
  const walletIds: bigint[] = [anna.user.activeWalletId ?? 0n];
  const clockIds: bigint[] = [];
  const { clock } = { clock: await worlds[0].domain.clocks.getClock(anna, null) };
  clockIds.push(clock.id);
  const writeWallets = async ({ domain, time }: LedgerWorld) => {
    for (let count = 0; count < 9; count += 1) {
      walletIds.push((await domain.walletUpkeep.create(anna, '')).wallet.id);
      time.advance(1);
    }
  };
  const writeClocks = async ({ domain, time }: LedgerWorld) => {
    for (let count = 0; count < 9; count += 1) {
      clockIds.push((await domain.clockUpkeep.create(anna, { walletId: null, reference: '' })).id);
      time.advance(1);
    }
  };
  await readWhile<Place>(
    worlds.map(writeWallets),
    () => walletIds,
    async ({ domain }, before) => {
      const page = await domain.walletUpkeep.list(anna, { size: 3, before });
      return { keys: page.rows.map(({ id }) => id), next: page.next };
    },
  );
  await readWhile<Place>(
    worlds.map(writeClocks),
    () => clockIds,
    async ({ domain }, before) => {
      const page = await domain.clockUpkeep.list(anna, null, { size: 3, before });
      return { keys: page.rows.map(({ id }) => id), next: page.next };
    },
  );
  expect(walletIds).toHaveLength(19);
  expect(clockIds).toHaveLength(19);
}, 120_000);
