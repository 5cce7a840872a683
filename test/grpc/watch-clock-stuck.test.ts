import { constants } from 'node:http2';
import { expect, test } from 'vitest';
import { NEW_TIMER } from '../../src/model/clock.js';
import { as } from '../support/clients.js';
import { watchClock } from '../support/clock-watcher.js';
import { createClockWriter } from '../support/clock-writer.js';
import { makeShop } from '../support/money.js';
import { startServer } from '../support/start-server.js';
import { stopTaking } from '../support/stuck-watcher.js';
import { waitUntil } from '../support/wait-until.js';

/** More than twice what a stream that is not taken from holds: about 16 KiB. */
const CHANGES = 250;

test('a reader of a clock that takes nothing holds nobody up, costs one state of the clock, and is cut off after 60 s', async () => {
  const server = await startServer({ env: { EWALLET_WATCH_POLL_MS: '10' } });
  const { payer } = await makeShop(server);
  const { clock } = await server.clients.clocks.getClock({}, as(payer.session));
  const writer = createClockWriter(server.db, clock?.clockId ?? '');
  const headers = {
    'ewallet-client-id': payer.session.clientId,
    authorization: `Bearer ${payer.session.sessionToken}`,
  };
  const watch = { path: '/ewallet.v1.ClockService/WatchClock', headers };
  const stuck = await stopTaking(server.publicAddress, watch, 1);
  const other = watchClock(server.clients, payer.session);
  await other.next('snapshot');
  for (let made = 1; made <= CHANGES; made += 1) {
    const told = other.next('change');
    const changed = await writer.change(server.time.now(), () => ({
      timer: NEW_TIMER,
      balance: BigInt(made),
    }));
    expect((await told).clock?.revision).toBe(changed.revision);
  }
  expect(other.events).toHaveLength(1 + CHANGES);
  expect(server.domain.clockWatch.stats()).toMatchObject({ subscriptions: 2, values: 1 });
  const heartbeat = other.next('heartbeat');
  server.time.advance(59_000);
  await heartbeat;
  expect(server.domain.clockWatch.stats().subscriptions).toBe(2);
  server.time.advance(2_000);
  await waitUntil('the end', () => server.domain.clockWatch.stats().subscriptions === 1);
  expect(await stuck.reset).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  expect(server.logs.some((line) => line.includes('TOO_SLOW'))).toBe(true);
  other.cancel();
  stuck.close();
  await server.stop();
});
