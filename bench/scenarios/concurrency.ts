import type { Bench } from '../harness/bench.js';
import type { Findings } from '../harness/figures.js';
import { startForked } from '../harness/forked-process.js';
import { measureReply, paymentJob } from '../harness/jobs.js';
import { paymentLeg, plainLeg, takeTurns } from '../harness/legs.js';
import { openStage, type Stage } from '../harness/stage.js';
import type { Verdict } from '../harness/verdict.js';

/** Names of the curves, as legs are named: `<curve>, <n> in flight`. */
export const curves = {
  echo: 'echo',
  mysql: 'PayCredits on MySQL',
  sqlite: 'PayCredits on SQLite',
};

/** Throughput and latency from one call in flight to many, on every engine, beside the echo. One round, from few to many, after one at the most calls in flight that does not count. */
export async function measureConcurrency(bench: Bench): Promise<Findings> {
  const { plan } = bench;
  const stages: Stage[] = [];
  for (const engine of bench.engines) stages.push(await openStage(bench, engine));
  const [first] = stages;
  if (!first) throw new Error('No engine to measure.');
  const echo = await startForked<{ address: string }>('servers/echo-server.ts', {
    replyBytes: await measureReply(first),
  });
  const echoJob = { addresses: [echo.ready.address], path: '/bench.Echo/Unary' };
  try {
    const legs = plan.sweep.flatMap((inFlight) => {
      const load = { kind: 'closed', inFlight } as const;
      const suffix = `, ${inFlight} in flight`;
      const job = (seed: number) => paymentJob(plan, first, seed, { ...echoJob, load });
      return [
        plainLeg(bench, curves.echo + suffix, job, { server: echo.pid }),
        ...stages.map((stage) =>
          paymentLeg(bench, curves[stage.host.engine] + suffix, stage, (seed) =>
            paymentJob(plan, stage, seed, { load }),
          ),
        ),
      ];
    });
    const once = { ...bench, plan: { ...plan, rounds: 1, heatRounds: 0 } };
    await takeTurns(once, legs.slice(-curveCount(stages)));
    const results = await takeTurns(once, legs);
    const verdicts: Verdict[] = [];
    for (const stage of stages) verdicts.push(await stage.judge());
    return { name: 'Concurrency', legs: results, verdicts, notes: [], figures: [] };
  } finally {
    await echo.stop();
    for (const stage of stages) await stage.stop();
  }
}

/** The echo and one curve per engine. */
function curveCount(stages: readonly Stage[]): number {
  return 1 + stages.length;
}
