import { expect, test } from 'vitest';
import { createRestClient } from '../support/rest-client.js';
import { developmentSettings, openAccount } from '../support/rest-people.js';
import { startServer } from '../support/start-server.js';
import { expectVerified } from '../support/story.js';

const CALLERS = 64;
const SUPPLIED = 1_000;

test('64 callers that pay at once each get their own answer, and no credit is lost', async () => {
  const server = await startServer({ env: developmentSettings });
  const rest = createRestClient(server.restAddress);
  const payers: Awaited<ReturnType<typeof openAccount>>[] = [];
  for (let at = 0; at < CALLERS; at += 1) {
    payers.push(await openAccount(rest, `payer${at}`, 'Secret-of-payer-1!'));
  }
  const payee = await openAccount(rest, 'payee', 'Secret-of-payee-1!');
  await Promise.all(
    payers.map((payer) => rest.succeed('SupplyCredits', { ...payer, credits: SUPPLIED })),
  );
  const rounds = [1, 2, 3];
  const records: unknown[] = [];
  await Promise.all(
    payers.map(async (payer, at) => {
      let balance = SUPPLIED;
      for (const round of rounds) {
        // An amount of its own: an answer to somebody else would not fit.
        const credits = at + round;
        balance -= credits;
        const payment = { ...payer, pay: 'payee@example.com', credits };
        const reply = await rest.succeed('PayCredits', payment);
        expect(reply).toMatchObject({ spent_credits: credits, ewallet_credits: balance });
        records.push(reply.transfer_record);
      }
    }),
  );
  expect(new Set(records).size).toBe(CALLERS * rounds.length);
  const paid =
    rounds.reduce((sum, round) => sum + round * CALLERS, 0) + (3 * ((CALLERS - 1) * CALLERS)) / 2;
  const { ewallet_data: wallet } = await rest.succeed('ViewCreditEWallet', payee);
  expect(wallet).toMatchObject({ credits: paid });
  await expectVerified(server.clients);
}, 120_000);
