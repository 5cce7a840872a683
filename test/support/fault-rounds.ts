import { createRandomFrom, type SeededRandom } from './random-from.js';
import { countFoundLater, countTold, type Told } from './told.js';

/** Variables of the fault runs: how many rounds of each fault, and where the random numbers begin. */
const ROUNDS = process.env.EWALLET_TEST_ROUNDS;
const SEED = process.env.EWALLET_TEST_SEED;

/** How many rounds: `EWALLET_TEST_ROUNDS` times `perRound`, or the few of an ordinary run. */
export function faultRounds(few: number, perRound = 1): number {
  return ROUNDS ? Math.ceil(Number(ROUNDS) * perRound) : few;
}

/** Longest that so many rounds may take, in milliseconds. */
export function limitOf(rounds: number, roundMs = 45_000): number {
  return 60_000 + rounds * roundMs;
}

/** What all rounds of one fault came to. */
export type FaultReport = {
  /** Numbers of a round, which its seed repeats. The seed is printed first: a round that fails has named it. */
  begin(round: number): SeededRandom;
  /** Adds what came of a round, and prints it. */
  end(all: readonly Told[], note?: string): void;
  /** Prints the sum, and gives it. */
  sum(): { payments: number; foundLater: number; told: Record<string, number> };
};

/** Creates a report on a fault. */
export function createFaultReport(fault: string): FaultReport {
  const seed = SEED ? Number(SEED) : Date.now() % 1_000_000_000;
  const told: Record<string, number> = {};
  let rounds = 0;
  let payments = 0;
  let foundLater = 0;
  let name = '';
  return {
    begin(round) {
      name = `${fault}, round ${round}`;
      console.log(`${name}: EWALLET_TEST_SEED=${seed + round}`);
      return createRandomFrom(seed + round);
    },
    end(all, note = '') {
      const counted = countTold(all);
      for (const [key, count] of Object.entries(counted)) told[key] = (told[key] ?? 0) + count;
      rounds += 1;
      payments += all.length;
      foundLater += countFoundLater(all);
      const found = `${countFoundLater(all)} told by repetition only`;
      console.log(
        `${name}: ${all.length} payments, ${describe(counted)}; ${found}${note && `; ${note}`}`,
      );
    },
    sum() {
      const found = `${foundLater} told by repetition only`;
      console.log(`${fault}: ${rounds} rounds, ${payments} payments, ${describe(told)}; ${found}`);
      return { payments, foundLater, told };
    },
  };
}

function describe(told: Record<string, number>): string {
  return Object.entries(told)
    .map(([key, count]) => `${count} ${key}`)
    .join(', ');
}
