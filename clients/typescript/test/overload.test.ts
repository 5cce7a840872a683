import { expect, test } from 'vitest';
import { startServer } from '../../stand/test-servers.js';
import { EWalletError } from '../src/index.js';
import { balanceOf, openShop, paymentTo, payTo } from './support/shop.js';

test('an overloaded server: calls come back after the wait that it asks for, and all are paid once', async () => {
  const server = await startServer({ env: { EWALLET_LEDGER_QUEUE_SIZE: '1' } });
  const shop = await openShop(server);
  await shop.addUser('alice', 1_000n);
  await shop.addUser('bob');
  const alice = shop.connectAs('alice', { timeoutMs: 100_000 });
  await alice.wallets.getWallet();

  const once = await Promise.allSettled(
    Array.from({ length: 60 }, () => alice.wallets.payCredits(paymentTo('bob'), { retry: false })),
  );
  const refused = once.filter((result) => result.status === 'rejected').map(({ reason }) => reason);
  expect(refused.length).toBeGreaterThan(0);
  for (const error of refused) {
    expect(error).toBeInstanceOf(EWalletError);
    expect(error).toMatchObject({
      code: 'UNAVAILABLE',
      reason: 'OVERLOADED',
      retryAfterMs: 200,
      attempts: 1,
      outcomeUnknown: false,
    });
  }
  const paidOnce = once.length - refused.length;

  const paid = await Promise.all(
    Array.from({ length: 60 }, () => alice.wallets.payCredits(paymentTo('bob'))),
  );
  expect(paid.every(({ replayed }) => !replayed)).toBe(true);

  // On a stream the refusal comes as an answer: such orders are sent again, too.
  const orders = Array.from({ length: 60 }, () => payTo('bob'));
  for await (const { error } of alice.wallets.streamPayments(orders)) {
    if (error) expect(error).toMatchObject({ reason: 'OVERLOADED', attempts: 10 });
  }
  const balance = await balanceOf(shop.connectAs('bob'));
  expect(balance).toBeGreaterThanOrEqual(BigInt(paidOnce + 60));
  expect(balance).toBeLessThanOrEqual(BigInt(paidOnce + 120));
  await server.verify();
});

test('advice to wait that is longer than the call may take is told at once', async () => {
  const server = await startServer({ env: { EWALLET_TOKEN_REQUESTS_PER_MINUTE: '12' } });
  const shop = await openShop(server);
  const began = Date.now();
  let refused: unknown;
  while (refused === undefined && Date.now() - began < 60_000) {
    const client = shop.connectAs(undefined, { timeoutMs: 500 });
    refused = await client.masters.getMaster().then(
      () => undefined,
      (error) => (error.reason === 'RATE_LIMITED' ? error : undefined),
    );
  }
  expect(refused).toMatchObject({ code: 'RESOURCE_EXHAUSTED', reason: 'RATE_LIMITED' });
  expect((refused as EWalletError).retryAfterMs).toBeGreaterThan(0);
});
