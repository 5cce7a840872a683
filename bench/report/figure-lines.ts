import { type Figure, type Findings, isMet, spreadOf, statusesOf } from '../harness/figures.js';
import type { LegResult } from '../harness/legs.js';

/** The cells of a figure: title, goal, value with its range over the rounds, absolute figures, whether the goal is met. */
export function figureCells(figure: Figure): string[] {
  const { title, goal, value, unit, detail } = figure;
  const met = isMet(figure);
  const number = (amount: number) => (unit === '' ? amount.toFixed(2) : Math.round(amount));
  const sign = goal?.kind === 'at least' ? '≥' : '≤';
  const range = value.min === value.max ? '' : ` (${number(value.min)} to ${number(value.max)})`;
  return [
    title,
    goal ? `${sign} ${goal.value}${unit && ` ${unit}`}` : '',
    `${number(value.median)}${unit && ` ${unit}`}${range}`,
    detail,
    met === null ? '' : met ? 'met' : 'NOT MET',
  ];
}

/** Heads of {@link legCells}. */
export const legHeads = [
  'Leg',
  'per second',
  'p50 ms',
  'p95',
  'p99',
  'p99.9',
  'max',
  'cores',
  'per core-second of the server',
  'other processes',
  'generator busy',
  'failed',
];

/** The cells of a leg: medians over its rounds, the greatest of all for the greatest latency. */
export function legCells({ name, rounds }: LegResult): string[] {
  const median = (pick: (round: (typeof rounds)[number]) => number) =>
    spreadOf(rounds.map(pick)).median;
  const latency = (key: 'p50' | 'p95' | 'p99' | 'p999') =>
    median((round) => round.latency[key]).toFixed(2);
  const processes = Object.keys(rounds[0]?.cpu.processes ?? {});
  const cores = processes.map((process) => {
    return `${process} ${median((round) => round.cpu.processes[process] ?? 0).toFixed(2)}`;
  });
  const failed = [...statusesOf(rounds)].filter(([code]) => code !== '0');
  return [
    name,
    Math.round(median((round) => round.perSecond)).toString(),
    latency('p50'),
    latency('p95'),
    latency('p99'),
    latency('p999'),
    Math.max(...rounds.map((round) => round.latency.max)).toFixed(1),
    cores.join(', '),
    perCoreSecond(rounds),
    median((round) => round.cpu.others ?? Number.NaN).toFixed(2),
    `${Math.round(median((round) => round.loopUse) * 100)} %`,
    failed.map(([code, count]) => `${count} × ${code}`).join(', ') || '0',
  ];
}

/** Calls per second and core that the servers used: says the same on a busy machine as on a quiet one, nearly. */
function perCoreSecond(rounds: LegResult['rounds']): string {
  const rates = rounds.flatMap(({ perSecond, cpu }) => {
    const servers = Object.entries(cpu.processes).filter(([name]) => name.endsWith('server'));
    const cores = servers.reduce((sum, [, use]) => sum + use, 0);
    return cores > 0 ? [perSecond / cores] : [];
  });
  return rates.length === 0 ? '' : Math.round(spreadOf(rates).median).toString();
}

/** The figures as plain text, with the verdicts under those of each scenario. */
export function describeFigures(all: readonly Findings[]): string {
  const lines = all.flatMap(({ name, figures, verdicts }) => [
    '',
    name,
    ...figures.flatMap((figure) => {
      const [title, goal, value, detail, met] = figureCells(figure);
      return [
        `  ${met?.padEnd(13)} ${title}`,
        `                ${value}${goal && ` (goal ${goal})`}; ${detail}`,
      ];
    }),
    ...verdicts.map(({ text }) => `  VerifyLedger: ${text}`),
  ]);
  return lines.join('\n');
}
