import type { Bench } from '../harness/bench.js';
import { compare, type Findings } from '../harness/figures.js';
import { startForked } from '../harness/forked-process.js';
import { measureReply, paymentJob } from '../harness/jobs.js';
import { paymentLeg, plainLeg, takeTurns } from '../harness/legs.js';
import { openStage } from '../harness/stage.js';

/** Payments on the embedded database, against the echo. */
export async function measureSqlite(bench: Bench): Promise<Findings> {
  const { plan } = bench;
  const stage = await openStage(bench, 'sqlite');
  const echo = await startForked<{ address: string }>('servers/echo-server.ts', {
    replyBytes: await measureReply(stage),
  });
  const echoJob = { addresses: [echo.ready.address], path: '/bench.Echo/Unary' };
  const hot = { kind: 'hot', count: plan.users } as const;
  try {
    const legs = await takeTurns(bench, [
      plainLeg(bench, 'echo', (seed) => paymentJob(plan, stage, seed, echoJob), {
        server: echo.pid,
      }),
      paymentLeg(bench, 'spread, by session', stage, (seed) => paymentJob(plan, stage, seed)),
      paymentLeg(bench, 'into one hot wallet', stage, (seed) =>
        paymentJob(plan, stage, seed, { choice: hot }),
      ),
    ]);
    const [plain, spread, intoOne] = legs;
    const title = `SQLite: PayCredits, ${plan.inFlight} in flight, against the echo`;
    const goal = { kind: 'at least', value: 0.3 } as const;
    return {
      name: 'Payments on SQLite',
      legs,
      verdicts: [await stage.judge()],
      notes: [],
      figures: [
        compare(title, goal, [spread, plain]),
        compare('SQLite: hot, against spread', null, [intoOne, spread]),
      ],
    };
  } finally {
    await echo.stop();
    await stage.stop();
  }
}
