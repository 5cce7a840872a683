/** Counts what each source does in a minute. */
export type RateLimit = {
  /** Milliseconds until the source may go on; 0 when it may now. What is refused counts nowhere. */
  take(source: string): number;
};

const SPAN_MS = 60_000;
/** Sources that are counted one by one. Those beyond share a count, so that no number of them takes up memory. */
const MAX_SOURCES = 100_000;
const OTHERS = '';

/** Creates the counter, in fixed minutes. `perMinute` 0 means no limit. */
export function createRateLimit(perMinute: number, now: () => number): RateLimit {
  let counts = new Map<string, number>();
  let span = 0;
  return {
    take(source) {
      if (perMinute === 0) return 0;
      const time = now();
      const current = Math.floor(time / SPAN_MS);
      if (current !== span) counts = new Map();
      span = current;
      const key = counts.has(source) || counts.size < MAX_SOURCES ? source : OTHERS;
      const count = counts.get(key) ?? 0;
      if (count >= perMinute) return (current + 1) * SPAN_MS - time;
      counts.set(key, count + 1);
      return 0;
    },
  };
}
