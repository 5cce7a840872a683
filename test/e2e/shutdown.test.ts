import { expect, test } from 'vitest';
import { Direction } from '../../generated/ewallet/v1/transfer_sheet_service.js';
import { freeAddress } from '../support/free-address.js';
import { type Answer, type Payment, pay } from '../support/pay.js';
import { startServerProcess } from '../support/server-process.js';
import type { ServingProcess } from '../support/server-program.js';
import {
  type Customer,
  entriesOf,
  expectGapless,
  expectVerified,
  paymentBetween,
  tellStory,
} from '../support/story.js';
import { waitUntil } from '../support/wait-until.js';

const CUSTOMERS = 12;

/** A customer's program: it pays without pause until it is told to stop, and retries what the documents tell it to. */
async function payWithoutPause(
  { clients }: ServingProcess,
  payer: Customer,
  payee: Customer,
  told: { stop: boolean; paid: number; retries: number },
): Promise<void> {
  while (!told.stop) {
    const payment: Payment = paymentBetween(payer, payee, 1n);
    await waitUntil('an answer', async (): Promise<Answer | undefined> => {
      const answer = await pay(clients, payment);
      if (!answer) told.retries += 1;
      return answer;
    });
    told.paid += 1;
  }
}

test('SIGTERM under load: no call fails for a client that retries, exit code 0, and the next server goes on', async () => {
  const env = {
    EWALLET_PUBLIC_ADDRESS: await freeAddress(),
    EWALLET_OPERATOR_ADDRESS: await freeAddress(),
  };
  const first = await startServerProcess({ env });
  const { databaseUrl, clients } = first;
  const story = await tellStory(clients, { name: 'load', customers: CUSTOMERS, credits: 10_000n });
  const told = { stop: false, paid: 0, retries: 0 };
  const load = story.customers.map((payer, at) =>
    payWithoutPause(first, payer, story.customers[(at + 1) % CUSTOMERS] as Customer, told),
  );
  let failed: unknown;
  const ended = Promise.all(load).catch((error: unknown) => {
    failed = error;
  });
  function paidMore(count: number): Promise<true> {
    const goal = told.paid + count;
    return waitUntil('payments', () => {
      if (failed) throw failed;
      return told.paid >= goal;
    });
  }

  await paidMore(200);
  expect(await first.stop()).toEqual({ code: 0, signal: null });
  expect(first.output()).not.toContain('"level":"error"');
  const second = await startServerProcess({ databaseUrl, env });
  await paidMore(200);
  expect(await second.stop()).toEqual({ code: 0, signal: null });
  const third = await startServerProcess({ databaseUrl, env });
  await paidMore(200);
  told.stop = true;
  await ended;
  if (failed) throw failed;

  let outgoing = 0;
  for (const customer of story.customers) {
    const entries = await entriesOf(third.clients, customer);
    expectGapless(entries);
    outgoing += entries.filter((e) => e.direction === Direction.DIRECTION_OUTGOING).length;
  }
  expect(outgoing).toBe(told.paid);
  await expectVerified(third.clients);
  console.log(`${told.paid} payments over two restarts, ${told.retries} retries`);
  expect(await third.stop()).toEqual({ code: 0, signal: null });
});
