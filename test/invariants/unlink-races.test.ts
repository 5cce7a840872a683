import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { UserCaller } from '../../src/model/caller.js';
import { DomainError } from '../../src/model/errors.js';
import type { Database } from '../../src/storage/database.js';
import { createLedgerWorld, type LedgerWorld, type WorldMaster } from '../support/ledger-world.js';
import { createRandomFrom } from '../support/random-from.js';
import { openTestDatabase } from '../support/test-database.js';

const ROUNDS = 40;
const CREDITS = 100n;

/** What callers may be told when others were faster. */
const lawful = new Set([
  'ACCOUNT_FROZEN',
  'ACCOUNT_PENDING_REMOVAL',
  'INSUFFICIENT_CREDITS',
  'PAYEE_NOT_FOUND',
  'TRANSFER_SHEET_NOT_FOUND',
  'WALLET_CLOSED',
  'WALLET_NOT_EMPTY',
  'WALLET_NOT_FOUND',
]);

let db: Database;
let worlds: [LedgerWorld, LedgerWorld];
const seen = new Map<string, number>();
const { below, pick } = createRandomFrom(2026);

beforeAll(async () => {
  db = await openTestDatabase();
  worlds = [await createLedgerWorld(db), await createLedgerWorld(db)];
});

afterAll(() => {
  console.info(
    `unlinking raced:\n${[...seen]
      .sort()
      .map(([what, count]) => `  ${what}: ${count}`)
      .join('\n')}`,
  );
});

function count(what: string): void {
  seen.set(what, (seen.get(what) ?? 0) + 1);
}

/** The caller as its next call would find it. */
async function again(caller: UserCaller): Promise<UserCaller> {
  const row = await db
    .knex('users')
    .where({ id: String(caller.user.id) })
    .first();
  return { ...caller, user: { ...caller.user, activeWalletId: row.active_wallet_id } };
}

/** Lets them all run, each after a few turns of the event loop, so that now one is first, now another. */
async function race(acts: Record<string, () => Promise<unknown>>): Promise<void> {
  await Promise.all(
    Object.entries(acts).map(async ([name, act]) => {
      for (let turns = below(12); turns > 0; turns -= 1) await nextTurn();
      try {
        await act();
        count(`${name} done`);
      } catch (error) {
        if (!(error instanceof DomainError) || !lawful.has(error.reason)) throw error;
        count(`${name} ${error.reason}`);
      }
    }),
  );
}

/** What holds of a user at rest, whoever raced. */
async function expectConsistent(userId: bigint): Promise<void> {
  const { knex } = db;
  const user = await knex('users')
    .where({ id: String(userId) })
    .first();
  const wallets = await knex('wallets as w')
    .join('ledger_accounts as a', 'a.id', 'w.id')
    .where('w.user_id', String(userId))
    .select('w.*', 'a.state', 'a.balance');
  const linked = wallets.filter(({ unlink_time }) => unlink_time === null);
  for (const wallet of wallets) {
    expect(wallet.state === 'CLOSED').toBe(wallet.unlink_time !== null);
    if (wallet.unlink_time !== null) expect(wallet.balance).toBe(0n);
  }
  const ids = linked.map(({ id }) => id);
  if (ids.length === 0) expect(user.active_wallet_id).toBeNull();
  else expect(ids).toContain(user.active_wallet_id);
  for (const wallet of linked) {
    for (const kind of ['TRANSFER', 'INVOICE']) {
      const sheets: bigint[] = await knex('sheets')
        .where({ owner_id: String(wallet.id), kind, unlink_time: null })
        .pluck('id');
      const active = wallet[`active_${kind.toLowerCase()}_sheet_id`];
      if (sheets.length === 0) expect(active).toBeNull();
      else expect(sheets).toContain(active);
    }
  }
}

async function expectVerified(): Promise<void> {
  const verdict = await worlds[0].domain.verification.verify({ maxDifferences: 10 });
  expect(verdict.differences).toEqual([]);
  expect(verdict).toMatchObject({ complete: true, verified: true });
}

