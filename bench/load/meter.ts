import { createHistogram, performance, type RecordableHistogram } from 'node:perf_hooks';
import type { JobResult, Latency } from './job.js';

/** Counts answers over a job and measures them within its measured time. */
export type Meter = {
  /** An answer. `since` is the time on {@link performance} from which its latency counts. */
  answered(status: string, since: number): void;
  /** A call that was sent later than intended, by `ms`. */
  sentLate(ms: number): void;
  beginMeasuring(): void;
  endMeasuring(): void;
  result(): JobResult;
};

const NS_PER_MS = 1e6;

/** Creates a meter. */
export function createMeter(): Meter {
  const latencies = newHistogram();
  const late = newHistogram();
  const statuses: Record<string, number> = {};
  let measuring = false;
  let measured = 0;
  let began = 0;
  let took = 0;
  let loopStart = performance.eventLoopUtilization();
  let loopUse = 0;
  return {
    answered(status, since) {
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (!measuring) return;
      record(latencies, performance.now() - since);
      if (status === '0') measured += 1;
    },
    sentLate(ms) {
      if (measuring) record(late, ms);
    },
    beginMeasuring() {
      measuring = true;
      began = performance.now();
      loopStart = performance.eventLoopUtilization();
    },
    endMeasuring() {
      measuring = false;
      took = performance.now() - began;
      loopUse = performance.eventLoopUtilization(loopStart).utilization;
    },
    result: () => ({
      perSecond: (measured * 1_000) / took,
      latency: summarise(latencies),
      acknowledged: statuses['0'] ?? 0,
      statuses,
      loopUse,
      sentLateP99: late.count > 0 ? late.percentile(99) / NS_PER_MS : null,
    }),
  };
}

function newHistogram(): RecordableHistogram {
  return createHistogram({ lowest: 1_000, highest: 60_000 * NS_PER_MS, figures: 3 });
}

function record(histogram: RecordableHistogram, ms: number): void {
  histogram.record(Math.max(1, Math.round(ms * NS_PER_MS)));
}

function summarise(histogram: RecordableHistogram): Latency {
  const at = (percent: number) =>
    histogram.count === 0 ? 0 : histogram.percentile(percent) / NS_PER_MS;
  const max = histogram.count === 0 ? 0 : histogram.max / NS_PER_MS;
  return { p50: at(50), p95: at(95), p99: at(99), p999: at(99.9), max };
}
