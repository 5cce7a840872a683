import { setTimeout as pause } from 'node:timers/promises';

/**
 * Asks `condition` again and again until it gives something other than undefined or false, and gives that.
 *
 * @throws Error naming `what` when that takes longer than `limitMs` (30 s), or whatever `condition` throws.
 */
export async function waitUntil<T>(
  what: string,
  condition: () => Promise<T | undefined | false> | T | undefined | false,
  options: { limitMs?: number; intervalMs?: number } = {},
): Promise<T> {
  const { limitMs = 30_000, intervalMs = 10 } = options;
  const deadline = performance.now() + limitMs;
  for (;;) {
    const result = await condition();
    if (result !== undefined && result !== false) return result;
    if (performance.now() > deadline) throw new Error(`Waited ${limitMs} ms in vain for ${what}.`);
    await pause(intervalMs);
  }
}
