import type { Bench } from '../harness/bench.js';
import { startEwalletServer } from '../harness/ewallet-server.js';
import { compare, type Findings } from '../harness/figures.js';
import { paymentJob } from '../harness/jobs.js';
import { paymentLeg, takeTurns } from '../harness/legs.js';
import { openStage } from '../harness/stage.js';

/** Wallets of the contended legs: few enough that every batch of one instance meets the other's. */
const FEW_WALLETS = 20;
/** Callers of each instance in the contended legs. */
const CALLERS = 64;

/** Two instances on one database against one, with the same number of callers in all. */
export async function measureTwoInstances(bench: Bench): Promise<Findings> {
  const { plan } = bench;
  const stage = await openStage(bench, 'mysql');
  const second = await startEwalletServer(stage.databaseUrl);
  const one = [stage.server.publicAddress];
  const two = [...one, second.publicAddress];
  const few = { kind: 'spread', count: Math.min(FEW_WALLETS, plan.users) } as const;
  const load = { kind: 'closed', inFlight: 2 * CALLERS } as const;
  const leg = (name: string, options: Parameters<typeof paymentJob>[3]) =>
    paymentLeg(bench, name, stage, (seed) => paymentJob(plan, stage, seed, options), {
      'first server': stage.server.pid,
      'second server': second.pid,
    });
  try {
    const legs = await takeTurns(bench, [
      leg('one instance, spread', { addresses: one }),
      leg('two instances, spread', { addresses: two }),
      leg('one instance, 20 wallets', { addresses: one, choice: few, load }),
      leg('two instances, 20 wallets', { addresses: two, choice: few, load }),
    ]);
    const [oneSpread, twoSpread, oneFew, twoFew] = legs;
    const goal = { kind: 'at least', value: 1 } as const;
    const title = `two instances on one database against one, ${plan.inFlight} in flight, spread`;
    return {
      name: 'Two instances on one MySQL',
      legs,
      verdicts: [await stage.judge()],
      notes: [`The contended legs have ${CALLERS} callers per instance of two, among 20 wallets.`],
      figures: [
        compare(title, goal, [twoSpread, oneSpread]),
        compare('the same among 20 wallets', goal, [twoFew, oneFew]),
      ],
    };
  } finally {
    await second.stop();
    await stage.stop();
  }
}
