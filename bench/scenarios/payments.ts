import type { Bench } from '../harness/bench.js';
import { compare, type Findings } from '../harness/figures.js';
import { startForked } from '../harness/forked-process.js';
import { type JobOptions, measureReply, paymentJob } from '../harness/jobs.js';
import { paymentLeg, plainLeg, takeTurns } from '../harness/legs.js';
import { openStage } from '../harness/stage.js';

/**
 * Payments over gRPC, spread and hot, against an empty echo and against a server with one transaction per payment. All
 * legs take turns in one run; the baseline has a database of its own on the same server.
 */
export async function measurePayments(bench: Bench): Promise<Findings> {
  const { plan } = bench;
  const stage = await openStage(bench, 'mysql');
  const other = await openStage(bench, 'mysql');
  const echo = await startForked<{ address: string }>('servers/echo-server.ts', {
    replyBytes: await measureReply(stage),
  });
  const baseline = await startForked<{ address: string }>('servers/baseline-server.ts', {
    databaseUrl: other.databaseUrl,
    connections: plan.baselineConnections,
  });
  const hot = { kind: 'hot', count: plan.users } as const;
  const zipf = { kind: 'zipf', count: plan.users } as const;
  const pay = (name: string, options: JobOptions = {}) =>
    paymentLeg(bench, name, stage, (seed) => paymentJob(plan, stage, seed, options));
  const payByHand = (name: string, options: JobOptions = {}) => {
    const rest = { addresses: [baseline.ready.address], callers: 'byBackend' as const, ...options };
    const job = (seed: number) => paymentJob(plan, other, seed, rest);
    return paymentLeg(bench, name, other, job, { server: baseline.pid });
  };
  const echoJob = { addresses: [echo.ready.address], path: '/bench.Echo/Unary' };
  try {
    const legs = await takeTurns(bench, [
      plainLeg(bench, 'echo', (seed) => paymentJob(plan, stage, seed, echoJob), {
        server: echo.pid,
      }),
      pay('spread, by session'),
      pay('spread, by backend key', { callers: 'byBackend' }),
      pay('into one hot wallet', { choice: hot }),
      pay('Zipf', { choice: zipf }),
      payByHand('by hand, spread'),
      payByHand('by hand, into one hot wallet', { choice: hot }),
    ]);
    const [plain, spread, backend, intoOne, byZipf, handSpread, handHot] = legs;
    const least = (value: number) => ({ kind: 'at least', value }) as const;
    const of = `${plan.inFlight} in flight`;
    return {
      name: 'Payments on MySQL',
      legs,
      verdicts: [await stage.judge(), await other.judge()],
      notes: [
        'The echo gets the same bytes: metadata and message of the payments; it answers as many as PayCredits does.',
        `The server by hand checks no credentials and has ${plan.baselineConnections} connections.`,
      ],
      figures: [
        compare(`PayCredits, ${of}, spread, against the echo`, least(0.45), [spread, plain]),
        compare("the same, by the master's backend", least(0.45), [backend, plain]),
        compare('all into one hot wallet, against spread', least(0.95), [intoOne, spread]),
        compare('Zipf, against spread', null, [byZipf, spread]),
        compare('spread, against one transaction each', least(3), [spread, handSpread]),
        compare('hot, against one transaction each', least(5), [intoOne, handHot]),
      ],
    };
  } finally {
    await echo.stop();
    await baseline.stop();
    await other.stop();
    await stage.stop();
  }
}
