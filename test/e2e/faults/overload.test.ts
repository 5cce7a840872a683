import { expect, test } from 'vitest';
import { createFaultReport, faultRounds, limitOf } from '../../support/fault-rounds.js';
import { startPaymentLoad } from '../../support/payment-load.js';
import { startServerProcess } from '../../support/server-process.js';
import { settleLoad } from '../../support/settle-load.js';
import { tellStory } from '../../support/story.js';

const CREDITS = 100_000n;
const ROUNDS = faultRounds(1, 0.25);
const QUEUE = 16;
const OVERLOADED = 'UNAVAILABLE OVERLOADED';

test(
  'four times as many callers as the queue takes: the rest is told when to come back, nothing is lost, and all is well after it',
  async () => {
    const server = await startServerProcess({
      env: { EWALLET_LEDGER_QUEUE_SIZE: String(QUEUE), EWALLET_LEDGER_BATCH_SIZE: '4' },
    });
    const report = createFaultReport('overload');
    for (let round = 0; round < ROUNDS; round += 1) {
      const random = report.begin(round);
      const options = { random, deadlineMs: 10_000 };
      const story = await tellStory(server.clients, {
        name: `overload-${round}`,
        customers: 8,
        credits: CREDITS,
      });
      const load = startPaymentLoad(server.publicAddress, story, {
        ...options,
        callers: 4 * QUEUE,
      });
      await load.settledMore(500);
      await load.stop();
      report.end(load.all);
      expect(load.count(OVERLOADED)).toBeGreaterThan(0);
      for (const attempt of load.all.flatMap(({ attempts }) => attempts)) {
        if (attempt.told !== OVERLOADED) continue;
        expect(attempt).toMatchObject({ retryAfterMs: 200, pushbackMs: 200 });
      }
      await settleLoad(server.clients, load, story, { credits: CREDITS, passing: [OVERLOADED] });

      const calm = await tellStory(server.clients, {
        name: `calm-${round}`,
        customers: 8,
        credits: CREDITS,
      });
      const after = startPaymentLoad(server.publicAddress, calm, {
        ...options,
        callers: QUEUE / 2,
      });
      await after.settledMore(100);
      await settleLoad(server.clients, after, calm, { credits: CREDITS, passing: [] });
    }
    report.sum();
    expect(await server.stop()).toEqual({ code: 0, signal: null });
  },
  limitOf(ROUNDS),
);
