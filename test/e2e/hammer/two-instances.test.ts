import { describe, expect, test } from 'vitest';
import {
  type LedgerDifference,
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
import { type ServingProcess, startServerProcess } from '../../support/server-process.js';
import { operatorKey } from '../../support/start-server.js';
import { balanceOf, type Customer, expectVerified, tellStory } from '../../support/story.js';
import { testEngine } from '../../support/test-database.js';

const WALLETS = 20;
const CREDITS = 100_000_000n;
const CALLERS_EACH = 64;
const DURATION_MS = longOrShort(60_000, 3_000);
const LIMIT_MS = longOrShort(3_600_000, 180_000);
const RUNS = longOrShort(100, 4);
/** One run of so many reads the whole ledger, the others what is new. */
const FULL_EVERY = longOrShort(5, 2);
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
      const all: Settled[] = [];
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
        all.push(...load.settled);
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
      const { first, second, customers } = await startTwo('meanwhile');
      const servers = [first, second];
      const addresses = servers.map(({ publicAddress }) => publicAddress);
      const begun = performance.now();
      const load = startLoad(addresses, customers, UNTIL_STOPPED_MS);
      const verdicts: VerifyLedgerResponse[] = [];
      const differences: LedgerDifference[] = [];
      while (verdicts.length < RUNS || performance.now() - begun < DURATION_MS) {
        const isFull = verdicts.length % FULL_EVERY === 0;
        const mode = isFull
          ? VerifyLedgerMode.VERIFY_LEDGER_MODE_FULL
          : VerifyLedgerMode.VERIFY_LEDGER_MODE_INCREMENTAL;
        const { clients } = servers[verdicts.length % 2] as ServingProcess;
        const verdict = await clients.system.verifyLedger({ mode }, as({ operatorKey }));
        expect(verdict).toMatchObject({ complete: true, mode });
        differences.push(...verdict.differences);
        verdicts.push(verdict);
      }
      const seconds = (performance.now() - begun) / 1_000;
      for (const caller of load.callers) caller.stop();
      await ended(load);
      expect(differences).toEqual([]);
      expect(verdicts.filter(({ verified }) => verified).length).toBeGreaterThanOrEqual(RUNS);
      await expectClean(first, customers, load.settled);
      console.log(describeRuns(verdicts, load.settled.length, seconds));
    },
    LIMIT_MS,
  );
});

function describeRuns(verdicts: VerifyLedgerResponse[], payments: number, seconds: number): string {
  const lines = [
    VerifyLedgerMode.VERIFY_LEDGER_MODE_FULL,
    VerifyLedgerMode.VERIFY_LEDGER_MODE_INCREMENTAL,
  ].map((mode) => {
    const some = verdicts.filter((verdict) => verdict.mode === mode);
    const read = some.reduce((sum, { operationCount }) => sum + operationCount, 0n);
    const times = some.map(({ runDuration }) => secondsOf(runDuration));
    const longest = Math.max(...times).toFixed(1);
    const name = mode === VerifyLedgerMode.VERIFY_LEDGER_MODE_FULL ? 'full' : 'incremental';
    return `${some.length} ${name} (${read} operations read in all, ${longest} s the longest)`;
  });
  const rate = Math.round(payments / seconds);
  return `${verdicts.length} verifications without a difference: ${lines.join(', ')}, beside ${rate} payments a second`;
}

function secondsOf(duration: { seconds: bigint; nanos: number } | undefined): number {
  return Number(duration?.seconds ?? 0n) + (duration?.nanos ?? 0) / 1e9;
}
