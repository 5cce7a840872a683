import type { Clients } from './clients.js';
import type { PaymentLoad } from './payment-load.js';
import type { Story } from './story.js';
import { expectKept, expectOnce, expectOnly, expectTruth } from './told.js';

/** The two outcomes of a payment. */
export const OUTCOMES = ['OK', 'FAILED_PRECONDITION INSUFFICIENT_CREDITS'];

/**
 * What holds after every fault, once the server serves again. What was acknowledged is there, every repetition settles to exactly one
 * outcome, nobody was told anything but the truth or anything that is not on the list, and the ledger verifies. Ends the load.
 *
 * `credits`: what each customer of the story began with. `passing`: what callers may be told besides outcomes.
 */
export async function settleLoad(
  clients: Clients,
  load: PaymentLoad,
  story: Story,
  expected: { credits: bigint; passing: readonly string[] },
): Promise<void> {
  await load.stop();
  await expectKept(clients, load.all);
  expectOnly(load.all, [...OUTCOMES, ...expected.passing]);
  await load.repeatAll();
  load.close();
  expectTruth(load.all);
  await expectOnce(clients, story, expected.credits, load.all);
}
