import { disturbedLegs, type Findings } from '../harness/figures.js';
import type { Plan } from '../plan.js';
import type { Environment } from './environment.js';
import { figureCells, legCells, legHeads } from './figure-lines.js';

/** A plot beside the document. */
export type Plot = { readonly file: string; readonly title: string; readonly svg: string };

/** What one scenario gave, and the run that it was part of. Legs that are compared are always of one run. */
export type ScenarioReport = {
  readonly scenario: string;
  readonly plan: Plan;
  readonly environment: Environment;
  readonly findings: Findings;
};

/** The scenarios of a run, in the place of what earlier runs gave for them; in the order of `names`. */
export function mergeReports(
  earlier: readonly ScenarioReport[],
  run: readonly ScenarioReport[],
  names: readonly string[],
): ScenarioReport[] {
  const newest = new Map([...earlier, ...run].map((report) => [report.scenario, report]));
  return names.flatMap((name) => newest.get(name) ?? []);
}

/**
 * The reports as Markdown; plots are in the folder `benchmarks` beside it. `missing` are scenarios without a report.
 *
 * @throws Error when there is none at all
 */
export function writeDocument(
  reports: readonly ScenarioReport[],
  missing: readonly string[],
  plots: readonly Plot[],
): string {
  const findings = reports.map((report) => report.findings);
  const rows = findings.flatMap(({ figures }) => figures.map(figureCells));
  const [first] = reports;
  if (!first) throw new Error('There is nothing to report.');
  const { plan } = first;
  const { settings } = first.environment;
  const all = (key: 'machine' | 'versions') => [
    ...new Set(reports.map(({ environment }) => environment[key])),
  ];
  const databases = [...new Set(reports.flatMap(({ environment }) => environment.databases))];
  return `# Benchmarks

<!-- Written by \`make bench\`. Do not edit: run it again. -->

What the service reaches beside what it is compared with, on one machine in one run: the ratios are what to look at, the
absolute figures belong to the machine. Each scenario says when it was measured, and at which commit. How it is measured is said at the end; where the time goes, and what was tried,
in [performance-notes.md](performance-notes.md).

${table(['Figure', 'Goal', 'Measured', 'Absolute', ''], rows)}

${warnDisturbed(findings)}${missing.length > 0 ? `Not measured yet: ${missing.join(', ')}.\n\n` : ''}${all(
  'machine',
)
  .map((text) => `- Machine: ${text}.`)
  .join('\n')}
${all('versions')
  .map((text) => `- Versions: ${text}.`)
  .join('\n')}
${databases.map((text) => `- Database: ${text}.`).join('\n')}
- Settings other than production's defaults: ${settings.map((text) => `\`${text}\``).join(', ')}.

${plots.map(({ file, title }) => `![${title}](benchmarks/${file})`).join('\n\n')}

${reports.map(writeScenario).join('\n')}
## How it is measured

- \`make bench\` does all of it, on a clean clone; \`make bench ONLY=lone,book\` these scenarios, and leaves the others' figures as they are.
  \`make bench QUICK=1\` is a short run that proves that it works.
- Server, load generator, database and whatever is compared are processes of their own. Servers log at level \`info\`; the
  databases are on disk and durable as production demands.
- Legs that are compared take turns within a run: after ${plan.heatRounds} rounds that do not count, rounds of ${plan.durationMs / 1_000} s each after ${plan.warmUpMs / 1_000} s of warm-up, every other
  round in reverse order. Ratios are taken round by round; what is shown is their median, and in brackets the least and the greatest.
  Absolute figures are medians; the greatest latency is the greatest of all rounds.
- Payments go by Zipf, evenly ("spread"), or all into one wallet ("hot"), among ${plan.users.toLocaleString('en')} users with a wallet and a session each, over
  ${plan.connections} connections with ${plan.inFlight} calls in flight unless it says otherwise. Every call has a request id of its own and a deadline of 10 s.
- The load generator speaks HTTP/2 from bytes prepared beforehand and looks at nothing of a reply but its status. "Generator busy" is
  the share of time in which its event loop was not idle. It is not the bottleneck: in the echo legs the same generator makes several
  times as many calls as in those of payments, with the echo's process at a full core.
- "Other processes" is how many cores went to anything that takes no part in a leg. Above 0.1 a figure is worth little.
- After its legs VerifyLedger reads the whole book of each database, and the payments in it are counted against the
  acknowledgements that the generator has: its verdict is printed under the figures.
`;
}

function warnDisturbed(findings: readonly Findings[]): string {
  const count = disturbedLegs(findings).length;
  return count === 0
    ? ''
    : `**Other programs ran during ${count} legs: these figures are no reference.**\n\n`;
}

function writeScenario({ environment, findings }: ScenarioReport): string {
  const { name, legs, notes, verdicts } = findings;
  const { date, commit } = environment;
  const rounds = legs[0]?.rounds.length ?? 1;
  const measured = `Measured ${date} at commit \`${commit}\`, ${rounds === 1 ? 'once' : `${rounds} rounds`}.`;
  const lines = [...notes, ...verdicts.map(({ text }) => `VerifyLedger: ${text}.`), measured];
  return `## ${name}

${legs.length > 0 ? `${table(legHeads, legs.map(legCells))}\n` : ''}
${lines.map((line) => `- ${line}`).join('\n')}
`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}
