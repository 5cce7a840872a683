import { expect } from 'vitest';
import type { Operation } from '../../generated/ewallet/v1/operation.js';
import { as, type Clients } from './clients.js';
import type { Payment } from './pay.js';
import {
  balanceOf,
  type Customer,
  entriesOf,
  expectGapless,
  expectVerified,
  type Story,
} from './story.js';

/** What is known for good of a payment: that it was made, or why it was not. */
export type Outcome = { readonly operation: Operation } | { readonly refused: string };

/** What one attempt at a payment came to. */
export type Attempt = {
  /** `OK`, or the status and the reason: `UNAVAILABLE OVERLOADED`; `-` when the library answered, which has no reason. */
  readonly told: string;
  /** Present when the answer is one for good. */
  readonly outcome?: Outcome;
  readonly replayed: boolean;
  /** From the call to its answer. */
  readonly ms: number;
  /** When to try again: as RetryInfo says, and as the trailer says that the library goes by. */
  readonly retryAfterMs?: number;
  readonly pushbackMs?: number;
};

/** A payment and all that its caller was told of it, in order. */
export type Told = {
  readonly payment: Payment;
  readonly payer: Customer;
  readonly payee: Customer;
  readonly attempts: Attempt[];
};

/** Answers that say that nothing has happened. Every other passing one leaves it open. */
const NOTHING_HAPPENED: ReadonlySet<string> = new Set([
  'UNAVAILABLE OVERLOADED',
  'UNAVAILABLE TRANSACTION_CONTENTION',
]);

/** The outcome that the caller knows; undefined while it is open. */
export function outcomeOf({ attempts }: Told): Outcome | undefined {
  return attempts.find(({ outcome }) => outcome)?.outcome;
}

/** Payments that were decided while their caller was told nothing, and that only a repetition has told. */
export function countFoundLater(all: readonly Told[]): number {
  return all.filter(({ attempts }) => attempts.find(({ outcome }) => outcome)?.replayed).length;
}

/** How many attempts came to what. */
export function countTold(all: readonly Told[]): Record<string, number> {
  const counted: Record<string, number> = {};
  for (const { attempts } of all) {
    for (const { told } of attempts) counted[told] = (counted[told] ?? 0) + 1;
  }
  return Object.fromEntries(Object.entries(counted).sort());
}

/** No answer but those that clients are to expect. An INTERNAL is never one. */
export function expectOnly(all: readonly Told[], expected: readonly string[]): void {
  const unexpected = Object.keys(countTold(all)).filter((told) => !expected.includes(told));
  expect(unexpected).toEqual([]);
}

/**
 * Before anybody repeats anything: what was acknowledged is what GetOperation tells, and what was called nothing is unknown to it.
 */
export async function expectKept(clients: Clients, all: readonly Told[]): Promise<void> {
  for (const told of all) {
    const { caller, request } = told.payment;
    const known = outcomeOf(told);
    const untouched = told.attempts.every((attempt) => NOTHING_HAPPENED.has(attempt.told));
    if (!known && !untouched) continue;
    const stored = clients.wallets.getOperation({ requestId: request.requestId }, as(caller));
    if (!known) await expect(stored).rejects.toMatchObject({ code: 5 });
    else if ('refused' in known) {
      expect((await stored).operation?.failureReason).toBe(known.refused);
    } else expect((await stored).operation).toEqual(known.operation);
  }
}

/** What each caller was told is true by itself: one outcome, and called a repetition only where it may be one. */
export function expectTruth(all: readonly Told[]): void {
  for (const { attempts } of all) {
    const outcomes = attempts.flatMap(({ outcome }) => outcome ?? []);
    for (const outcome of outcomes) expect(outcome).toEqual(outcomes[0]);
    for (const [at, { outcome, replayed }] of attempts.entries()) {
      if (!outcome) continue;
      const before = attempts.slice(0, at);
      if (before.some((attempt) => attempt.outcome)) expect(replayed).toBe(true);
      if (before.every(({ told }) => NOTHING_HAPPENED.has(told))) expect(replayed).toBe(false);
    }
  }
}

/** Every payment has an outcome, and has moved its credits once: wallets and entries say so, and nothing else has moved any. */
export async function expectOnce(
  clients: Clients,
  { customers }: Story,
  credits: bigint,
  all: readonly Told[],
): Promise<void> {
  const expected = new Map(customers.map(({ email }) => [email, credits]));
  const paid: string[] = [];
  function move({ email }: Customer, amount: bigint): void {
    expected.set(email, (expected.get(email) ?? 0n) + amount);
  }
  for (const told of all) {
    const outcome = outcomeOf(told);
    if (!outcome) throw new Error(`Never settled: ${told.payment.request.requestId}`);
    if ('refused' in outcome) continue;
    paid.push(outcome.operation.operationId);
    move(told.payer, -told.payment.request.credits);
    move(told.payee, told.payment.request.credits);
  }
  const seen: string[] = [];
  for (const customer of customers) {
    const entries = await entriesOf(clients, customer);
    expectGapless(entries);
    expect(await balanceOf(clients, customer)).toBe(expected.get(customer.email));
    // The first is the supply. Every other one is seen from both its wallets.
    seen.push(...entries.slice(1).map(({ operationId }) => operationId));
  }
  expect(seen.sort()).toEqual([...paid, ...paid].sort());
  await expectVerified(clients);
}
