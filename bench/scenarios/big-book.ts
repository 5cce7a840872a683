import type { Bench } from '../harness/bench.js';
import { compare, type Findings } from '../harness/figures.js';
import { fillBook } from '../harness/fill-book.js';
import { paymentJob } from '../harness/jobs.js';
import { paymentLeg, takeTurns } from '../harness/legs.js';
import { openStage } from '../harness/stage.js';

/** Throughput with many entries in the book against an empty one. */
export async function measureBigBook(bench: Bench): Promise<Findings> {
  const { plan } = bench;
  const empty = await openStage(bench, 'mysql');
  const full = await openStage(bench, 'mysql');
  try {
    bench.say(`  writing ${plan.bookEntries} payments into the book`);
    const took = await fillBook(full.databaseUrl, plan.bookEntries);
    full.acknowledged(plan.bookEntries);
    const legs = await takeTurns(bench, [
      paymentLeg(bench, 'empty book', empty, (seed) => paymentJob(plan, empty, seed)),
      paymentLeg(bench, 'large book', full, (seed) => paymentJob(plan, full, seed)),
    ]);
    const [onEmpty, onFull] = legs;
    const whole = await timed(() => full.judge('full'));
    const added = Math.ceil(plan.bookEntries / 100);
    await fillBook(full.databaseUrl, added);
    full.acknowledged(added);
    const recent = await timed(() => full.judge('incremental'));
    const goal = { kind: 'at least', value: 0.9 } as const;
    const title = `throughput with ${plan.bookEntries.toLocaleString('en')} entries in the book against an empty one`;
    return {
      name: 'A large book on MySQL',
      legs,
      verdicts: [await empty.judge(), whole.result, recent.result],
      notes: [
        `The book was filled by the committer itself in batches of 1,000, at ${Math.round((plan.bookEntries * 1_000) / took)} payments a second, with innodb_flush_log_at_trx_commit=2 meanwhile.`,
        `VerifyLedger of the large book took ${whole.seconds} s; an incremental run after ${added.toLocaleString('en')} payments more took ${recent.seconds} s, the service idle.`,
      ],
      figures: [compare(title, goal, [onFull, onEmpty])],
    };
  } finally {
    await full.stop();
    await empty.stop();
  }
}

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; seconds: string }> {
  const begin = performance.now();
  const result = await work();
  return { result, seconds: ((performance.now() - begin) / 1_000).toFixed(1) };
}
