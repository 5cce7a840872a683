import { setImmediate as turn } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { type Server, startServer } from '../../stand/test-servers.js';
import { balanceOf, openShop, payTo } from './support/shop.js';

let server: Server;

beforeAll(async () => {
  server = await startServer();
});

test('10,000 payments down one stream with a slow reader: never more under way than were asked for', async () => {
  const shop = await openShop(server);
  await shop.addUser('alice', 10_000n);
  await shop.addUser('bob');
  const alice = shop.connectAs('alice');
  const maxUnanswered = 100;
  let taken = 0;
  let read = 0;
  let most = 0;
  async function* orders() {
    while (taken < 10_000) {
      taken += 1;
      most = Math.max(most, taken - read);
      yield payTo('bob');
    }
  }
  const ids = new Set<string>();
  for await (const { requestId, error } of alice.wallets.streamPayments(orders(), {
    maxUnanswered,
  })) {
    expect(error).toBeUndefined();
    ids.add(requestId);
    read += 1;
    // Slower than the server: everything that can arrive meanwhile does.
    if (read % 10 === 0) for (let wait = 0; wait < 5; wait += 1) await turn();
  }
  expect(ids.size).toBe(10_000);
  expect(most).toBeLessThanOrEqual(maxUnanswered + 1);
  expect(await balanceOf(shop.connectAs('bob'))).toBe(10_000n);
  await server.verify();
});

test('a reader that stops is not taken from, and who leaves the loop ends the stream', async () => {
  const shop = await openShop(server);
  await shop.addUser('alice', 1_000n);
  await shop.addUser('bob');
  const alice = shop.connectAs('alice');
  let taken = 0;
  let returned = false;
  function* orders() {
    try {
      for (;;) {
        taken += 1;
        yield payTo('bob');
      }
    } finally {
      returned = true;
    }
  }
  let read = 0;
  for await (const _ of alice.wallets.streamPayments(orders(), { maxUnanswered: 10 })) {
    read += 1;
    if (read === 1) {
      const before = taken;
      // Other calls are answered meanwhile: time passes, and nothing is taken.
      for (let index = 0; index < 10; index += 1) await alice.wallets.getWallet();
      expect(taken).toBeLessThanOrEqual(Math.max(before, 11));
    }
    if (read === 20) break;
  }
  expect(returned).toBe(true);
  expect(taken).toBeLessThanOrEqual(31);
});

test('orders that are refused are answered so, and the stream goes on; a source that fails is told of at the end', async () => {
  const shop = await openShop(server);
  await shop.addUser('alice', 5n);
  await shop.addUser('bob');
  const alice = shop.connectAs('alice');
  async function* orders() {
    yield payTo('bob', 3n);
    yield payTo('bob', 300n);
    yield payTo('nobody', 1n);
    yield payTo('bob', -1n);
    yield payTo('bob', 2n);
    throw new Error('the list of orders broke off');
  }
  const reasons: (string | undefined)[] = [];
  const all = (async () => {
    for await (const { error } of alice.wallets.streamPayments(orders())) {
      reasons.push(error?.reason);
    }
  })();
  await expect(all).rejects.toThrow('the list of orders broke off');
  expect(reasons.sort()).toEqual([
    'INSUFFICIENT_CREDITS',
    'PAYEE_NOT_FOUND',
    'VALIDATION_FAILED',
    undefined,
    undefined,
  ]);
  expect(await balanceOf(shop.connectAs('bob'))).toBe(5n);
});

test("a backend's stream settles for each of its users", async () => {
  const shop = await openShop(server);
  const ids = await Promise.all(['alice', 'bob', 'carol'].map((name) => shop.addUser(name)));
  const orders = ids.map((accountId, index) => ({
    accountId,
    order: { $case: 'supply' as const, value: { credits: BigInt(index + 1) } },
  }));
  for await (const { error } of shop.backend.wallets.streamPayments(orders)) {
    expect(error).toBeUndefined();
  }
  const balances = await Promise.all(ids.map((id) => balanceOf(shop.backend.onBehalfOf(id))));
  expect(balances).toEqual([1n, 2n, 3n]);
});
