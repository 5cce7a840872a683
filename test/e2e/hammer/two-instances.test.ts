import { describe, expect, test } from 'vitest';
import {
  VerifyLedgerMode,
  type VerifyLedgerResponse,
} from '../../../generated/ewallet/system/v1/system_service.js';
import {
  type CallerProcess,
  type Settled,
  startCallerProcess,
} from '../../support/caller-process.js';
import { as } from '../../support/clients.js';
import { longOrShort } from '../../support/hammer-size.js';
import { startServerProcess } from '../../support/server-process.js';
import type { ServingProcess } from '../../support/server-program.js';
import { operatorKey } from '../../support/server-secrets.js';
import { balanceOf, type Customer, expectVerified, tellStory } from '../../support/story.js';
import { testEngine } from '../../support/test-database.js';
import { waitUntil } from '../../support/wait-until.js';

const WALLETS = 20;
const CREDITS = 100_000_000n;
const CALLERS_EACH = 64;
const DURATION_MS = longOrShort(60_000, 3_000);
const LIMIT_MS = longOrShort(3_600_000, 180_000);
/** Verifications, every other one incremental, while the load of one stage is on: a stage begins with an empty ledger. */
const RUNS_EACH = longOrShort(10, 4);
const STAGES = longOrShort(10, 1);
const FULL = VerifyLedgerMode.VERIFY_LEDGER_MODE_FULL;
const INCREMENTAL = VerifyLedgerMode.VERIFY_LEDGER_MODE_INCREMENTAL;
/** Long enough for whatever is waited for: the callers are told to stop. */
const UNTIL_STOPPED_MS = 24 * 3_600_000;

type Load = { readonly callers: CallerProcess[]; readonly settled: readonly Settled[] };

/** 64 callers for each address, who all pay among the same wallets. */
function startLoad(
  addresses: readonly string[],
  customers: readonly Customer[],
  durationMs: number,
): Load {
  const settled: Settled[] = [];
  const callers = addresses.map((address) => {
    const job = { address, method: 'PayCredits' as const, customers, durationMs };
    return startCallerProcess({ ...job, inFlight: CALLERS_EACH }, (one) => settled.push(one));
  });
  return { callers, settled };
}

async function ended({ callers }: Load): Promise<void> {
  for (const caller of callers) expect(await caller.ended).toBe(true);
}

async function startTwo(name: string) {
  const first = await startServerProcess();
  const { databaseUrl } = first;
  const second = await startServerProcess({ databaseUrl });
  const { customers } = await tellStory(first.clients, {
    name,
    customers: WALLETS,
    credits: CREDITS,
  });
  return { first, second, customers };
}

/** What was paid is what is there: on every wallet, and in the ledger. */
async function expectClean(
  { clients }: ServingProcess,
  customers: readonly Customer[],
  settled: readonly Settled[],
): Promise<void> {
  const expected = customers.map(() => CREDITS);
  for (const { from, to, amount } of settled.filter((one) => one.settled === 'applied')) {
    expected[from] = (expected[from] ?? 0n) - BigInt(amount);
    expected[to] = (expected[to] ?? 0n) + BigInt(amount);
  }
  const balances = await Promise.all(customers.map((customer) => balanceOf(clients, customer)));
  expect(balances).toEqual(expected);
  await expectVerified(clients);
}

describe.runIf(testEngine() === 'mysql')('two servers on one database', () => {
  test(
    '64 callers of each pay among the same 20 wallets: each payment once, and the ledger verifies',
    async () => {
      const { first, second, customers } = await startTwo('among');
      const [one, two] = [first.publicAddress, second.publicAddress];
      let all: readonly Settled[] = [];
      const rates: number[] = [];
      // As many callers both times: only the number of servers differs.
      for (const addresses of [
        [one, one],
        [one, two],
      ]) {
        const begun = performance.now();
        const load = startLoad(addresses, customers, DURATION_MS);
        await ended(load);
        rates.push(load.settled.length / ((performance.now() - begun) / 1_000));
        // More than can be the arguments of one call.
        all = all.concat(load.settled);
        await expectClean(first, customers, all);
      }
      expect(all.length).toBeGreaterThan(100);
      const [alone = 0, together = 0] = rates.map(Math.round);
      console.log(
        `128 callers among 20 wallets: ${alone} payments a second on one server, ${together} on two ` +
          `(${(together / alone).toFixed(2)} times), ${all.length} payments in all`,
      );
    },
    LIMIT_MS,
  );

  test(
    'while they do, every verification of the ledger is complete and finds no difference',
    async () => {
      const verdicts: VerifyLedgerResponse[] = [];
      let payments = 0;
      let seconds = 0;
      for (let stage = 0; stage < STAGES; stage += 1) {
        const { first, second, customers } = await startTwo(`meanwhile-${stage}`);
        const begun = performance.now();
        const addresses = [first.publicAddress, second.publicAddress];
        const load = startLoad(addresses, customers, UNTIL_STOPPED_MS);
        await waitUntil('payments', () => load.settled.length > CALLERS_EACH);
        for (let run = 0; run < RUNS_EACH; run += 1) {
          const { clients } = run % 4 < 2 ? first : second;
          const mode = run % 2 ? INCREMENTAL : FULL;
          const verdict = await clients.system.verifyLedger({ mode }, as({ operatorKey }));
          expect(verdict).toMatchObject({ mode, complete: true, differences: [], verified: true });
          verdicts.push(verdict);
        }
        for (const caller of load.callers) caller.stop();
        await ended(load);
        payments += load.settled.length;
        seconds += (performance.now() - begun) / 1_000;
        await expectClean(first, customers, load.settled);
        await Promise.all([first.stop(), second.stop()]);
        console.log(
          `stage ${stage + 1} of ${STAGES}: ${verdicts.length} runs, ${payments} payments so far`,
        );
      }
      expect(verdicts).toHaveLength(STAGES * RUNS_EACH);
      console.log(describeRuns(verdicts, payments, seconds));
    },
    LIMIT_MS,
  );
});

function describeRuns(verdicts: VerifyLedgerResponse[], payments: number, seconds: number): string {
  const lines = [FULL, INCREMENTAL].map((mode) => {
    const some = verdicts.filter((verdict) => verdict.mode === mode);
    const read = some.reduce((sum, { operationCount }) => sum + operationCount, 0n);
    const times = some.map(({ runDuration }) => secondsOf(runDuration));
    const longest = Math.max(...times).toFixed(1);
    const name = mode === FULL ? 'full' : 'incremental';
    return `${some.length} ${name} (${read} operations read in all, ${longest} s the longest)`;
  });
  const rate = Math.round(payments / seconds);
  return `${verdicts.length} verifications without a difference: ${lines.join(', ')}, beside ${rate} payments a second`;
}

function secondsOf(duration: { seconds: bigint; nanos: number } | undefined): number {
  return Number(duration?.seconds ?? 0n) + (duration?.nanos ?? 0) / 1e9;
}
