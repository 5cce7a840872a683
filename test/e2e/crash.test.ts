import { expect, test } from 'vitest';
import { runSql } from '../support/alter-database.js';
import { as } from '../support/clients.js';
import { freeAddress } from '../support/free-address.js';
import { type Answer, type Payment, pay } from '../support/pay.js';
import { startServerProcess } from '../support/server-process.js';
import type { ServingProcess } from '../support/server-program.js';
import {
  balanceOf,
  type Customer,
  entriesOf,
  expectGapless,
  expectVerified,
  paymentBetween,
  type Story,
  tellStory,
} from '../support/story.js';
import { waitUntil } from '../support/wait-until.js';

const PAYMENTS = 500;
const CUSTOMERS = 20;
const CREDITS = 10_000n;

/** When the server dies: so many answers have come, so many payments are committed, or so many milliseconds have passed. */
type Moment = { answers: number } | { committed: number } | { ms: number };

/** A commit for every payment or two: many for the moment to fall between, or into. */
const SMALL_BATCHES = '3';
const DEFAULT_BATCHES = '400';

const short: [moment: Moment, batchSize: string][] = [
  [{ answers: 1 }, SMALL_BATCHES],
  [{ committed: 250 }, SMALL_BATCHES],
  [{ answers: 1 }, DEFAULT_BATCHES],
];
/** `EWALLET_TEST_ROUNDS=50 npx vitest run test/e2e/crash.test.ts` tries as many moments more. */
const rounds = Number(process.env.EWALLET_TEST_ROUNDS ?? '0');
const long = Array.from({ length: rounds }, (_, round): [Moment, string] => {
  const count = 2 + ((round * 61) % (PAYMENTS - 50));
  const moments = [{ answers: count }, { committed: count }, { ms: 60 + ((round * 17) % 250) }];
  return [moments[round % 3] as Moment, round % 2 === 0 ? SMALL_BATCHES : DEFAULT_BATCHES];
});

/** Payments around the ring of customers and across it. Every twentieth is more than anybody has. */
function planPayments({ customers }: Story): Payment[] {
  return Array.from({ length: PAYMENTS }, (_, at) => {
    const payer = customers[at % CUSTOMERS] as Customer;
    const payee = customers[(at + 1 + (at % 7)) % CUSTOMERS] as Customer;
    const credits = at % 20 === 19 ? 10n ** 15n : BigInt(1 + (at % 5));
    return paymentBetween(payer, payee, credits);
  });
}

/** Sends all payments at once and kills the server at the moment. Answers are where their payments are. */
async function payUntilKilled(server: ServingProcess, payments: Payment[], moment: Moment) {
  const answers: (Answer | undefined)[] = payments.map(() => undefined);
  let answered = 0;
  const calls = Promise.all(
    payments.map(async (payment, at) => {
      answers[at] = await pay(server.clients, payment);
      if (answers[at]) answered += 1;
      if ('answers' in moment && answered === moment.answers) server.kill('SIGKILL');
    }),
  );
  if ('ms' in moment) setTimeout(() => server.kill('SIGKILL'), moment.ms);
  if ('committed' in moment) {
    await waitUntil('payments', async () => (await countPayments(server)) >= moment.committed, {
      intervalMs: 1,
    });
    server.kill('SIGKILL');
  }
  await calls;
  expect(await server.exited).toEqual({ code: null, signal: 'SIGKILL' });
  return answers;
}

async function countPayments({ databaseUrl }: ServingProcess): Promise<number> {
  const sql = "SELECT COUNT(*) AS n FROM operations WHERE kind = 'PAYMENT'";
  const [row] = await runSql(databaseUrl, sql);
  return Number(row?.n);
}

/** Every acknowledged outcome is what GetOperation tells, before anybody has retried anything. */
async function expectKept(
  { clients }: ServingProcess,
  payments: Payment[],
  answers: (Answer | undefined)[],
): Promise<void> {
  for (const [at, payment] of payments.entries()) {
    const answer = answers[at];
    if (!answer) continue;
    const { requestId } = payment.request;
    const stored = await clients.wallets.getOperation({ requestId }, as(payment.caller));
    if ('refused' in answer.outcome) {
      expect(stored.operation?.failureReason).toBe('INSUFFICIENT_CREDITS');
    } else {
      expect(stored).toEqual(answer.outcome);
    }
  }
}

/** Retries every payment, acknowledged or not, until it is answered. */
function retryAll({ clients }: ServingProcess, payments: Payment[]): Promise<Answer[]> {
  return Promise.all(
    payments.map((payment) => waitUntil('an answer', () => pay(clients, payment))),
  );
}

/** Each payment has moved its credits once: wallets and entries say so, and nothing else has moved any. */
async function expectPaidOnce(
  { clients }: ServingProcess,
  { customers }: Story,
  payments: Payment[],
  answers: Answer[],
): Promise<void> {
  const expected = new Map(customers.map(({ email }) => [email, CREDITS]));
  const operationIds: string[] = [];
  function move(email: string, credits: bigint): void {
    expected.set(email, (expected.get(email) ?? 0n) + credits);
  }
  for (const [at, { caller, request }] of payments.entries()) {
    const outcome = answers[at]?.outcome;
    if (!outcome || 'refused' in outcome) continue;
    operationIds.push(outcome.operation?.operationId ?? '');
    move(customers.find(({ session }) => session === caller)?.email ?? '', -request.credits);
    move(request.payee?.value ?? '', request.credits);
  }
  expect(operationIds).toHaveLength(PAYMENTS * 0.95);

  const seen: string[] = [];
  for (const customer of customers) {
    expect([customer.email, await balanceOf(clients, customer)]).toEqual([
      customer.email,
      expected.get(customer.email),
    ]);
    const entries = await entriesOf(clients, customer);
    expectGapless(entries);
    // The first is the supply. Every other one is seen from both its wallets.
    seen.push(...entries.slice(1).map(({ operationId }) => operationId));
  }
  expect(seen.sort()).toEqual([...operationIds, ...operationIds].sort());
}

test.each([...short, ...long])(
  'a server killed in the middle of 500 payments (%j, batches of %s accounts) loses nothing acknowledged and pays nothing twice',
  async (moment, batchSize) => {
    // The same addresses before and after: the clients reconnect by themselves.
    const env = {
      EWALLET_PUBLIC_ADDRESS: await freeAddress(),
      EWALLET_OPERATOR_ADDRESS: await freeAddress(),
      EWALLET_LEDGER_BATCH_SIZE: batchSize,
    };
    const first = await startServerProcess({ env });
    const { databaseUrl } = first;
    const story = await tellStory(first.clients, {
      name: 'ring',
      customers: CUSTOMERS,
      credits: CREDITS,
    });
    const payments = planPayments(story);
    const acknowledged = await payUntilKilled(first, payments, moment);

    const second = await startServerProcess({ databaseUrl, env });
    await expectKept(second, payments, acknowledged);
    const settled = await retryAll(second, payments);
    for (const [at, answer] of acknowledged.entries()) {
      if (answer) expect(settled[at]).toEqual({ outcome: answer.outcome, replayed: true });
    }
    await expectPaidOnce(second, story, payments, settled);
    await expectVerified(second.clients);
    const known = acknowledged.filter((answer) => answer !== undefined).length;
    const before = settled.filter(({ replayed }) => replayed).length;
    console.log(
      `${known} of ${PAYMENTS} answered before the kill, ${before - known} more were committed`,
    );
    expect(await second.stop()).toEqual({ code: 0, signal: null });
  },
);
