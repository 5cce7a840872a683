import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createFaultReport, faultRounds, limitOf } from '../../support/fault-rounds.js';
import { freeAddress } from '../../support/free-address.js';
import { startPaymentLoad } from '../../support/payment-load.js';
import { startServerProcess } from '../../support/server-process.js';
import { OUTCOMES, settleLoad } from '../../support/settle-load.js';
import { tellStory } from '../../support/story.js';

const CREDITS = 100_000n;
const ROUNDS = faultRounds(2);

/** What a client is to expect of a server that dies and comes back. */
const PASSING = ['UNAVAILABLE -', 'DEADLINE_EXCEEDED -'];

test(
  'a server killed at random moments under load loses nothing acknowledged and pays nothing twice',
  async () => {
    const env = {
      EWALLET_PUBLIC_ADDRESS: await freeAddress(),
      EWALLET_OPERATOR_ADDRESS: await freeAddress(),
    };
    let server = await startServerProcess({ env });
    const { databaseUrl } = server;
    const report = createFaultReport('server killed');
    for (let round = 0; round < ROUNDS; round += 1) {
      const random = report.begin(round);
      const story = await tellStory(server.clients, {
        name: `round-${round}`,
        customers: 8,
        credits: CREDITS,
      });
      const load = startPaymentLoad(server.publicAddress, story, {
        random,
        callers: random.pick([4, 32, 128]),
        deadlineMs: 3_000,
      });
      await load.settledMore(random.between(1, 300));
      await pause(random.below(50));
      server.kill('SIGKILL');
      expect(await server.exited).toEqual({ code: null, signal: 'SIGKILL' });
      server = await startServerProcess({ databaseUrl, env });
      await load.settledMore(50);
      await load.stop();
      report.end(load.all);
      await settleLoad(server.clients, load, story, { credits: CREDITS, passing: PASSING });
    }
    const { told, foundLater } = report.sum();
    // A few rounds may all miss the moment between a commit and its answer.
    if (ROUNDS >= 10) expect(foundLater).toBeGreaterThan(0);
    for (const reached of [...OUTCOMES, PASSING[0] as string])
      expect(told).toHaveProperty([reached]);
    expect(await server.stop()).toEqual({ code: 0, signal: null });
  },
  limitOf(ROUNDS),
);
