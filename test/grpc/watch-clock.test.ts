import { beforeAll, describe, expect, test } from 'vitest';
import { NEW_TIMER, pause, resume, start, stop } from '../../src/model/clock.js';
import { errorOf } from '../support/call-error.js';
import { as } from '../support/clients.js';
import { type ClockWatcher, timestampMs, watchClock } from '../support/clock-watcher.js';
import { createClockWriter } from '../support/clock-writer.js';
import { type LoggedInUser, makeShop, type Shop } from '../support/money.js';
import { startServer, type TestServer } from '../support/start-server.js';
import { operator } from '../support/tenancy.js';
import { waitUntil } from '../support/wait-until.js';

const MINUTE = 60_000;
const run = { runId: 77n, timeSheetId: null };

const env = {
  EWALLET_WATCH_POLL_MS: '10',
  EWALLET_CLOCK_WATCHES_PER_ACCOUNT: '3',
  EWALLET_SESSION_TOKEN_MINUTES: '600',
  EWALLET_CLIENT_TOKEN_MINUTES: '600',
};
let server: TestServer;
let shop: Shop;

beforeAll(async () => {
  server = await startServer({ env });
  shop = await makeShop(server);
});

/** The active clock of a user, and who changes it elsewhere. */
async function clockOf(user: LoggedInUser, from = server) {
  const { clock } = await from.clients.clocks.getClock({}, as(user.session));
  const clockId = clock?.clockId ?? '';
  return { clockId, writer: createClockWriter(from.db, clockId) };
}

const stats = (from = server) => ({
  ...from.domain.clockWatch.stats(),
  ...from.domain.workerWatch.stats(),
  subscriptions: from.domain.clockWatch.stats().subscriptions,
});

/** Watches, and has the first event. */
async function begin(
  user: LoggedInUser,
  request: Parameters<typeof watchClock>[2] = {},
  from = server,
): Promise<ClockWatcher> {
  const watcher = watchClock(from.clients, user.session, request);
  await watcher.until(() => watcher.events.length === 1);
  return watcher;
}

async function end(...watchers: ClockWatcher[]): Promise<void> {
  for (const watcher of watchers) watcher.cancel();
  await Promise.all(watchers.map(({ ended }) => ended));
  await waitUntil('the ends', () => stats().watches === 0);
  expect(stats()).toMatchObject({ subscriptions: 0, values: 0, alarms: 0 });
}

describe('a clock that is changed elsewhere', () => {
  test('is told whole at first and after every change, and as it remains between', async () => {
    const { payer } = shop;
    const { writer } = await clockOf(payer);
    await writer.change(server.time.now(), () => ({ timer: NEW_TIMER, balance: 0n }));
    const watcher = await begin(payer);
    const at = () => server.time.now();
    const change: typeof writer.change = async (now, by) => {
      const told = watcher.next('change');
      const clock = await writer.change(now, by);
      expect((await told).clock?.revision).toBe(clock.revision);
      return clock;
    };
    await change(at(), () => ({ timer: NEW_TIMER, balance: 10n * BigInt(MINUTE) }));
    server.time.advance(1_234);
    await change(at(), ({ timer, balance }) => ({
      timer: start(timer, balance, at(), run),
      balance,
    }));
    server.time.advance(MINUTE);
    expect(watcher.remainingAt(at())).toBe(9 * MINUTE);
    await change(at(), ({ timer, balance }) => ({ timer: pause(timer), balance }));
    server.time.advance(4_000);
    expect(watcher.remainingAt(at())).toBe(9 * MINUTE);
    await change(at(), ({ timer, balance }) => ({ timer: resume(timer, balance, at()), balance }));
    server.time.advance(2_000);
    await change(at(), ({ timer, balance }) => ({
      timer: stop(timer, at(), 'USER').timer,
      balance,
    }));
    expect(watcher.story()).toEqual([
      'snapshot INACTIVE 0',
      `change INACTIVE ${10 * MINUTE}`,
      `change ACTIVE ${10 * MINUTE}`,
      `change PAUSED ${9 * MINUTE}`,
      `change ACTIVE ${9 * MINUTE}`,
      `change INACTIVE ${9 * MINUTE - 2_000}`,
    ]);
    await end(watcher);
  });

  test('its last state is told to a reader that missed those between', async () => {
    const { payer } = shop;
    const { writer } = await clockOf(payer);
    const watcher = await begin(payer);
    for (let balance = 1n; balance <= 50n; balance += 1n) {
      await writer.change(server.time.now(), () => ({ timer: NEW_TIMER, balance }));
    }
    await watcher.until(() => watcher.story().at(-1) === 'change INACTIVE 50');
    const revisions = watcher.events.map(({ clock }) => clock?.revision ?? 0n);
    expect(revisions).toEqual([...revisions].sort((a, b) => (a < b ? -1 : 1)));
    await end(watcher);
  });

  test('is not told to who watches another one', async () => {
    const { payer, payee } = shop;
    const { writer } = await clockOf(payer);
    const other = await begin(payee);
    const watcher = await begin(payer);
    const told = watcher.next('change');
    await writer.change(server.time.now(), () => ({ timer: NEW_TIMER, balance: 7n }));
    await told;
    expect(other.events).toHaveLength(1);
    await end(watcher, other);
  });
});

