import type { Choice } from './job.js';

/** Chooses payer and payee of the next call; never the same for both. */
export type Chooser = () => { payer: number; payee: number };

/** Creates a chooser that makes the same choices for the same seed. */
export function createChooser(choice: Choice, seed: number): Chooser {
  const random = createRandom(seed);
  const { count } = choice;
  if (count < 2) throw new Error('A payment takes two.');
  const even = () => Math.floor(random() * count);
  const draw = choice.kind === 'zipf' ? createZipf(count, random) : even;
  if (choice.kind === 'hot') {
    return () => ({ payer: 1 + Math.floor(random() * (count - 1)), payee: 0 });
  }
  return () => {
    const payer = draw();
    let payee = draw();
    while (payee === payer) payee = draw();
    return { payer, payee };
  };
}

/** Numbers from 0 to below 1 (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Rank r (from 0) with a chance in proportion to 1 / (r + 1). */
function createZipf(count: number, random: () => number): () => number {
  const sums = new Float64Array(count);
  let sum = 0;
  for (let rank = 0; rank < count; rank += 1) {
    sum += 1 / (rank + 1);
    sums[rank] = sum;
  }
  return () => {
    const target = random() * sum;
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] as number) < target) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}
