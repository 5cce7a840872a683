import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { openBench } from './harness/bench.js';
import type { DatabaseHost } from './harness/databases.js';
import { disturbedLegs, statusesOf } from './harness/figures.js';
import { fullPlan, quickPlan } from './plan.js';
import { mergeReports, type ScenarioReport, writeDocument } from './report/document.js';
import { describeEnvironment } from './report/environment.js';
import { describeFigures } from './report/figure-lines.js';
import { drawPlots } from './report/plots.js';
import { scenarios } from './scenarios/scenarios.js';

/*
 * `make bench`: runs every scenario on the built server, prints the figures, and writes the document with `--write`.
 */

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    /** Write docs/benchmarks.md with its plots. */
    write: { type: 'boolean', default: false },
    engines: { type: 'string', default: 'mysql,sqlite' },
    /** Names of scenarios. */
    only: { type: 'string', default: Object.keys(scenarios).join(',') },
    rounds: { type: 'string' },
    /** A MySQL server that is there, instead of a private one: mysql://user:password@host:port */
    mysql: { type: 'string' },
  },
});

// What it started is ended by exit handlers, which a signal alone would not run.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const engines = options.engines.split(',') as DatabaseHost['engine'][];
const base = options.quick ? quickPlan : fullPlan;
const plan = { ...base, rounds: Number(options.rounds ?? base.rounds) };
const bench = await openBench({
  plan,
  engines,
  ...(options.mysql === undefined ? {} : { mysqlUrl: options.mysql }),
});
const unproved: string[] = [];
try {
  const reports = await measure();
  const findings = reports.map((report) => report.findings);
  console.log(`\n${describeFigures(findings)}\n`);
  const disturbed = disturbedLegs(findings);
  if (disturbed.length > 0) {
    console.log(
      `${disturbed.length} legs were disturbed by other programs: run it on a quiet machine.`,
    );
  }
  writeResults(reports);
  if (options.write) writeDocs(reports);
} finally {
  await bench.stop();
}
if (unproved.length > 0) {
  console.error(`Figures without a proof:\n${unproved.join('\n')}`);
  process.exitCode = 1;
}

async function measure(): Promise<ScenarioReport[]> {
  const environment = await describeEnvironment(bench);
  const reports: ScenarioReport[] = [];
  for (const name of options.only.split(',')) {
    const scenario = scenarios[name];
    if (!scenario) throw new Error(`There is no scenario ${name}.`);
    if (!scenario.engines.some((engine) => engines.includes(engine))) continue;
    bench.say(`${name}:`);
    const found = await scenario.measure(bench);
    reports.push({ scenario: name, plan, environment, findings: found });
    unproved.push(...found.verdicts.filter(({ verified }) => !verified).map(({ text }) => text));
    for (const leg of found.legs) {
      const statuses = statusesOf(leg.rounds);
      // A short leg on a busy machine may have its answers outside of the time that counts.
      const isFaulty = statuses.size > 0 && !statuses.has('0');
      if (isFaulty) unproved.push(`${found.name}: no call of ${leg.name} succeeded`);
    }
  }
  return reports;
}

function writeResults(reports: readonly ScenarioReport[]): void {
  const folder = new URL('results/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  const name = `${new Date().toISOString().replaceAll(':', '-')}-${plan.name}.json`;
  writeFileSync(new URL(name, folder), toJson(reports));
}

/** Scenarios that were not run keep the figures that they have in the document. */
function writeDocs(run: readonly ScenarioReport[]): void {
  const docs = new URL('../docs/', import.meta.url);
  const results = new URL('benchmarks/results.json', docs);
  const earlier = existsSync(results) ? JSON.parse(readFileSync(results, 'utf8')) : [];
  const names = Object.keys(scenarios);
  const reports = mergeReports(earlier, run, names);
  const missing = names.filter((name) => !reports.some(({ scenario }) => scenario === name));
  const plots = drawPlots(reports.map(({ findings }) => findings));
  mkdirSync(new URL('benchmarks/', docs), { recursive: true });
  for (const { file, svg } of plots) writeFileSync(new URL(`benchmarks/${file}`, docs), svg);
  writeFileSync(new URL('benchmarks.md', docs), writeDocument(reports, missing, plots));
  writeFileSync(results, toJson(reports));
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