describe('what comes by itself', () => {
  /** A clock with so much, running. */
  async function startClock(user: LoggedInUser, balance: number) {
    const { writer } = await clockOf(user);
    const now = server.time.now();
    const timer = start(NEW_TIMER, BigInt(balance), now, run);
    await writer.change(now, () => ({ timer, balance: BigInt(balance) }));
    return writer;
  }

  test('a timer that runs out is told at the boundary, once, and again when it is settled', async () => {
    await startClock(shop.payer, 90_000);
    const watcher = await begin(shop.payer);
    const { writer } = await clockOf(shop.payer);
    server.time.advance(89_950);
    await watcher.next('heartbeat');
    const over = watcher.next('change');
    server.time.advance(60);
    const { clock, eventTime } = await over;
    expect(clock).toMatchObject({ remaining: { seconds: 0n, nanos: 0 }, runsOutTime: undefined });
    expect(timestampMs(eventTime)).toBe(server.time.now());
    const settled = watcher.next('change');
    const { revision } = await writer.change(server.time.now(), (settledClock) => settledClock);
    expect((await settled).clock?.revision).toBe(revision);
    expect(watcher.story().filter((text) => text.startsWith('change'))).toEqual([
      'change INACTIVE 0',
      'change INACTIVE 0',
    ]);
    await end(watcher);
  });

  test('thresholds are warned of as they are passed, and again after a top-up', async () => {
    const writer = await startClock(shop.payer, 3 * MINUTE);
    const watcher = await begin(shop.payer, { warnings: [MINUTE, 2 * MINUTE] });
    async function advance(ms: number): Promise<string> {
      const told = watcher.next('warning');
      server.time.advance(ms);
      await told;
      return watcher.story().at(-1) ?? '';
    }
    expect(await advance(MINUTE)).toBe(`warning ${2 * MINUTE} ACTIVE ${2 * MINUTE}`);
    expect(await advance(MINUTE + 20)).toBe(`warning ${MINUTE} ACTIVE ${MINUTE - 20}`);
    const topped = watcher.next('change');
    await writer.change(server.time.now(), ({ timer, balance }) => ({
      timer: { ...timer, runsOutTime: (timer.runsOutTime ?? 0) + 30_000 },
      balance: balance + 30_000n,
    }));
    await topped;
    expect(await advance(30_000)).toBe(`warning ${MINUTE} ACTIVE ${MINUTE - 20}`);
    await end(watcher);
    // Who begins below a threshold is told at once: of several the lowest.
    const late = await begin(shop.payer, { warnings: [MINUTE, 2 * MINUTE] });
    await late.until(() => late.events.length === 2);
    expect(late.story()[1]).toBe(`warning ${MINUTE} ACTIVE ${MINUTE - 20}`);
    await end(late);
  });

  test('heartbeats have the whole clock, on a quiet server too', async () => {
    await startClock(shop.payer, 10 * MINUTE);
    const watcher = await begin(shop.payer);
    for (let beat = 1; beat <= 3; beat += 1) {
      const heartbeat = watcher.next('heartbeat');
      server.time.advance(5_000);
      await heartbeat;
      expect(watcher.story().at(-1)).toBe(`heartbeat ACTIVE ${10 * MINUTE - beat * 5_000}`);
    }
    expect(watcher.events).toHaveLength(4);
    await end(watcher);
  });
});

