import { randomFraction } from './random.js';
import { sleep } from './sleep.js';

/** How often and how patiently to try again. */
export type RetryOptions = {
  /** Calls in all, the first included. At least 1. */
  attempts: number;
  /** Upper bound of the first pause; it doubles with each further one. */
  baseMs: number;
  /** Upper bound of every pause. */
  maxMs: number;
  isRetryable: (error: unknown) => boolean;
  /** For tests; the real ones by default. */
  sleep?: (ms: number) => Promise<void>;
  random?: () => number;
};

/**
 * Calls `fn` until it succeeds, fails for good, or has been called `attempts` times; throws its last error.
 * Pauses are random between 0 and their bound, so that rivals who collided once do not collide again.
 */
export async function retry<T>(
  fn: (attempt: number) => Promise<T>,
  options: RetryOptions,
): Promise<T> {
  const pause = options.sleep ?? sleep;
  const random = options.random ?? randomFraction;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await fn(attempt);
    } catch (error) {
      if (attempt >= options.attempts || !options.isRetryable(error)) throw error;
      const bound = Math.min(options.maxMs, options.baseMs * 2 ** (attempt - 1));
      await pause(random() * bound);
    }
  }
}
