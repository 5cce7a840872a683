import { expect, test } from 'vitest';
import { startServer } from '../../stand/test-servers.js';
import {
  connectOperator,
  durationToMs,
  keepWorkers,
  startCountdown,
  TimerState,
  type WatchClockResponse,
  type WatchWorkersResponse,
} from '../src/index.js';
import { openShop, remember } from './support/shop.js';
import { waitUntil } from './support/wait-until.js';

test('a watch of a clock goes on at another instance when its own is killed', async () => {
  const one = await startServer({ database: 'clock-watch' });
  const other = await startServer({ database: 'clock-watch' });
  const shop = await openShop(other);
  await shop.addUser('alice', 100n);
  const alice = shop.connectAs('alice', { address: [one.address, other.address] });
  await alice.clocks.convertCreditsToClock({ credits: 10n });

  const events: WatchClockResponse[] = [];
  const reopened: (string | undefined)[] = [];
  const end = new AbortController();
  const watching = (async () => {
    const watch = alice.clocks.watchClock(
      {},
      { signal: end.signal, onReopen: ({ error }) => reopened.push(error?.code) },
    );
    for await (const event of watch) events.push(event);
  })();
  const last = () => events.at(-1);
  await waitUntil('the snapshot', () => last()?.event?.$case === 'snapshot');
  expect(durationToMs(last()?.clock?.remaining)).toBe(600_000);

  await alice.clocks.startTimer();
  const started = await waitUntil('the start', () =>
    events.find(({ clock }) => clock?.timerState === TimerState.TIMER_STATE_ACTIVE),
  );
  const left = startCountdown(started);
  const first = left();
  await waitUntil('time to pass', () => left() < first - 20);
  await one.kill();
  const seen = events.length;
  await waitUntil('a snapshot of the other instance', () =>
    events.slice(seen).find(({ event }) => event?.$case === 'snapshot'),
  );
  expect(reopened).toContain('UNAVAILABLE');
  await alice.clocks.pauseTimer();
  await waitUntil('the pause', () => last()?.clock?.timerState === TimerState.TIMER_STATE_PAUSED);
  const revisions = events.map(({ clock }) => clock?.revision ?? 0n);
  expect(revisions).toEqual([...revisions].sort((a, b) => Number(a - b)));
  end.abort(new Error('seen enough'));
  await expect(watching).rejects.toThrow('seen enough');
});

test('a watch of the workers is resumed at another instance from where it was, without a new snapshot', async () => {
  // Under one lease that outlives the test nobody takes the workers of the killed one over.
  const env = { EWALLET_LEASE_SECONDS: '60' };
  const one = await startServer({ database: 'worker-watch', env });
  const other = await startServer({ database: 'worker-watch', env });
  const { operatorKey } = one;
  const operator = remember(
    connectOperator({ address: [one.operatorAddress, other.operatorAddress], operatorKey }),
  );
  const direct = remember(connectOperator({ address: other.operatorAddress, operatorKey }));
  const events: WatchWorkersResponse[] = [];
  const kinds = () => events.map(({ event }) => event?.$case);
  const end = new AbortController();
  async function* told() {
    for await (const event of operator.system.watchWorkers({}, { signal: end.signal })) {
      events.push(event);
      yield event;
    }
  }
  let workers: ReadonlySet<string> = new Set();
  const watching = (async () => {
    for await (const known of keepWorkers(told())) workers = new Set(known.keys());
  })();
  await waitUntil('the snapshot', () => kinds().includes('snapshotComplete'));
  const before = await direct.system.createWorker();
  await waitUntil('the first worker', () => workers.has(before.worker?.workerId ?? ''));

  await one.kill();
  const seen = events.length;
  const after = await direct.system.createWorker();
  await waitUntil('the second worker', () => workers.has(after.worker?.workerId ?? ''));
  expect(kinds().slice(seen)).not.toContain('snapshot');
  expect(kinds().slice(seen)).not.toContain('reset');

  await direct.system.cleanupWorkers({ workerId: before.worker?.workerId ?? '' });
  await waitUntil('the removal', () => !workers.has(before.worker?.workerId ?? ''));
  const listed = new Set<string>();
  for await (const { workerId } of direct.system.listWorkers({ pageSize: 2 })) listed.add(workerId);
  expect(workers).toEqual(listed);
  end.abort(new Error('seen enough'));
  await expect(watching).rejects.toThrow('seen enough');
});

test('a watch lives on when its session token is rotated, and ends when its clock is gone', async () => {
  const server = await startServer();
  const shop = await openShop(server);
  await shop.addUser('alice');
  const alice = shop.connectAs('alice');
  const { clock } = await alice.clocks.createClock();
  const clockId = clock?.clockId ?? '';
  let reopenings = 0;
  let told = 0;
  const watching = (async () => {
    const watch = alice.clocks.watchClock(
      { clockId, heartbeatInterval: { seconds: 5n, nanos: 0 } },
      {
        onReopen: () => {
          reopenings += 1;
        },
      },
    );
    for await (const { event } of watch) {
      if (event?.$case === 'snapshot') told += 1;
    }
  })();
  await waitUntil('the snapshot', () => told === 1);
  await alice.rotate();
  // The server asks again for its right within an interval; the watch is opened anew with the new token, and nobody is told.
  await waitUntil('the next snapshot', () => told === 2);
  expect(reopenings).toBe(0);
  const ended = expect(watching).rejects.toMatchObject({
    code: 'NOT_FOUND',
    reason: 'CLOCK_NOT_FOUND',
  });
  await alice.clocks.unlinkClock({ clockId });
  await ended;
});

test('a server that falls silent is left after three intervals', async () => {
  const server = await startServer();
  const shop = await openShop(server);
  await shop.addUser('alice');
  const alice = shop.connectAs('alice', { timeoutMs: 5_000 });
  const reopened: (string | undefined)[] = [];
  const events: WatchClockResponse[] = [];
  const end = new AbortController();
  const watching = (async () => {
    const heartbeatInterval = { seconds: 5n, nanos: 0 };
    const options = {
      signal: end.signal,
      onReopen: ({ error }: { error: { message: string } | undefined }) =>
        void reopened.push(error?.message),
    };
    for await (const event of alice.clocks.watchClock({ heartbeatInterval }, options)) {
      events.push(event);
    }
  })();
  await waitUntil('the snapshot', () => events.length === 1);
  await server.pause();
  await waitUntil('the silence', () => reopened.length > 0);
  expect(reopened[0]).toBe('The server said nothing for 15 s.');
  await server.resume();
  await waitUntil('another snapshot', () => events.length > 1);
  end.abort(new Error('seen enough'));
  await expect(watching).rejects.toThrow('seen enough');
});
