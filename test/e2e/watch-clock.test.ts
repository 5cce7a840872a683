import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { as } from '../support/clients.js';
import { durationMs, timestampMs, watchClock } from '../support/clock-watcher.js';
import { startServerProcess } from '../support/server-process.js';
import { tellStory } from '../support/story.js';
import { testEngine } from '../support/test-database.js';

/** A credit is a second: the whole life of a clock fits into a test. */
const env = { EWALLET_CLOCK_MS_PER_CREDIT: '1000', EWALLET_WATCH_POLL_MS: '50' };

/** How far a client's picture of the remaining time may be off. */
const TOLERANCE_MS = 50;

/** SQLite has one server per file: there, the commands come to the server of the watch. */
test('a timer is followed from its start to its end while the commands are given on another instance', async () => {
  const commanded = await startServerProcess({ env });
  const watched =
    testEngine() === 'mysql'
      ? await startServerProcess({ env, databaseUrl: commanded.databaseUrl })
      : commanded;
  const { clocks } = commanded.clients;
  const story = await tellStory(commanded.clients, { name: 'watch', customers: 1, credits: 10n });
  const { session } = story.customers[0] ?? { session: {} };
  const caller = as(session);
  const watcher = watchClock(watched.clients, session, { warnings: [1_000] });
  await watcher.until(() => watcher.events.length === 1);

  /** Gives a command, and waits until the watch tells of it. */
  async function command(call: () => Promise<{ clock?: { revision: bigint } | undefined }>) {
    const { clock } = await call();
    const revision = clock?.revision ?? -1n;
    await watcher.until(() => watcher.events.some((event) => event.clock?.revision === revision));
  }
  /** What the watcher works out against what the other instance says. */
  async function expectSameRemaining(): Promise<void> {
    const { clock } = await clocks.getClock({}, caller);
    const shown = watcher.remainingAt(timestampMs(clock?.observeTime));
    expect(Math.abs(shown - durationMs(clock?.remaining))).toBeLessThanOrEqual(TOLERANCE_MS);
  }

  const request = () => ({ requestId: randomUUID() });
  await command(() => clocks.convertCreditsToClock({ ...request(), credits: 3n }, caller));
  await expectSameRemaining();
  await command(() => clocks.startTimer(request(), caller));
  for (let look = 0; look < 5; look += 1) {
    await pause(100);
    await expectSameRemaining();
  }
  await command(() => clocks.pauseTimer(request(), caller));
  await pause(100);
  await expectSameRemaining();
  await command(() => clocks.resumeTimer(request(), caller));
  await command(() => clocks.convertCreditsToClock({ ...request(), credits: 1n }, caller));
  await expectSameRemaining();
  const { clock: running } = await clocks.getClock({}, caller);
  const warning = await watcher.next('warning');
  expect(durationMs(warning.clock?.remaining)).toBeLessThanOrEqual(1_000);
  await expectSameRemaining();
  await watcher.until(() => watcher.story().at(-1) === 'change INACTIVE 0');
  // At the boundary, not before it.
  const over = watcher.events.at(-1);
  expect(timestampMs(over?.eventTime)).toBeGreaterThanOrEqual(timestampMs(running?.runsOutTime));
  const { timeRecord } = await clocks.stopTimer(request(), caller);
  expect(durationMs(timeRecord?.spent)).toBe(4_000);
  const states = watcher.story().map((text) => text.replace(/ [0-9]+$/, ''));
  const ends = states.slice(0, states.indexOf('change INACTIVE', 2) + 1);
  expect(ends).toEqual([
    'snapshot INACTIVE',
    'change INACTIVE',
    'change ACTIVE',
    'change PAUSED',
    'change ACTIVE',
    'change ACTIVE',
    'warning 1000 ACTIVE',
    'change INACTIVE',
  ]);
  watcher.cancel();
  await watcher.ended;
  await commanded.stop();
  if (watched !== commanded) await watched.stop();
});
