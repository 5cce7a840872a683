import type { JobResult } from '../load/job.js';
import type { LegResult } from './legs.js';
import type { Measurement } from './load-generator.js';
import type { Verdict } from './verdict.js';

/** A number over the rounds. */
export type Spread = { readonly median: number; readonly min: number; readonly max: number };

/** What a ratio or an amount should be. */
export type Goal = { readonly kind: 'at least' | 'at most'; readonly value: number };

/** A figure: a comparison of two legs, or an amount by itself. */
export type Figure = {
  readonly title: string;
  readonly goal: Goal | null;
  /** The ratio, or the amount in `unit`. */
  readonly value: Spread;
  /** '' for a ratio. */
  readonly unit: string;
  /** The absolute figures behind it. */
  readonly detail: string;
};

/** What a scenario gives. */
export type Findings = {
  readonly name: string;
  readonly figures: readonly Figure[];
  readonly legs: readonly LegResult[];
  /** On each database that they come from. */
  readonly verdicts: readonly Verdict[];
  /** What to know about them. */
  readonly notes: readonly string[];
};

/** What of a measurement is compared. */
export type Quantity = 'perSecond' | 'p50';

/** Compares two legs, round by round. */
export function compare(
  title: string,
  goal: Goal | null,
  [measured, against]: readonly [LegResult | undefined, LegResult | undefined],
  quantity: Quantity = 'perSecond',
): Figure {
  if (!measured || !against) throw new Error(`${title}: a leg is missing.`);
  const of = (result: Measurement) =>
    quantity === 'perSecond' ? result.perSecond : result.latency.p50;
  const ratios = measured.rounds.map((round, index) => {
    return of(round) / of(against.rounds[index] as Measurement);
  });
  const show = (leg: LegResult) => {
    const { median } = spreadOf(leg.rounds.map(of));
    return quantity === 'perSecond' ? `${Math.round(median)}/s` : `${median.toFixed(2)} ms`;
  };
  const detail = `${show(measured)} against ${show(against)}`;
  return { title, goal, value: spreadOf(ratios), unit: '', detail };
}

/** Median, least and greatest. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const middle = sorted.length / 2;
  const median =
    sorted.length % 2 === 1 ? at(Math.floor(middle)) : (at(middle - 1) + at(middle)) / 2;
  return { median, min: at(0), max: at(sorted.length - 1) };
}

/** Whether a figure is what it should be; null without a goal. */
export function isMet({ goal, value }: Figure): boolean | null {
  if (!goal) return null;
  return goal.kind === 'at least' ? value.median >= goal.value : value.median <= goal.value;
}

/** Legs during which more than a tenth of a core went to others in most rounds: what they give is worth little. */
export function disturbedLegs(all: readonly Findings[]): string[] {
  return all.flatMap(({ name, legs }) =>
    legs
      .filter(({ rounds }) => spreadOf(rounds.map(({ cpu }) => cpu.others ?? 0)).median > 0.1)
      .map((leg) => `${name}: ${leg.name}`),
  );
}

/** All answers of a leg by status. */
export function statusesOf(rounds: readonly Pick<JobResult, 'statuses'>[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { statuses } of rounds) {
    for (const [code, count] of Object.entries(statuses)) {
      sums.set(code, (sums.get(code) ?? 0) + count);
    }
  }
  return sums;
}
