import { expect, test } from 'vitest';
import { mapUnordered } from '../../src/lib/map-unordered.js';

type Job = { item: number; finish: () => void };

/** A source of numbers that counts what was taken, and jobs that end when they are told. */
function createWork(count: number) {
  const jobs: Job[] = [];
  const taken: number[] = [];
  async function* numbers() {
    for (let item = 0; item < count; item += 1) {
      taken.push(item);
      yield item;
    }
  }
  const work = (item: number) =>
    new Promise<number>((resolve) => jobs.push({ item, finish: () => resolve(item) }));
  return { numbers, work, jobs, taken };
}

/** Lets everything that can go on go on. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 5; turns += 1) await new Promise((resolve) => setImmediate(resolve));
}

test('results come as they are finished', async () => {
  const { numbers, work, jobs } = createWork(3);
  const results = mapUnordered(numbers(), work, { limit: 10 });
  const first = results.next();
  await settle();
  jobs[2]?.finish();
  expect((await first).value).toBe(2);
  jobs[0]?.finish();
  jobs[1]?.finish();
  const rest: number[] = [];
  for await (const result of results) rest.push(result);
  expect(rest).toEqual([0, 1]);
});

test('a consumer that does not take results stops the source', async () => {
  const { numbers, work, jobs, taken } = createWork(100);
  const results = mapUnordered(numbers(), work, { limit: 4 });
  const first = results.next();
  await settle();
  for (const job of jobs) job.finish();
  await first;
  await settle();
  expect(taken.length).toBeLessThanOrEqual(5);
  await results.return();
});

test('stop: what is in work is finished, and no more is taken', async () => {
  const { numbers, work, jobs, taken } = createWork(100);
  const stop = new AbortController();
  const results = mapUnordered(numbers(), work, { limit: 3, stop: stop.signal });
  const first = results.next();
  await settle();
  stop.abort();
  for (const job of jobs) job.finish();
  const all = [(await first).value];
  for await (const result of results) all.push(result);
  expect(all).toEqual([0, 1, 2]);
  expect(taken.length).toBeLessThanOrEqual(4);
});

test('stop ends the reading of a source that gives nothing', async () => {
  const stop = new AbortController();
  async function* silence(): AsyncGenerator<number> {
    await new Promise(() => {});
  }
  const results = mapUnordered(silence(), async (item) => item, { limit: 3, stop: stop.signal });
  const first = results.next();
  stop.abort();
  expect((await first).done).toBe(true);
});

test('a failure of the source or of the work is told', async () => {
  async function* broken() {
    yield 1;
    throw new Error('the peer went away');
  }
  const results = mapUnordered(broken(), async () => new Promise(() => {}), { limit: 3 });
  await expect(results.next()).rejects.toThrow('the peer went away');
  const failing = mapUnordered(
    createWork(1).numbers(),
    async () => Promise.reject(new Error('no')),
    { limit: 3 },
  );
  await expect(failing.next()).rejects.toThrow('no');
});
