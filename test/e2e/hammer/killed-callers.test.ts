import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { runSql } from '../../support/alter-database.js';
import {
  type CallerProcess,
  type Movement,
  startCallerProcess,
} from '../../support/caller-process.js';
import { longOrShort } from '../../support/hammer-size.js';
import { createRandomFrom, type SeededRandom } from '../../support/random-from.js';
import { startServerProcess } from '../../support/server-process.js';
import {
  balanceOf,
  entriesOf,
  expectGapless,
  expectVerified,
  tellStory,
} from '../../support/story.js';
import { testEngine } from '../../support/test-database.js';

const WALLETS = 5;
const CREDITS = 10_000_000n;
const PROCESSES = longOrShort(20, 6);
const TRANSFERS = longOrShort(20_000, 1_200);
const KILLS = longOrShort(100, 6);
const IN_FLIGHT = 8;
/** A SQLite file belongs to one server at a time. */
const SERVERS = testEngine() === 'mysql' ? 2 : 1;

/** The transfers of a process, which are sent until they are settled, whoever dies meanwhile. */
function planTransfers(random: SeededRandom): Movement[] {
  return Array.from({ length: TRANSFERS / PROCESSES }, () => {
    const from = random.below(WALLETS);
    const to = (from + 1 + random.below(WALLETS - 1)) % WALLETS;
    return { requestId: randomUUID(), from, to, amount: random.between(1, 9) };
  });
}

/** Has every process work off its transfers, and kills and replaces one whenever so many more were settled. Returns the kills. */
async function hammer(
  plans: Movement[][],
  random: SeededRandom,
  start: (index: number, movements: Movement[], onSettled: (id: string) => void) => CallerProcess,
): Promise<number> {
  const settled = new Set<string>();
  const running: (CallerProcess | undefined)[] = [];
  const step = TRANSFERS / (KILLS + 1);
  let kills = 0;

  function onSettled(requestId: string): void {
    settled.add(requestId);
    if (settled.size < step * (kills + 1) || kills === KILLS) return;
    const alive = running.filter((caller) => caller !== undefined);
    if (alive.length === 0) return;
    kills += 1;
    random.pick(alive).kill();
  }

  async function work(index: number): Promise<void> {
    for (;;) {
      const left = (plans[index] ?? []).filter(({ requestId }) => !settled.has(requestId));
      if (left.length === 0) return;
      const caller = start(index, left, onSettled);
      running[index] = caller;
      await caller.ended;
      running[index] = undefined;
    }
  }

  await Promise.all(plans.map((_, index) => work(index)));
  return kills;
}

test(
  `${WALLETS} wallets hammered by many processes that are killed at random: every transfer once, conserved to the unit`,
  async () => {
    const first = await startServerProcess();
    const { clients, databaseUrl } = first;
    const servers = [first];
    while (servers.length < SERVERS) servers.push(await startServerProcess({ databaseUrl }));
    const story = await tellStory(clients, {
      name: 'hammer',
      customers: WALLETS,
      credits: CREDITS,
    });
    const { customers } = story;
    const seed = Date.now() % 1_000_000;
    const random = createRandomFrom(seed);
    const plans = Array.from({ length: PROCESSES }, () => planTransfers(random));

    const begun = performance.now();
    const kills = await hammer(plans, random, (index, movements, onSettled) => {
      const address = servers[index % SERVERS]?.publicAddress ?? '';
      const job = { address, method: 'TransferCredits' as const, customers, inFlight: IN_FLIGHT };
      return startCallerProcess({ ...job, movements }, ({ requestId, settled }) => {
        expect(settled).toBe('applied');
        onSettled(requestId);
      });
    });
    const seconds = (performance.now() - begun) / 1_000;
    expect(kills).toBe(KILLS);

    const expected = customers.map(() => CREDITS);
    for (const { from, to, amount } of plans.flat()) {
      expected[from] = (expected[from] ?? 0n) - BigInt(amount);
      expected[to] = (expected[to] ?? 0n) + BigInt(amount);
    }
    const balances = await Promise.all(customers.map((customer) => balanceOf(clients, customer)));
    expect(balances).toEqual(expected);
    expect(balances.reduce((sum, balance) => sum + balance)).toBe(CREDITS * BigInt(WALLETS));
    const sql = "SELECT COUNT(*) AS n FROM operations WHERE kind = 'TRANSFER'";
    const [row] = await runSql(databaseUrl, sql);
    expect(Number(row?.n)).toBe(TRANSFERS);
    for (const customer of customers) expectGapless(await entriesOf(clients, customer));
    await expectVerified(clients);
    console.log(
      `${PROCESSES} processes on ${SERVERS} server(s), ${TRANSFERS} transfers, ${kills} processes killed: ` +
        `${seconds.toFixed(1)} s, ${Math.round(TRANSFERS / seconds)} transfers a second (seed ${seed})`,
    );
  },
  longOrShort(900_000, 120_000),
);
