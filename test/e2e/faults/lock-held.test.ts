import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createFaultReport, faultRounds, limitOf } from '../../support/fault-rounds.js';
import { lockWallet } from '../../support/lock-rows.js';
import { startPaymentLoad } from '../../support/payment-load.js';
import { startServerProcess } from '../../support/server-process.js';
import { settleLoad } from '../../support/settle-load.js';
import { tellStory } from '../../support/story.js';
import { testEngine } from '../../support/test-database.js';

const CREDITS = 100_000n;
const ROUNDS = faultRounds(1, 0.25);
const HELD_MS = 5_000;
const LOCK_WAIT_MS = 2_000;

// SQLite locks its whole file: everybody waits.
test.runIf(testEngine() === 'mysql')(
  "a wallet's account locked by another program for 5 s: its payments wait, the others are delayed by one lock wait at most",
  async () => {
    const server = await startServerProcess();
    const report = createFaultReport('account locked');
    for (let round = 0; round < ROUNDS; round += 1) {
      const random = report.begin(round);
      const options = { random, deadlineMs: 10_000 };
      const tell = (name: string) =>
        tellStory(server.clients, { name: `${name}-${round}`, customers: 6, credits: CREDITS });
      const story = await tell('locked');
      const others = await tell('others');
      const locked = story.customers[0]?.walletId ?? '';
      const load = startPaymentLoad(server.publicAddress, story, { ...options, callers: 8 });
      const free = startPaymentLoad(server.publicAddress, others, { ...options, callers: 24 });
      await free.settledMore(100);
      const unlock = await lockWallet(server.databaseUrl, locked);
      const before = free.all.length;
      const answered = free.answered();
      await pause(HELD_MS);
      await answered;
      const meanwhile = free.all.length - before;
      await unlock();
      await load.settledMore(20);
      await Promise.all([load.stop(), free.stop()]);
      const longest = (name: typeof load) =>
        Math.round(Math.max(...name.all.flatMap(({ attempts }) => attempts.map(({ ms }) => ms))));
      report.end(
        [...load.all, ...free.all],
        `${meanwhile} payments of others meanwhile; longest wait ${longest(load)} ms, of others ${longest(free)} ms`,
      );
      await settleLoad(server.clients, load, story, { credits: CREDITS, passing: [] });
      await settleLoad(server.clients, free, others, { credits: CREDITS, passing: [] });
      // Each of the others has paid several times.
      expect(meanwhile).toBeGreaterThan(100);
      expect(longest(load)).toBeGreaterThan(HELD_MS - LOCK_WAIT_MS);
      expect(longest(free)).toBeLessThan(2 * LOCK_WAIT_MS);
    }
    report.sum();
    expect(await server.stop()).toEqual({ code: 0, signal: null });
  },
  limitOf(ROUNDS),
);
