import { beforeAll, expect, test } from 'vitest';
import type { UserCaller } from '../../src/model/caller.js';
import type { Database } from '../../src/storage/database.js';
import {
  applied,
  createLedgerWorld,
  type LedgerWorld,
  moveCredits,
} from '../support/ledger-world.js';
import { signAgain } from '../support/sign-again.js';
import { openTestDatabase } from '../support/test-database.js';

let db: Database;
let world: LedgerWorld;

type Row = Record<string, unknown>;

/** Wallets and clocks that are unlinked, moving what is left, and others that are not because something is left. */
beforeAll(async () => {
  db = await openTestDatabase();
  world = await createLedgerWorld(db);
  const { domain, requestId } = world;
  const [anna, ben] = (await world.addMaster(2, 10_000n)).users as [UserCaller, UserCaller];
  const expectDone = async (isDone: boolean, act: Promise<unknown>) => {
    expect(await applied(act)).toBe(isDone);
    world.time.advance(11);
  };
  await moveCredits(world, 'supply', anna, anna, 50n);
  await moveCredits(world, 'supply', ben, ben, 5n);
  const first = anna.user.activeWalletId ?? 0n;
  const { wallet } = await domain.walletUpkeep.create(anna, '');
  const unlink = (walletId: bigint, moveToId: bigint | null) =>
    domain.unlinkWallet.unlink(anna, { requestId: requestId(), walletId, moveToId });
  await expectDone(false, unlink(first, null));
  const input = { requestId: requestId(), clockId: null, notes: '' };
  await expectDone(true, domain.clockOperations.toClock(anna, { ...input, credits: 2n }));
  await expectDone(false, unlink(first, wallet.id));
  const clock = await domain.clocks.getClock(anna, null);
  const other = await domain.clockUpkeep.create(anna, { walletId: wallet.id, reference: '' });
  const start = { requestId: requestId(), clockId: null };
  await expectDone(true, domain.clockOperations.command('START', anna, start));
  world.time.advance(7_000);
  const close = (moveToId: bigint | null) =>
    domain.unlinkClock.unlink(anna, { requestId: requestId(), clockId: clock.id, moveToId });
  await expectDone(false, close(null));
  await expectDone(true, close(other.id));
  await expectDone(true, unlink(first, wallet.id));
  for (const table of ['ledger_entries', 'ledger_account_changes']) {
    for (const event of ['update', 'delete']) {
      await db.knex.raw(`drop trigger ${table}_no_${event}`);
    }
  }
});

async function codes(): Promise<string[]> {
  const verdict = await world.domain.verification.verify({ maxDifferences: 100 });
  expect(verdict.complete).toBe(true);
  return [...new Set(verdict.differences.map(({ code }) => code))];
}

test('a ledger of wallets and clocks that were unlinked is verified', async () => {
  expect(await codes()).toEqual([]);
  const rows = await db
    .knex('operations')
    .whereIn('kind', ['CLOSE_WALLET', 'CLOSE_CLOCK'])
    .orderBy('id')
    .select('kind', 'refusal', 'credits');
  expect(rows).toEqual([
    { kind: 'CLOSE_WALLET', refusal: 'BALANCE_LEFT', credits: 0n },
    { kind: 'CLOSE_WALLET', refusal: 'BALANCE_LEFT', credits: 0n },
    { kind: 'CLOSE_CLOCK', refusal: 'BALANCE_LEFT', credits: 0n },
    { kind: 'CLOSE_CLOCK', refusal: null, credits: 0n },
    { kind: 'CLOSE_WALLET', refusal: null, credits: 48n },
  ]);
});

const closed = { kind: 'CLOSE_WALLET', refusal: null };

test.each<
  [what: string, table: string, find: Row, change: (row: Row) => Promise<Row>, code: string]
>([
  [
    'a wallet that is back in sight',
    'wallets',
    {},
    async () => ({ unlink_time: null }),
    'UNLINK_DIFFERS',
  ],
  [
    'a clock that is back in sight',
    'clocks',
    {},
    async () => ({ unlink_time: null }),
    'UNLINK_DIFFERS',
  ],
  [
    'how much was moved',
    'operations',
    closed,
    async ({ credits }) => ({ credits: String((credits as bigint) + 1n) }),
    'OPERATION_INVALID',
  ],
  [
    'the wallet that it was asked for',
    'operations',
    closed,
    async () => ({ account_id: String(await someonesWallet()) }),
    'CHANGES_DIFFER',
  ],
  ['the kind', 'operations', closed, async () => ({ kind: 'REMOVE' }), 'OPERATION_INVALID'],
  [
    'where the credits went',
    'ledger_entries',
    { kind: 'CLOSE_WALLET' },
    async () => ({ credit_account_id: String(await someonesWallet()), credit_version: 99 }),
    'ENTRIES_DIFFER',
  ],
  [
    'where the time went',
    'ledger_entries',
    { kind: 'CLOSE_CLOCK', leg: 1 },
    async () => ({ credit_account_id: String(await someonesClock()), credit_version: 99 }),
    'ENTRIES_DIFFER',
  ],
  [
    'the state that it left',
    'ledger_account_changes',
    { state: 'CLOSED' },
    async () => ({ state: 'FROZEN' }),
    'CHANGES_DIFFER',
  ],
  [
    'a refusal',
    'operations',
    { kind: 'CLOSE_WALLET', refusal: 'BALANCE_LEFT' },
    async () => ({ refusal: 'ACCOUNT_CLOSED' }),
    'REFUSAL_DIFFERS',
  ],
])('%s is named, also under a digest to fit', async (_what, table, find, change, code) => {
  const { knex } = db;
  const query = knex(table).where(find);
  if (table === 'wallets' || table === 'clocks') query.whereNotNull('unlink_time');
  const row: Row | undefined = await query.first();
  if (!row) throw new Error(`No row of ${table} is like that.`);
  const changed = await change(row);
  const key =
    table === 'ledger_entries'
      ? { operation_id: row.operation_id, leg: row.leg }
      : table === 'ledger_account_changes'
        ? { account_id: row.account_id, version: row.version }
        : { id: row.id };
  const operation = (row.operation_id ?? row.id) as bigint;
  const isSigned = table.startsWith('ledger') || table === 'operations';
  await knex(table).where(key).update(changed);
  if (isSigned) expect(await signAgain(db, operation)).toBe(true);
  expect(await codes()).toContain(code);
  const before = Object.fromEntries(Object.keys(changed).map((column) => [column, row[column]]));
  await knex(table).where(key).update(before);
  if (isSigned) await signAgain(db, operation);
  expect(await codes()).toEqual([]);
});

/** The wallet of a user who has nothing to do with it. */
async function someonesWallet(): Promise<bigint> {
  return world.masters[0]?.users[1]?.user.activeWalletId ?? 0n;
}

async function someonesClock(): Promise<bigint> {
  const wallet = { id: String(await someonesWallet()) };
  return (await db.knex('wallets').where(wallet).first('active_clock_id')).active_clock_id;
}
