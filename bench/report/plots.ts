import type { Findings } from '../harness/figures.js';
import type { Measurement } from '../harness/load-generator.js';
import type { Latency } from '../load/job.js';
import type { Plot } from './document.js';
import { type Curve, drawChart } from './line-chart.js';

/** The plots of a run: throughput and latency over calls in flight, and latency over the rate offered. */
export function drawPlots(findings: readonly Findings[]): Plot[] {
  const sweep = findings.find(({ name }) => name === 'Concurrency');
  const open = findings.find(({ name }) => name.startsWith('Open loop'));
  return [
    ...(sweep ? [throughputPlot(sweep), latencyPlot(sweep)] : []),
    ...(open ? [openLoopPlot(open)] : []),
  ];
}

function throughputPlot(sweep: Findings): Plot {
  const title = 'Calls per second over calls in flight';
  const svg = drawChart({
    title,
    xLabel: 'calls in flight',
    yLabel: 'calls per second',
    curves: curvesOf(sweep, ({ perSecond }) => perSecond),
  });
  return { file: 'throughput.svg', title, svg };
}

function latencyPlot(sweep: Findings): Plot {
  const title = 'Latency over calls in flight';
  const named = (suffix: string, pick: (latency: Latency) => number) =>
    curvesOf(sweep, ({ latency }) => pick(latency)).map((curve) => ({
      ...curve,
      name: `${curve.name}, ${suffix}`,
    }));
  const curves = [...named('p50', ({ p50 }) => p50), ...named('p99', ({ p99 }) => p99)];
  const svg = drawChart({ title, xLabel: 'calls in flight', yLabel: 'ms', curves, logY: true });
  return { file: 'latency.svg', title, svg };
}

/** Legs named `<curve>, <n> in flight`. */
function curvesOf(sweep: Findings, pick: (measured: Measurement) => number): Curve[] {
  const curves = new Map<string, [number, number][]>();
  for (const { name, rounds } of sweep.legs) {
    const [, curve, inFlight] = /^(.*), (\d+) in flight$/.exec(name) ?? [];
    const [round] = rounds;
    if (!curve || !round) continue;
    curves.set(curve, [...(curves.get(curve) ?? []), [Number(inFlight), pick(round)]]);
  }
  return [...curves].map(([name, points]) => ({ name, points }));
}

/** Legs named `<share> % = <rate>/s, spread`. */
function openLoopPlot(open: Findings): Plot {
  const title = 'Latency at fixed rates, spread';
  const percentiles = ['p50', 'p99', 'p999'] as const;
  const curves = percentiles.map((percentile): Curve => {
    const points = open.legs.flatMap(({ name, rounds }) => {
      const rate = /= (\d+)\/s, spread$/.exec(name)?.[1];
      const values = rounds.map(({ latency }) => latency[percentile]).sort((a, b) => a - b);
      const median = values[Math.floor(values.length / 2)];
      return rate && median !== undefined ? [[Number(rate), median] as const] : [];
    });
    return { name: percentile === 'p999' ? 'p99.9' : percentile, points };
  });
  const svg = drawChart({ title, xLabel: 'payments per second', yLabel: 'ms', curves, logY: true });
  return { file: 'open-loop.svg', title, svg };
}
