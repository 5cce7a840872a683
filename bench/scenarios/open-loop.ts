import type { Bench } from '../harness/bench.js';
import { type Findings, spreadOf } from '../harness/figures.js';
import { paymentJob } from '../harness/jobs.js';
import { paymentLeg, takeTurns } from '../harness/legs.js';
import { openStage } from '../harness/stage.js';

/**
 * Latency at fixed rates, counted from when each call was due: shares of what a closed loop reached just before, spread and
 * into one hot wallet.
 */
export async function measureOpenLoop(bench: Bench): Promise<Findings> {
  const { plan } = bench;
  const stage = await openStage(bench, bench.engines.includes('mysql') ? 'mysql' : 'sqlite');
  try {
    const closed = await takeTurns(bench, [
      paymentLeg(bench, 'closed loop', stage, (seed) => paymentJob(plan, stage, seed)),
    ]);
    const most = spreadOf(closed[0]?.rounds.map(({ perSecond }) => perSecond) ?? []).median;
    const hot = { kind: 'hot', count: plan.users } as const;
    const legs = plan.openShares.flatMap((share) => {
      const rate = Math.max(1, Math.round(most * share));
      const load = { kind: 'open', rate } as const;
      const name = `${Math.round(share * 100)} % = ${rate}/s`;
      return [
        paymentLeg(bench, `${name}, spread`, stage, (seed) =>
          paymentJob(plan, stage, seed, { load }),
        ),
        paymentLeg(bench, `${name}, hot`, stage, (seed) =>
          paymentJob(plan, stage, seed, { load, choice: hot }),
        ),
      ];
    });
    const results = await takeTurns(bench, legs);
    return {
      name: `Open loop on ${stage.host.engine === 'mysql' ? 'MySQL' : 'SQLite'}`,
      legs: [...closed, ...results],
      verdicts: [await stage.judge()],
      notes: [
        'Latencies count from when a call was due. The generator wakes about once a millisecond, which they include.',
      ],
      figures: [],
    };
  } finally {
    await stage.stop();
  }
}
