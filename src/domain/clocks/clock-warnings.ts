import { type Clock, remaining, settle } from '../../model/clock.js';

type Looked = Pick<Clock, 'timer' | 'balance'>;

/** Tells when the remaining time of a running clock comes down to thresholds. */
export type ClockWarnings = {
  /**
   * The threshold that was passed since the last look, if any; of several the lowest, because the others say no more. One that was told
   * is told again only after there was more time than that.
   */
  look(clock: Looked, now: number): number | undefined;
  /** When the next threshold will be passed if all goes on as it does; null when none will. */
  nextTime(clock: Looked, now: number): number | null;
};

/** Creates warnings of which none was given, at these thresholds (milliseconds). */
export function createClockWarnings(thresholdsMs: readonly number[]): ClockWarnings {
  const armed = new Set(thresholdsMs);
  return {
    look(clock, now) {
      const left = remaining(clock, now);
      const runs = settle(clock.timer, clock.balance, now).timer.state === 'ACTIVE';
      const passed: number[] = [];
      for (const threshold of thresholdsMs) {
        if (left > BigInt(threshold)) armed.add(threshold);
        else if (runs && armed.delete(threshold)) passed.push(threshold);
      }
      return passed.length === 0 ? undefined : Math.min(...passed);
    },
    nextTime({ timer }, now) {
      const { state, runsOutTime } = timer;
      if (state !== 'ACTIVE' || runsOutTime === null || armed.size === 0) return null;
      const time = runsOutTime - Math.max(...armed);
      return time > now ? time : null;
    },
  };
}
