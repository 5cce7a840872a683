import type { Time } from './time.js';

/** A moment to be called at. */
export type Alarm = {
  /** Moves it: Unix ms, or null for never. It may have rung before. */
  set(time: number | null): void;
  /** Ends it. Later calls do nothing. */
  cancel(): void;
};

/** Alarms on one timer: a timer of its own for each of thousands of streams would cost more than they do. */
export type Ticker = {
  /** An alarm that is not set. It rings once for each time that it is set to, at most one interval late. */
  alarm(ring: () => void): Alarm;
  /** Alarms that are not cancelled. */
  size(): number;
};

/**
 * Creates a ticker. Its timer runs while there are alarms, and looks at all of them every `intervalMs`: a few thousand comparisons
 * of numbers. It goes by `time`, so that moving the time rings what has become due.
 */
export function createTicker({ time, intervalMs }: { time: Time; intervalMs: number }): Ticker {
  type Entry = { due: number | null; ring: () => void };
  const entries = new Set<Entry>();
  let timer: NodeJS.Timeout | undefined;

  function tick(): void {
    const now = time.now();
    for (const entry of entries) {
      if (entry.due === null || entry.due > now) continue;
      entry.due = null;
      entry.ring();
    }
  }

  return {
    alarm(ring) {
      const entry: Entry = { due: null, ring };
      entries.add(entry);
      timer ??= setInterval(tick, intervalMs).unref();
      return {
        set(due) {
          entry.due = due;
        },
        cancel() {
          entries.delete(entry);
          if (entries.size > 0) return;
          clearInterval(timer);
          timer = undefined;
        },
      };
    },
    size: () => entries.size,
  };
}