describe('who may not watch on', () => {
  test('NOT_FOUND: a clock that is unlinked ends its watches', async () => {
    const own = await startServer({ env });
    const { payer } = await makeShop(own);
    const { writer, clockId } = await clockOf(payer, own);
    const watchers = [await begin(payer, {}, own), await begin(payer, { clockId }, own)];
    await writer.unlink(own.time.now());
    for (const { ended } of watchers) {
      expect(await ended).toMatchObject({
        code: 'NOT_FOUND',
        reason: 'CLOCK_NOT_FOUND',
        metadata: { clock_id: clockId },
      });
    }
    await waitUntil('the ends', () => stats(own).watches === 0);
    expect(stats(own)).toMatchObject({ subscriptions: 0, values: 0, alarms: 0 });
    await own.stop();
  });

  test("NOT_FOUND: another user's clock, of the same master", async () => {
    const { clockId } = await clockOf(shop.payer);
    const foreign = await watchClock(server.clients, shop.payee.session, { clockId }).ended;
    expect(foreign).toMatchObject({ code: 'NOT_FOUND', reason: 'CLOCK_NOT_FOUND' });
  });

  test.each([
    ['logged out', 'NOT_LOGGED_IN'],
    ['replaced by another user of the session', 'NOT_LOGGED_IN'],
    ['without a session', 'SESSION_TOKEN_INVALID'],
  ])('UNAUTHENTICATED within an interval: a user %s', async (how, reason) => {
    const { accounts, sessions } = server.clients;
    const { payer, payee } = await makeShop(server);
    const watcher = await begin(payer);
    if (how === 'logged out') await accounts.logout({}, as(payer.session));
    else if (how === 'without a session') await sessions.endSession({}, as(payer.session));
    else await accounts.login(payee, as(payer.session));
    server.time.advance(5_000);
    const ended = await watcher.ended;
    expect(ended?.code).toBe('UNAUTHENTICATED');
    expect([reason, 'CLIENT_TOKEN_INVALID']).toContain(ended?.reason);
    expect(watcher.events).toHaveLength(1);
    await waitUntil('the end', () => stats().watches === 0);
  });

  test('a user of a frozen master sees the clock stand still', async () => {
    const { master, payer } = await makeShop(server);
    const { writer } = await clockOf(payer);
    const now = server.time.now();
    const timer = start(NEW_TIMER, 600_000n, now, run);
    await writer.change(now, () => ({ timer, balance: 600_000n }));
    const watcher = await begin(payer);
    const id = (await server.db.knex('masters').where({ email: master.email }).first('id')).id;
    await server.db
      .knex('masters')
      .where({ id: String(id) })
      .update({ frozen_time: now });
    const heartbeat = watcher.next('heartbeat');
    server.time.advance(5_000);
    await heartbeat;
    expect(watcher.story().at(-1)).toBe('heartbeat ACTIVE 600000');
    await end(watcher);
  });
});

describe('limits', () => {
  test('RESOURCE_EXHAUSTED: more watches than the account may have, until one ends', async () => {
    const { master, payer, payee } = shop;
    const watchers = [await begin(payer), await begin(payer), await begin(payer)];
    const refused = await watchClock(server.clients, payer.session).ended;
    expect(refused).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      reason: 'TOO_MANY_WATCHES',
      metadata: { limit: '3' },
    });
    // The backend watches for its user, within the same limit; other users have their own.
    const backend = { backendKey: master.backendKey, onBehalfOf: payer.accountId };
    expect(await watchClock(server.clients, backend).ended).toMatchObject({
      reason: 'TOO_MANY_WATCHES',
    });
    const other = await begin(payee);
    watchers.shift()?.cancel();
    await waitUntil('the end', () => stats().watches === 3);
    const byBackend = watchClock(server.clients, backend);
    await byBackend.until(() => byBackend.events.length === 1);
    await end(...watchers, other, byBackend);
  });

  test.each([
    ['of one master', { EWALLET_WATCHES_PER_CALLER: '2' }],
    ['of one server', { EWALLET_WATCHES: '2' }],
  ])('RESOURCE_EXHAUSTED: %s', async (_name, limit) => {
    const own = await startServer({ env: { ...env, ...limit } });
    const { payer, payee } = await makeShop(own);
    const watchers = [await begin(payer, {}, own), await begin(payee, {}, own)];
    expect(await watchClock(own.clients, payer.session).ended).toMatchObject({
      reason: 'TOO_MANY_WATCHES',
      metadata: { limit: '2' },
    });
    for (const watcher of watchers) watcher.cancel();
    await own.stop();
  });

  test.each([
    ['a heartbeat of 4 s', { heartbeatInterval: { seconds: 4n, nanos: 0 } }],
    ['a threshold of nothing', { warningThresholds: [{ seconds: 0n, nanos: 0 }] }],
    ['nine thresholds', { warningThresholds: Array(9).fill({ seconds: 1n, nanos: 0 }) }],
  ])('INVALID_ARGUMENT: %s', async (_name, request) => {
    const error = await errorOf(async (options) => {
      const call = { ...options, ...as(shop.payer.session) };
      for await (const _ of server.clients.clocks.watchClock(request, call));
    });
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'VALIDATION_FAILED' });
  });
});

describe('the end of a watch', () => {
  test('comes with OK after 30 minutes, give or take a tenth, told before', async () => {
    const watcher = await begin(shop.payer);
    server.time.advance(33.2 * MINUTE);
    expect(await watcher.ended).toBeUndefined();
    expect(watcher.story().at(-1)).toBe('draining');
    expect(watcher.events.at(-1)?.clock).toBeUndefined();
    expect(stats()).toMatchObject({ watches: 0, alarms: 0 });
  });

  test.each(['stops', 'is taken out of service'])(
    'comes with UNAVAILABLE when the server %s',
    async (how) => {
      const own = await startServer({ env });
      const { payer } = await makeShop(own);
      const watcher = await begin(payer, {}, own);
      if (how === 'stops') await own.stop();
      else await own.clients.system.drain({}, operator);
      expect(await watcher.ended).toMatchObject({
        code: 'UNAVAILABLE',
        reason: 'SERVER_DRAINING',
      });
      expect(watcher.story().at(-1)).toBe('draining');
      expect(stats(own)).toMatchObject({ watches: 0, subscriptions: 0, values: 0 });
      await own.stop();
    },
  );
});
