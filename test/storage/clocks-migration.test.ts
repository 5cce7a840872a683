import { expect, test } from 'vitest';
import { clocks } from '../../migrations/0015_clocks.js';
import { createVerification } from '../../src/domain/ledger/verify.js';
import { createLedgerWorld } from '../support/ledger-world.js';
import { openTestDatabase } from '../support/test-database.js';

test('accounts from before there were clocks get one, wherever a run is cut off', async () => {
  const db = await openTestDatabase();
  const world = await createLedgerWorld(db);
  await world.addMaster(3, 1_000n);
  const { knex } = db;
  const wallets = await knex('wallets').count({ count: '*' }).first();
  const count = Number(wallets?.count);
  expect(count).toBeGreaterThan(2);
  const before = await knex('clocks').count({ count: '*' }).first();

  // As if they had been made by the program before. What is append-only stays, which a clock of another id does not mind.
  const ids: string[] = await knex('clocks').pluck('id');
  await knex('clocks').delete();
  await knex('ledger_accounts').whereIn('id', ids).delete();
  await knex('sheets').whereIn('kind', ['TIME', 'CONVERSION']).delete();
  await knex('wallets').update({ active_clock_id: null });

  await clocks.up(knex);
  // A run that was cut off: some of what belongs to a clock is not there.
  const [first, second] = await knex('clocks').orderBy('id').select('id', 'wallet_id');
  await knex('ledger_accounts').whereIn('id', [first.id, second.id]).delete();
  await knex('sheets').where('owner_id', first.id).delete();
  await knex('wallets').where('id', second.wallet_id).update({ active_clock_id: null });
  await clocks.up(knex);
  await clocks.up(knex);

  const rows = await knex('clocks as c')
    .join('wallets as w', 'w.active_clock_id', 'c.id')
    .join('ledger_accounts as a', 'a.id', 'c.id')
    .join('sheets as t', 't.id', 'c.active_time_sheet_id')
    .join('sheets as v', 'v.id', 'c.active_conversion_sheet_id')
    .where({ 'a.kind': 'CLOCK', 't.kind': 'TIME', 'v.kind': 'CONVERSION' })
    .select('c.id', 'c.ms_per_credit', 'c.timer_state');
  expect(rows).toHaveLength(count);
  expect(Number(before?.count)).toBe(count);
  expect(new Set(rows.map(({ ms_per_credit }) => ms_per_credit))).toEqual(new Set([60_000n]));
  expect(new Set(rows.map(({ timer_state }) => timer_state))).toEqual(new Set(['INACTIVE']));
  const next = await knex('sequences')
    .where({ name: Buffer.from('id') })
    .first('next_value');
  expect(next.next_value > (rows.at(-1)?.id ?? 0n)).toBe(true);
  const verdict = await createVerification(db).verify({ maxDifferences: 20 });
  // The openings of the accounts that were taken away are all that is too much.
  expect(new Set(verdict.differences.map(({ code }) => code))).toEqual(
    new Set(['ACCOUNT_MISSING']),
  );
  expect(verdict.differenceCount).toBe(count);
});
