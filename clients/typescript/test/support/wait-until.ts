import { waitUntil as waitAtMost } from '../../../../test/support/wait-until.js';

/** Asks `condition` until it gives something, for two minutes at most: servers restart, and tokens live for a minute. @throws Error */
export function waitUntil<T>(
  what: string,
  condition: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  return waitAtMost(what, condition, { limitMs: 120_000, intervalMs: 20 });
}
