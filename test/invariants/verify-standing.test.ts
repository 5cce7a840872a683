import { beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../src/storage/database.js';
import type { LedgerWorld } from '../support/ledger-world.js';
import { makeWorldOfRemovals } from '../support/removal-story.js';
import { openTestDatabase } from '../support/test-database.js';

let db: Database;
let world: LedgerWorld;

beforeAll(async () => {
  db = await openTestDatabase();
  world = await makeWorldOfRemovals(db);
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

type Key = Record<string, unknown>;

/** Changes one row, verifies, and puts it back. */
async function codesWith(table: string, find: Key, change: Key): Promise<string[]> {
  const { knex } = db;
  const row = await knex(table).where(find).first();
  if (!row) throw new Error(`No row of ${table} is like that.`);
  const key =
    table === 'ledger_accounts' || table === 'operations'
      ? { id: row.id }
      : table === 'ledger_entries'
        ? { operation_id: row.operation_id, leg: row.leg }
        : { account_id: row.account_id, version: row.version };
  const before = Object.fromEntries(Object.keys(change).map((column) => [column, row[column]]));
  await knex(table).where(key).update(change);
  const found = await codes();
  await knex(table).where(key).update(before);
  return found;
}

test('a ledger of freezes, unlinking, recoveries and removals is verified', async () => {
  expect(await codes()).toEqual([]);
  const kinds = await db.knex('operations').distinct('kind').orderBy('kind');
  expect(kinds.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(['FREEZE', 'RECOVER', 'REMOVE', 'UNFREEZE', 'UNLINK']),
  );
  const refusals = await db.knex('operations').whereNotNull('refusal').distinct('refusal');
  expect(refusals.map(({ refusal }) => refusal)).toEqual(
    expect.arrayContaining(['ACCOUNT_NOT_LEAVING', 'BALANCE_LEFT', 'ACCOUNT_FROZEN']),
  );
});

describe('a corruption is named', () => {
  test.each<[what: string, table: string, find: Key, change: Key, code: string]>([
    ['a state', 'ledger_accounts', { state: 'CLOSED' }, { state: 'OPEN' }, 'STATE_DIFFERS'],
    [
      'a balance on a closed account',
      'ledger_accounts',
      { state: 'CLOSED' },
      { balance: 1 },
      'BALANCE_DIFFERS',
    ],
    [
      'the state that a removal left',
      'ledger_account_changes',
      { state: 'CLOSED' },
      { state: 'LEAVING' },
      'CHANGES_DIFFER',
    ],
    [
      'the state that an unlinking left',
      'ledger_account_changes',
      { state: 'LEAVING' },
      { state: 'FROZEN' },
      'CHANGES_DIFFER',
    ],
    [
      'an unlinking after which a removal moved something',
      'ledger_account_changes',
      { state: 'LEAVING' },
      { state: 'OPEN' },
      'DIGEST_DIFFERS',
    ],
    [
      'the amount of a removal',
      'ledger_entries',
      { kind: 'REMOVE' },
      { amount: 1 },
      'BALANCE_CHAIN_BROKEN',
    ],
    [
      'what a removal left',
      'ledger_entries',
      { kind: 'REMOVE' },
      { debit_balance: 1 },
      'ENTRIES_DIFFER',
    ],
    [
      'the kind of an entry',
      'ledger_entries',
      { kind: 'REMOVE' },
      { kind: 'PAYMENT' },
      'STATE_CROSSED',
    ],
    [
      'the kind of a removal',
      'operations',
      { kind: 'REMOVE', refusal: null },
      { kind: 'UNLINK' },
      'CHANGES_DIFFER',
    ],
    [
      'the credits of a freeze',
      'operations',
      { kind: 'FREEZE' },
      { credits: 5 },
      'OPERATION_INVALID',
    ],
    [
      'the pool of a freeze',
      'operations',
      { kind: 'FREEZE' },
      { account_id: 1 },
      'OPERATION_INVALID',
    ],
    [
      'why a removal was refused',
      'operations',
      { refusal: 'BALANCE_LEFT' },
      { refusal: 'ACCOUNT_CLOSED' },
      'REFUSAL_DIFFERS',
    ],
    [
      'what it would have moved',
      'operations',
      { refusal: 'BALANCE_LEFT' },
      { refusal_amount: 5 },
      'REFUSAL_DIFFERS',
    ],
    [
      'what was there then',
      'operations',
      { refusal: 'BALANCE_LEFT' },
      { refusal_balance: 5 },
      'REFUSAL_DIFFERS',
    ],
  ])('%s', async (_, table, find, change, code) => {
    expect(await codesWith(table, find, change)).toContain(code);
    expect(await codes()).toEqual([]);
  });
});
