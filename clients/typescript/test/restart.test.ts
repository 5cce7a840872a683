import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { startServer } from '../../stand/test-servers.js';
import type { Reopening } from '../src/index.js';
import { balanceOf, openShop, paymentTo, payTo } from './support/shop.js';
import { waitUntil } from './support/wait-until.js';

test('a server killed and restarted in the middle of payments loses none and makes none twice', async () => {
  const server = await startServer();
  const shop = await openShop(server);
  await shop.addUser('alice', 1_000_000n);
  await shop.addUser('bob');
  const alice = shop.connectAs('alice', { timeoutMs: 60_000 });
  const bob = shop.connectAs('bob');
  let paid = 0;
  let stop = false;
  async function pay(): Promise<void> {
    while (!stop) {
      const requestId = randomUUID();
      const { operation } = await alice.wallets.payCredits({ requestId, ...paymentTo('bob') });
      expect(operation?.requestId).toBe(requestId);
      paid += 1;
    }
  }
  async function restartThrice(): Promise<void> {
    for (let round = 1; round <= 3; round += 1) {
      const goal = paid + 40;
      await waitUntil('payments', () => paid >= goal);
      await server.kill();
      await server.restart();
    }
    const goal = paid + 40;
    await waitUntil('payments after the last restart', () => paid >= goal);
  }
  const restarts = restartThrice().finally(() => {
    stop = true;
  });
  await Promise.all([restarts, ...Array.from({ length: 8 }, pay)]);
  expect(await balanceOf(bob)).toBe(BigInt(paid));
  expect(await balanceOf(alice)).toBe(1_000_000n - BigInt(paid));
  await server.verify();
});

test('a stream of payments goes on after its server was killed, each order once', async () => {
  const server = await startServer();
  const shop = await openShop(server);
  await shop.addUser('alice', 1_000_000n);
  await shop.addUser('bob');
  const alice = shop.connectAs('alice');
  await alice.wallets.getWallet();
  const sent = new Set<string>();
  function* orders() {
    for (let index = 0; index < 2_000; index += 1) {
      const requestId = randomUUID();
      sent.add(requestId);
      yield { requestId, ...payTo('bob') };
    }
  }
  const answered: string[] = [];
  let reopenings = 0;
  let restarting: Promise<void> | undefined;
  for await (const { requestId, operation, error } of alice.wallets.streamPayments(orders(), {
    onReopen: () => {
      reopenings += 1;
    },
  })) {
    expect(error).toBeUndefined();
    expect(operation?.requestId).toBe(requestId);
    answered.push(requestId);
    if (answered.length === 300) restarting = server.kill().then(() => server.restart());
  }
  await restarting;
  expect(reopenings).toBeGreaterThan(0);
  expect(answered).toHaveLength(2_000);
  expect(new Set(answered)).toEqual(sent);
  expect(await balanceOf(shop.connectAs('bob'))).toBe(2_000n);
  await server.verify();
});

test('a server that stands still is waited for no longer than the call may take', async () => {
  const server = await startServer();
  const shop = await openShop(server);
  await shop.addUser('alice', 100n);
  await shop.addUser('bob');
  const alice = shop.connectAs('alice');
  await alice.wallets.getWallet();
  await server.pause();
  const requestId = randomUUID();
  const refused = await alice.wallets
    .payCredits({ requestId, ...paymentTo('bob') }, { timeoutMs: 1_500, attemptTimeoutMs: 400 })
    .catch((error) => error);
  expect(refused).toMatchObject({ code: 'DEADLINE_EXCEEDED', outcomeUnknown: true, requestId });
  expect(refused.attempts).toBeGreaterThan(1);
  await server.resume();
  const { operation } = await alice.wallets.payCredits({ requestId, ...paymentTo('bob') });
  expect(operation?.balanceCredits).toBe(99n);
  expect(await balanceOf(alice)).toBe(99n);
});

test('of two servers one is stopped: calls, watches and streams go on at the other, and none fails', async () => {
  const one = await startServer({ database: 'stopped' });
  const other = await startServer({ database: 'stopped' });
  const shop = await openShop(other);
  await shop.addUser('alice', 1_000_000n);
  await shop.addUser('bob');
  const address = [one.address, other.address];
  const alice = shop.connectAs('alice', { address });
  let paid = 0;
  let streamed = 0;
  let stop = false;
  async function pay(): Promise<void> {
    for (; !stop; paid += 1) await alice.wallets.payCredits(paymentTo('bob'));
  }
  function* orders() {
    while (!stop) yield payTo('bob');
  }
  async function stream(): Promise<void> {
    for await (const { error } of alice.wallets.streamPayments(orders())) {
      expect(error).toBeUndefined();
      streamed += 1;
    }
  }
  const end = new AbortController();
  const ends: (string | undefined)[] = [];
  let snapshots = 0;
  async function look(): Promise<void> {
    const options = {
      signal: end.signal,
      onReopen: ({ error }: Reopening) => void ends.push(error?.reason ?? error?.code),
    };
    for await (const { event } of alice.clocks.watchClock({}, options)) {
      if (event?.$case === 'snapshot') snapshots += 1;
    }
  }
  const watching = expect(look()).rejects.toThrow('seen enough');
  const working = Promise.all([pay(), pay(), pay(), stream()]);
  async function stopOne(): Promise<void> {
    await waitUntil('payments', () => paid > 20 && streamed > 20 && snapshots > 0);
    await one.kill('SIGTERM');
    const goals = { paid: paid + 20, streamed: streamed + 20 };
    await waitUntil('payments at the other', () => paid > goals.paid && streamed > goals.streamed);
    await waitUntil('the watch at the other', () => snapshots > 1);
  }
  const stopped = stopOne().finally(() => {
    stop = true;
  });
  await Promise.all([stopped, working]);
  end.abort(new Error('seen enough'));
  await watching;
  expect(ends[0]).toBe('SERVER_DRAINING');
  expect(await balanceOf(shop.connectAs('bob'))).toBe(BigInt(paid + streamed));
  await other.verify();
});
