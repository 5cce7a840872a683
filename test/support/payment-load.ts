import { setTimeout as pause } from 'node:timers/promises';
import { createPayer, type Payer } from './payment-attempt.js';
import type { SeededRandom } from './random-from.js';
import { type Customer, paymentBetween, type Story } from './story.js';
import { type Attempt, countTold, outcomeOf, type Told } from './told.js';
import { waitUntil } from './wait-until.js';

/** Callers that pay without pause, each its next payment when the last one is settled. */
export type PaymentLoad = {
  /** Every payment so far, settled or not. */
  readonly all: readonly Told[];
  /** Waits until so many more payments are settled than now. */
  settledMore(count: number): Promise<void>;
  /** Attempts so far that came to this. */
  count(told: string): number;
  /** Lets every attempt in flight end and begins no other. */
  stop(): Promise<void>;
  /** Repeats every payment, settled or not, until it is answered for good. After {@link PaymentLoad.stop}. */
  repeatAll(): Promise<void>;
  /** Closes the connections. */
  close(): void;
};

/** A load of unary calls. */
export type UnaryPaymentLoad = PaymentLoad & {
  /** Waits until every attempt that is in flight now has been answered. */
  answered(): Promise<void>;
};

/** How the load pays. */
export type PaymentLoadOptions = {
  random: SeededRandom;
  callers: number;
  /** Of each attempt, and who keeps it; client and server by default. */
  deadlineMs: number;
  keptBy?: 'both' | 'server';
};

/** Far above what anybody has: refused, and that is an outcome like any other. */
const TOO_MUCH = 10n ** 15n;
const SETTLE_LIMIT_MS = 60_000;
/** Before an attempt is repeated, whatever the server advises. */
const MAX_PAUSE_MS = 200;
const REPEATED_AT_ONCE = 16;

/** A payment from random customer to random customer; one of ten is more than anybody has. */
export function planPayment(
  { customers }: Story,
  random: SeededRandom,
  from: Customer = random.pick(customers),
): Told {
  const to = random.pick(customers.filter((customer) => customer !== from));
  const credits = random.below(10) === 0 ? TOO_MUCH : BigInt(random.between(1, 5));
  return { payment: paymentBetween(from, to, credits), payer: from, payee: to, attempts: [] };
}

/** Pauses before an attempt is repeated, about as long as the server advises. */
export function pauseAfter(attempt: Attempt, random: SeededRandom): Promise<void> {
  const ms = Math.min(attempt.retryAfterMs ?? 50, MAX_PAUSE_MS);
  return pause(ms * (0.5 + random.below(100) / 100));
}

/** Repeats every payment until it is answered for good. */
export async function repeatPayments(
  payer: Payer,
  all: readonly Told[],
  options: { random: SeededRandom; deadlineMs: number },
): Promise<void> {
  const left = [...all];
  async function repeatNext(): Promise<void> {
    for (let told = left.pop(); told; told = left.pop()) {
      const { payment, attempts } = told;
      await waitUntil(
        'an answer for good',
        async () => {
          const attempt = await payer.attempt(payment, options.deadlineMs);
          attempts.push(attempt);
          if (!attempt.outcome) await pauseAfter(attempt, options.random);
          return attempt.outcome;
        },
        { limitMs: SETTLE_LIMIT_MS },
      );
    }
  }
  await Promise.all(Array.from({ length: REPEATED_AT_ONCE }, repeatNext));
}

/** Waits until `settled` has grown by so much. */
export async function untilMore(settled: () => number, count: number): Promise<void> {
  const goal = settled() + count;
  await waitUntil(`${count} more payments`, () => settled() >= goal, { limitMs: SETTLE_LIMIT_MS });
}

/** Starts callers who pay by unary calls, from random customer to random customer. */
export function startPaymentLoad(
  address: string,
  story: Story,
  { random, callers, deadlineMs, keptBy }: PaymentLoadOptions,
): UnaryPaymentLoad {
  const payer = createPayer(address);
  const all: Told[] = [];
  const inFlight = new Set<Promise<Attempt>>();
  let settled = 0;
  let stopped = false;

  async function attemptOnce(told: Told): Promise<Attempt> {
    const attempt = payer.attempt(told.payment, deadlineMs, keptBy);
    inFlight.add(attempt);
    told.attempts.push(await attempt);
    inFlight.delete(attempt);
    return attempt;
  }

  async function call(): Promise<void> {
    while (!stopped) {
      const told = planPayment(story, random);
      all.push(told);
      while (!stopped && !outcomeOf(told)) {
        const attempt = await attemptOnce(told);
        if (attempt.outcome) settled += 1;
        else await pauseAfter(attempt, random);
      }
    }
  }

  const calling = Promise.all(Array.from({ length: callers }, call));
  return {
    all,
    settledMore: (count) => untilMore(() => settled, count),
    async answered() {
      await Promise.all(inFlight);
    },
    count: (told) => countTold(all)[told] ?? 0,
    async stop() {
      stopped = true;
      await calling;
    },
    repeatAll: () => repeatPayments(payer, all, { random, deadlineMs }),
    close: payer.close,
  };
}
