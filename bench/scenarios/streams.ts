import type { Bench } from '../harness/bench.js';
import { compare, type Findings } from '../harness/figures.js';
import { startForked } from '../harness/forked-process.js';
import { type JobOptions, measureReply, paymentJob, streamJob } from '../harness/jobs.js';
import { paymentLeg, plainLeg, takeTurns } from '../harness/legs.js';
import { openStage } from '../harness/stage.js';

/** Streams of each leg; together they have as many messages unanswered as the unary legs have calls. */
const STREAMS = 8;

/** Streams of payments against single calls, beside what the library makes of empty ones. */
export async function measureStreams(bench: Bench): Promise<Findings> {
  const { plan } = bench;
  const stage = await openStage(bench, 'mysql');
  const echo = await startForked<{ address: string }>('servers/echo-server.ts', {
    replyBytes: await measureReply(stage),
  });
  const load = { streams: STREAMS, inFlight: Math.ceil(plan.inFlight / STREAMS) };
  const streamEchoLoad = { kind: 'stream', answers: 'in order', ...load } as const;
  const echoLeg = (name: string, options: JobOptions) => {
    const job = { addresses: [echo.ready.address], ...options };
    return plainLeg(bench, name, (seed) => paymentJob(plan, stage, seed, job), {
      server: echo.pid,
    });
  };
  try {
    const legs = await takeTurns(bench, [
      echoLeg('unary echo', { path: '/bench.Echo/Unary' }),
      echoLeg('stream echo', { path: '/bench.Echo/Stream', load: streamEchoLoad }),
      paymentLeg(bench, 'PayCredits', stage, (seed) => paymentJob(plan, stage, seed)),
      paymentLeg(bench, 'StreamPayments', stage, (seed) => streamJob(plan, stage, seed, load)),
    ]);
    const [unaryEcho, streamEcho, unary, stream] = legs;
    const goal = { kind: 'at least', value: 1.5 } as const;
    return {
      name: 'Streams on MySQL',
      legs,
      verdicts: [await stage.judge()],
      notes: [
        `${STREAMS} streams of the master's backend, each message with a payer of its own; as many unanswered as calls in the unary legs.`,
      ],
      figures: [
        compare('StreamPayments against unary PayCredits', goal, [stream, unary]),
        compare('an empty stream echo against an empty unary echo', null, [streamEcho, unaryEcho]),
      ],
    };
  } finally {
    await echo.stop();
    await stage.stop();
  }
}