test('unlinking, switching and paying at once leave an active wallet that is there, and lose no credit', async () => {
  const [one, two] = worlds;
  const master: WorldMaster = await one.addMaster(2, 1_000_000n);
  const [anna, ben] = master.users as [UserCaller, UserCaller];
  const supplied = { requestId: one.requestId(), walletId: null, credits: CREDITS, notes: '' };
  await one.domain.supply.supply(anna, { ...supplied, cost: null });
  for (let round = 0; round < ROUNDS; round += 1) {
    const me = await again(anna);
    const other = await again(ben);
    const { rows } = await one.domain.walletUpkeep.list(me, { size: 50, before: null });
    const ids = [...rows];
    while (ids.length < 3) ids.push((await one.domain.walletUpkeep.create(me, '')).wallet);
    const fresh = await again(anna);
    const walletIds = ids.map(({ id }) => id);
    const [first, second] = [pick(walletIds), pick(walletIds)];
    const target = pick(walletIds.filter((id) => id !== first));
    const unlink = (world: LedgerWorld, walletId: bigint, moveToId: bigint | null) => () =>
      world.domain.unlinkWallet.unlink(fresh, { requestId: world.requestId(), walletId, moveToId });
    const pay = (world: LedgerWorld, from: UserCaller, to: UserCaller) => () =>
      world.domain.payments.transfer(from, {
        requestId: world.requestId(),
        walletId: null,
        payee: { accountId: to.user.id },
        payeeWalletId: null,
        credits: 1n,
        notes: '',
      });
    await race({
      'unlink, moving': unlink(one, first, target),
      'unlink the target': unlink(two, target, pick(walletIds.filter((id) => id !== target))),
      'unlink an empty one': unlink(two, second, null),
      switch: () => two.domain.walletUpkeep.switchTo(fresh, first),
      'pay from it': pay(one, fresh, other),
      'pay to it': pay(two, other, fresh),
    });
    await expectConsistent(anna.user.id);
    await expectConsistent(ben.user.id);
    const total = await db
      .knex('ledger_accounts as a')
      .join('wallets as w', 'w.id', 'a.id')
      .whereIn('w.user_id', [String(anna.user.id), String(ben.user.id)])
      .sum({ sum: 'a.balance' })
      .first();
    expect(BigInt(total?.sum ?? -1)).toBe(CREDITS);
  }
  await expectVerified();
  expect(seen.get('unlink, moving done') ?? 0).toBeGreaterThan(4);
  const total = [...seen.values()].reduce((sum, times) => sum + times, 0);
  expect(total).toBe(ROUNDS * 6);
}, 120_000);

test('unlinking sheets, switching among them and writing to them at once leaves an active sheet that is there', async () => {
  const [one, two] = worlds;
  const master = await one.addMaster(2, 1_000_000n);
  const [cleo, dora] = master.users as [UserCaller, UserCaller];
  const supplied = { requestId: one.requestId(), walletId: null, credits: 1_000n, notes: '' };
  await one.domain.supply.supply(cleo, { ...supplied, cost: null });
  const before = [...seen.values()].reduce((sum, times) => sum + times, 0);
  for (let round = 0; round < ROUNDS; round += 1) {
    const { transferSheets: mine } = one.domain;
    const { transferSheets: theirs } = two.domain;
    await mine.create(cleo, { ownerId: null, reference: '' });
    const { rows } = await mine.list(cleo, null, { size: 50, before: null });
    const ids = rows.map(({ id }) => id);
    const fresh = await again(cleo);
    await race({
      'unlink a sheet': () => mine.unlink(cleo, pick(ids)),
      'unlink another sheet': () => theirs.unlink(cleo, pick(ids)),
      'switch the sheet': () => theirs.switchTo(cleo, pick(ids)),
      'write to a sheet': () =>
        two.domain.payments.transfer(fresh, {
          requestId: two.requestId(),
          walletId: null,
          payee: { accountId: dora.user.id },
          payeeWalletId: null,
          credits: 1n,
          notes: '',
        }),
    });
    await expectConsistent(cleo.user.id);
  }
  expect(seen.get('write to a sheet done')).toBe(ROUNDS);
  const total = [...seen.values()].reduce((sum, times) => sum + times, 0);
  expect(total - before).toBe(ROUNDS * 4);
  const { rows } = await one.domain.transferSheets.listRecords(dora, null, {
    size: 500,
    before: null,
  });
  expect(rows).toHaveLength(ROUNDS);
  await expectVerified();
}, 120_000);

test('an account that is unlinked while its wallet is, leaves with what it has, and comes back whole', async () => {
  const [one, two] = worlds;
  const master = await one.addMaster(0, 1_000_000n);
  const before = seen.get('unlink a wallet done') ?? 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const user = await one.addUser(master);
    const { wallet } = await one.domain.walletUpkeep.create(user, '');
    const input = { requestId: two.requestId(), walletId: wallet.id, moveToId: null };
    await race({
      'unlink a wallet': () => two.domain.unlinkWallet.unlink(user, input),
      'unlink the account': () =>
        one.domain.tenancy.unlinking.unlinkAccount(user, { force: false }),
      'open a wallet': () => two.domain.walletUpkeep.create(user, ''),
    });
    const states = async (): Promise<unknown[]> =>
      db
        .knex('ledger_accounts as a')
        .join('wallets as w', 'w.id', 'a.id')
        .where({ 'w.user_id': String(user.user.id), 'w.unlink_time': null })
        .distinct('a.state')
        .pluck('a.state');
    expect(await states()).toEqual(['LEAVING']);
    await one.domain.tenancy.unlinking.recoverAccount(user);
    expect(await states()).toEqual(['OPEN']);
    await expectConsistent(user.user.id);
  }
  expect(seen.get('unlink the account done')).toBe(ROUNDS);
  expect((seen.get('unlink a wallet done') ?? 0) - before).toBeGreaterThan(0);
  await expectVerified();
}, 120_000);
