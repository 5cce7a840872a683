import type { Bench } from '../harness/bench.js';
import { createCpuWatch } from '../harness/cpu-use.js';
import { compare, type Findings } from '../harness/figures.js';
import { type ForkedProcess, startForked } from '../harness/forked-process.js';
import { paymentJob } from '../harness/jobs.js';
import { type Leg, paymentLeg, takeTurns } from '../harness/legs.js';
import { openStage, type Stage } from '../harness/stage.js';
import type { JobResult } from '../load/job.js';

/** A lone payment, one in flight, against the bare transaction that it needs. */
export async function measureLonePayment(bench: Bench): Promise<Findings> {
  const { plan } = bench;
  const stage = await openStage(bench, 'mysql');
  const other = await openStage(bench, 'mysql');
  const bare = await startForked('servers/bare-transaction.ts', { databaseUrl: other.databaseUrl });
  const load = { kind: 'closed', inFlight: 1 } as const;
  try {
    await heat(bench, stage, bare, other);
    const legs = await takeTurns(bench, [
      paymentLeg(bench, 'lone PayCredits, by session', stage, (seed) =>
        paymentJob(plan, stage, seed, { load }),
      ),
      paymentLeg(bench, 'lone PayCredits, by backend key', stage, (seed) =>
        paymentJob(plan, stage, seed, { load, callers: 'byBackend' }),
      ),
      bareLeg(bench, bare, other),
    ]);
    const [bySession, byBackend, transaction] = legs;
    const goal = { kind: 'at most', value: 1.5 } as const;
    const title = 'p50 of a lone PayCredits against the bare transaction';
    return {
      name: 'A lone payment on MySQL',
      legs,
      verdicts: [await stage.judge(), await other.judge()],
      notes: [
        'The server, and the process of the bare transaction, have been at work for a while: they are compiled when the legs begin.',
        'The bare transaction sends the statements of the service in its two round trips, on one connection of the driver.',
      ],
      figures: [
        compare(title, goal, [bySession, transaction], 'p50'),
        compare("the same, by the master's backend", goal, [byBackend, transaction], 'p50'),
      ],
    };
  } finally {
    await bare.stop();
    await other.stop();
    await stage.stop();
  }
}

async function heat(bench: Bench, stage: Stage, bare: ForkedProcess, other: Stage): Promise<void> {
  const plan = { ...bench.plan, durationMs: bench.plan.heatMs };
  for (const callers of ['bySession', 'byBackend'] as const) {
    await paymentLeg(bench, 'heat', stage, (seed) =>
      paymentJob(plan, stage, seed, { callers }),
    ).run(0);
  }
  await bareLeg({ ...bench, plan }, bare, other).run(0);
}

function bareLeg({ plan }: Bench, bare: ForkedProcess, stage: Stage): Leg {
  return {
    name: 'bare transaction',
    async run(seed) {
      const watch = createCpuWatch({ driver: bare.pid, ...stage.host.pids });
      watch.begin();
      const { warmUpMs, durationMs } = plan;
      const result = await bare.ask<JobResult>({ warmUpMs, durationMs, seed });
      stage.acknowledged(result.acknowledged);
      return { ...result, cpu: watch.end() };
    },
  };
}
