import type { Bench } from '../harness/bench.js';
import type { DatabaseHost } from '../harness/databases.js';
import { compare, type Findings } from '../harness/figures.js';
import { paymentJob, restJob } from '../harness/jobs.js';
import { paymentLeg, takeTurns } from '../harness/legs.js';
import { openStage } from '../harness/stage.js';

/** The same payments over REST and over gRPC, on the first engine that there is. */
export async function measureRest(bench: Bench): Promise<Findings> {
  const { plan } = bench;
  const engine: DatabaseHost['engine'] = bench.engines.includes('mysql') ? 'mysql' : 'sqlite';
  const stage = await openStage(bench, engine);
  try {
    const legs = await takeTurns(bench, [
      paymentLeg(bench, 'PayCredits over gRPC', stage, (seed) => paymentJob(plan, stage, seed)),
      paymentLeg(bench, 'PayCredits over REST', stage, (seed) => restJob(plan, stage, seed)),
    ]);
    const [grpc, rest] = legs;
    return {
      name: 'REST',
      legs,
      verdicts: [await stage.judge()],
      notes: [
        `Over REST each of the ${plan.inFlight} requests in flight has a connection of its own, as HTTP/1.1 has it.`,
      ],
      figures: [compare('PayCredits over REST, against gRPC', null, [rest, grpc])],
    };
  } finally {
    await stage.stop();
  }
}
