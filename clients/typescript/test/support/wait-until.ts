import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again until something is there, for two minutes at most. */
export async function waitUntil<T>(
  what: string,
  find: () => T | Promise<T>,
): Promise<Exclude<T, undefined | false>> {
  const limit = Date.now() + 120_000;
  for (;;) {
    const found = await find();
    if (found !== undefined && found !== false) return found as Exclude<T, undefined | false>;
    if (Date.now() > limit) throw new Error(`Waited too long: ${what}`);
    await sleep(20);
  }
}
