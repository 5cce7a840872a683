import { afterEach, expect, test } from 'vitest';
import { createLogger } from '../../src/lib/logger.js';
import { sleep } from '../../src/lib/sleep.js';
import { createReadiness, type Readiness } from '../../src/transport/readiness.js';

let readiness: Readiness | undefined;

afterEach(() => readiness?.stop());

/** A database and a time that do as they are told; what was said of them, in order. */
async function watch() {
  const world = { answers: true, late: false, timeHealthy: true };
  const told: boolean[] = [];
  let probes = 0;
  readiness = createReadiness({
    probe: async () => {
      probes += 1;
      if (world.late) await sleep(60_000);
      if (!world.answers) throw new Error('gone');
    },
    timeHealthy: () => world.timeHealthy,
    setServing: (serving) => told.push(serving),
    logger: createLogger({ level: 'silent' }),
    intervalMs: 1,
    probeTimeoutMs: 5,
  });
  await readiness.start();
  return { world, told, probeCount: () => probes };
}

test('a server whose database answers is ready at once, and that is said once', async () => {
  const { told, probeCount } = await watch();
  expect(told).toEqual([true]);
  await expect.poll(probeCount).toBeGreaterThan(5);
  expect(told).toEqual([true]);
});

test.each([
  ['the database fails', { answers: false }],
  ['the database does not answer in time', { late: true }],
  ['time drifts', { timeHealthy: false }],
])('while %s the server is not ready, and afterwards it is again', async (_name, trouble) => {
  const { world, told } = await watch();
  Object.assign(world, trouble);
  await expect.poll(() => told).toEqual([true, false]);
  Object.assign(world, { answers: true, late: false, timeHealthy: true });
  await expect.poll(() => told).toEqual([true, false, true]);
});
