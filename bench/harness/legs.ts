import type { Job } from '../load/job.js';
import type { Bench } from './bench.js';
import type { Measurement } from './load-generator.js';
import type { Stage } from './stage.js';

/** One side of a comparison. */
export type Leg = {
  readonly name: string;
  /** Runs it once. `seed` differs from round to round. */
  run(seed: number): Promise<Measurement>;
};

/** A leg with what it came to, round by round. */
export type LegResult = { readonly name: string; readonly rounds: readonly Measurement[] };

/**
 * Runs each leg once per round, in turns, and every other round backwards: whatever slows the machine down for a while
 * slows all of them. Rounds that only warm the servers up come first and do not count.
 */
export async function takeTurns(bench: Bench, legs: readonly Leg[]): Promise<LegResult[]> {
  for (let round = 0; round < bench.plan.heatRounds; round += 1) {
    for (const leg of legs) await leg.run(0);
  }
  const results = legs.map(({ name }) => ({ name, rounds: [] as Measurement[] }));
  for (let round = 0; round < bench.plan.rounds; round += 1) {
    const order = [...legs.keys()];
    if (round % 2 === 1) order.reverse();
    for (const index of order) {
      const leg = legs[index] as Leg;
      const measured = await leg.run(round + 1);
      results[index]?.rounds.push(measured);
      bench.say(`  round ${round + 1}: ${leg.name}: ${describe(measured)}`);
    }
  }
  return results;
}

/** A leg of payments that count in the stage's book. */
export function paymentLeg(
  bench: Bench,
  name: string,
  stage: Stage,
  makeJob: (seed: number) => Job,
  pids: Readonly<Record<string, number>> = { server: stage.server.pid },
): Leg {
  return {
    name,
    async run(seed) {
      const measured = await bench.generator.run(makeJob(seed), { ...pids, ...stage.host.pids });
      stage.acknowledged(measured.acknowledged);
      return measured;
    },
  };
}

/** A leg that touches no book. */
export function plainLeg(
  bench: Bench,
  name: string,
  makeJob: (seed: number) => Job,
  pids: Readonly<Record<string, number>>,
): Leg {
  return { name, run: (seed) => bench.generator.run(makeJob(seed), pids) };
}

function describe({ perSecond, latency, statuses, loopUse, cpu }: Measurement): string {
  const failed = Object.entries(statuses).filter(([code]) => code !== '0');
  const cores = Object.entries(cpu.processes).map(([name, use]) => `${name} ${use.toFixed(2)}`);
  const parts = [
    `${Math.round(perSecond)}/s`,
    `p50 ${latency.p50.toFixed(2)} p99 ${latency.p99.toFixed(2)} max ${latency.max.toFixed(1)} ms`,
    `generator's loop ${Math.round(loopUse * 100)} %`,
    `cores: ${cores.join(', ')}, others ${cpu.others?.toFixed(2) ?? '?'}`,
    ...failed.map(([code, count]) => `STATUS ${code}: ${count}`),
  ];
  return parts.join('; ');
}
