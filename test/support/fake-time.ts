import type { Time } from '../../src/lib/time.js';

/** Time that stands still until it is told to move. */
export type FakeTime = Time & {
  /** Moves the time forward by `ms` milliseconds. */
  advance(ms: number): void;
};

/** Creates a time that starts at `start` (Unix milliseconds). */
export function createFakeTime(start = Date.UTC(2030, 0, 1)): FakeTime {
  let current = start;
  return {
    now: () => current,
    advance(ms) {
      current += ms;
    },
  };
}
