import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBench } from './harness/bench.js';
import { paymentJob } from './harness/jobs.js';
import { openStage } from './harness/stage.js';
import { fullPlan } from './plan.js';
import { type CpuProfile, summariseProfile } from './report/cpu-profile.js';

/*
 * Where the server's time goes under spread payments: `npx tsx bench/profile.ts [mysql|sqlite] [byBackend]`, on a build.
 * Profiling costs a few per cent, so nothing here is a figure.
 */

const engine = process.argv.includes('sqlite') ? 'sqlite' : 'mysql';
const callers = process.argv.includes('byBackend') ? 'byBackend' : 'bySession';
const folder = mkdtempSync(join(tmpdir(), 'ewallet-profile-'));
process.env.BENCH_NODE_OPTIONS = `--cpu-prof --cpu-prof-interval=500 --cpu-prof-dir=${folder}`;
const plan = { ...fullPlan, warmUpMs: 3_000, durationMs: 10_000 };
const bench = await openBench({ plan, engines: [engine] });
try {
  const stage = await openStage(bench, engine);
  const begin = microseconds() + plan.warmUpMs * 1_000;
  const job = paymentJob(plan, stage, 1, { callers });
  const { perSecond, cpu } = await bench.generator.run(job, { server: stage.server.pid });
  await stage.stop();
  const file = readdirSync(folder)[0] ?? '';
  const profile = JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile;
  console.log(`${Math.round(perSecond)} payments/s, cores: ${JSON.stringify(cpu)}`);
  console.log(summariseProfile(profile, begin, begin + plan.durationMs * 1_000));
} finally {
  await bench.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** The clock of V8's profiles. */
function microseconds(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}
