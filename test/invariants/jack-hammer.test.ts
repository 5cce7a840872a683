import { expect, test } from 'vitest';
import { type Committer, createCommitter } from '../../src/domain/ledger/committer.js';
import type { Decision } from '../../src/model/ledger.js';
import type { Database } from '../../src/storage/database.js';
import { createFakeTime } from '../support/fake-time.js';
import { balancesOf, faultsOfBook, ISSUER, nextId, openAccounts } from '../support/ledger-book.js';
import { LIMITS } from '../support/ledger-committers.js';
import { paymentDraft, requestIdFor } from '../support/ledger-drafts.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import { openTestDatabase } from '../support/test-database.js';

const INSTANCES = 4;
const ACCOUNTS = 5;
const TRANSFERS_EACH = 1_200;
const IN_FLIGHT_EACH = 48;
/** Every so many transfers one that somebody else sends, too, perhaps between other accounts. */
const SHARED_EVERY = 6;

/** The transfers of an instance, one after another, the same in each run. */
function createTransfers(accounts: readonly bigint[], instance: number) {
  let state = 0x9e3779b9 * (instance + 1);
  function random(below: number): number {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  }
  return (index: number) => {
    const from = random(accounts.length);
    const to = (from + 1 + random(accounts.length - 1)) % accounts.length;
    const shared = index % SHARED_EVERY === 0;
    const number = shared ? 900_000 + index : 1_000_000 + index * INSTANCES + instance;
    return paymentDraft(nextId(), accounts[from] ?? 0n, accounts[to] ?? 0n, BigInt(1 + random(9)), {
      requestId: requestIdFor(number),
    });
  };
}

/** Sends all transfers of an instance, some at a time. */
async function hammer(
  committer: Committer,
  transferAt: ReturnType<typeof createTransfers>,
  beforeEach: (index: number) => void,
): Promise<Decision[]> {
  const decisions: Decision[] = [];
  let next = 0;
  async function work(): Promise<void> {
    while (next < TRANSFERS_EACH) {
      next += 1;
      beforeEach(next);
      decisions.push(await committer.submit(transferAt(next)));
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT_EACH }, work));
  return decisions;
}

/** Breaks the path of one instance again and again as it commits; on SQLite there is no path. */
async function openFragile(db: Database & { url: string }) {
  if (db.engine === 'sqlite') {
    return { fragile: db, breakNext: () => {}, breaks: () => 0, close: async () => {} };
  }
  const url = new URL(db.url);
  const proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) });
  url.port = String(proxy.port);
  const fragile = await openTestDatabase({ url: url.href, migrated: false });
  let broken = 0;
  function breakNext(): void {
    broken += 1;
    proxy.plan('COMMIT', broken % 2 ? 'cut-after' : 'cut-before');
  }
  return { fragile, breakNext, breaks: proxy.faults, close: () => proxy.close() };
}

test('instances that hammer on few accounts lose nothing, make nothing, do nothing twice', async () => {
  const db = await openTestDatabase();
  const { fragile, breakNext, breaks, close } = await openFragile(db);
  const instances = [fragile];
  for (let index = 1; index < INSTANCES; index += 1) {
    const { url } = db;
    instances.push(db.engine === 'sqlite' ? db : await openTestDatabase({ url, migrated: false }));
  }
  const accounts = await openAccounts(db, ACCOUNTS);
  const committers = instances.map((instance) =>
    createCommitter({ db: instance, time: createFakeTime() }, LIMITS),
  );
  const funded = accounts.map((id) => paymentDraft(nextId(), ISSUER, id, 200n));
  await Promise.all(funded.map((draft) => committers[1]?.submit(draft)));

  const decisions = await Promise.all(
    committers.map((committer, instance) =>
      hammer(committer, createTransfers(accounts, instance), (index) => {
        if (instance === 0 && index % 100 === 0) breakNext();
      }),
    ),
  );
  await close();
  expect(breaks()).toBeGreaterThanOrEqual(db.engine === 'mysql' ? 5 : 0);

  const all = decisions.flat();
  const requests = new Map(
    all.map(({ operation }) => [operation.requestId.toString('hex'), operation.id]),
  );
  const shared = TRANSFERS_EACH / SHARED_EVERY;
  expect(all).toHaveLength(INSTANCES * TRANSFERS_EACH);
  expect(requests.size).toBe(INSTANCES * (TRANSFERS_EACH - shared) + shared);
  for (const { operation } of all) {
    expect(requests.get(operation.requestId.toString('hex'))).toBe(operation.id);
  }
  expect(all.filter(({ kind }) => kind === 'reused')).toEqual([]);
  expect(all.some(({ operation }) => operation.refusal?.code === 'BELOW_FLOOR')).toBe(true);
  const balances = await balancesOf(db, accounts);
  expect(balances.reduce((sum, balance) => sum + balance, 0n)).toBe(BigInt(ACCOUNTS) * 200n);
  expect(await faultsOfBook(db)).toEqual([]);
});
