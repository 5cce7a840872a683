import { expect, test } from 'vitest';
import { connectBackend, PayCreditsRequest } from '../src/index.js';
import { recordAttempts } from './support/recording-server.js';
import { remember } from './support/shop.js';

const UNAVAILABLE = 14;
const FAILED_PRECONDITION = 9;

function customer(address: string) {
  return remember(connectBackend({ address, backendKey: 'key' })).onBehalfOf('usr_1');
}

test('attempts of one payment carry one request id and their deadline, and wait at least as long as the server asks', async () => {
  const refusal = { code: UNAVAILABLE, reason: 'OVERLOADED', retryAfterMs: 150 };
  const { address, attempts } = await recordAttempts(refusal);
  const options = { timeoutMs: 2_500, attemptTimeoutMs: 1_000 };
  const error = await customer(address)
    .wallets.payCredits({ credits: 1n }, options)
    .catch((thrown) => thrown);
  expect(error).toMatchObject({ reason: 'OVERLOADED', retryAfterMs: 150 });
  expect(attempts.length).toBe(error.attempts);
  expect(attempts.length).toBeGreaterThan(2);

  const ids = attempts.map(({ body }) => PayCreditsRequest.decode(body).requestId);
  expect(new Set(ids)).toEqual(new Set([error.requestId]));
  for (const { headers } of attempts) {
    expect(headers['ewallet-backend-key']).toBe('key');
    expect(headers['ewallet-on-behalf-of']).toBe('usr_1');
    const [, amount, unit] = /^(\d+)([mu])$/.exec(String(headers['grpc-timeout'])) ?? [];
    const timeoutMs = Number(amount) / (unit === 'u' ? 1_000 : 1);
    expect(timeoutMs).toBeGreaterThan(0);
    expect(timeoutMs).toBeLessThanOrEqual(1_000);
  }
  const pausesMs = attempts.slice(1).map(({ atMs }, index) => atMs - (attempts[index]?.atMs ?? 0));
  // A timer may be a millisecond early.
  expect(Math.min(...pausesMs)).toBeGreaterThanOrEqual(149);
});

test('what would do it again is sent once, and so is what was refused for good', async () => {
  const away = await recordAttempts({ code: UNAVAILABLE, reason: 'SERVER_DRAINING' });
  await expect(customer(away.address).wallets.createWallet()).rejects.toMatchObject({
    reason: 'SERVER_DRAINING',
    outcomeUnknown: true,
  });
  expect(away.attempts).toHaveLength(1);

  const closed = await recordAttempts({ code: FAILED_PRECONDITION, reason: 'WALLET_CLOSED' });
  const { wallets } = customer(closed.address);
  await expect(wallets.payCredits()).rejects.toMatchObject({ reason: 'WALLET_CLOSED' });
  expect(closed.attempts).toHaveLength(1);
});

test('a reason that the client does not know is told as it is', async () => {
  const { address } = await recordAttempts({ code: FAILED_PRECONDITION, reason: 'OF_LATER_DAYS' });
  await expect(customer(address).wallets.getWallet()).rejects.toMatchObject({
    code: 'FAILED_PRECONDITION',
    reason: 'OF_LATER_DAYS',
  });
});
