import { beforeAll, describe, expect, test } from 'vitest';
import { sealOf } from '../../src/domain/ledger/checkpoints.js';
import type { LedgerVerdict } from '../../src/domain/ledger/verdict.js';
import type { UserCaller } from '../../src/model/caller.js';
import type { Database } from '../../src/storage/database.js';
import {
  copies,
  isNamed,
  keyOf,
  lawful,
  othersOf,
  type Row,
  samplesOf,
  show,
  tables,
  tryTo,
} from '../support/ledger-canary.js';
import { type LedgerWorld, makeEventfulWorld, moveCredits } from '../support/ledger-world.js';
import { openTestDatabase } from '../support/test-database.js';

const CHECKPOINTS = ['ledger_checkpoints', 'ledger_checkpoint_marks'];

/** More of every kind, on accounts that have checkpoints and on new ones. */
async function goOn(world: LedgerWorld): Promise<void> {
  const { domain, requestId, time } = world;
  const [first, second] = world.masters;
  if (!first || !second) throw new Error('The world has two masters.');
  const [anna, ben, cleo] = first.users as [UserCaller, UserCaller, UserCaller];
  const fay = await world.addUser(first);
  const moves: [Parameters<typeof moveCredits>[1], UserCaller, UserCaller, bigint, boolean][] = [
    ['pay', anna, ben, 11n, true],
    ['transfer', ben, fay, 13n, true],
    ['pay', fay, anna, 14n, false],
    ['pay', fay, anna, 5n, true],
    ['supply', fay, fay, 10n ** 15n, false],
    ['supply', cleo, cleo, 20n, true],
    ['supply', cleo, cleo, 21n, true],
  ];
  for (const [kind, from, to, credits, isApplied] of moves) {
    expect(await moveCredits(world, kind, from, to, credits)).toBe(isApplied);
    time.advance(3);
  }
  const terms = { funding: 'CREDIT' as const, creditLimit: 600n, selfSupply: true };
  await domain.funding.setTerms({ requestId: requestId(), masterId: first.master.id, terms });
  const fund = { requestId: requestId(), masterId: first.master.id, credits: 100n, notes: 'More.' };
  await domain.funding.fund(fund);
  await world.setPoolState(second, 'FROZEN');
  expect(await moveCredits(world, 'supply', second.users[1] as UserCaller, anna, 1n)).toBe(false);
  await world.setPoolState(second, 'OPEN');
}

// Ids are not in the order of commits: what is new is found by its ids, or, where these are low, by its accounts.
describe.each(['above', 'below'])('what is new, with ids %s the mark', (place) => {
  let db: Database;
  let world: LedgerWorld;
  let saved: Row[][];
  let lastOld: bigint;

  beforeAll(async () => {
    db = await openTestDatabase();
    world = await makeEventfulWorld(db);
    const { verification } = world.domain;
    expect(await verification.verify({ maxDifferences: 9 })).toMatchObject({ verified: true });
    const mark = await db.knex('ledger_checkpoint_marks').first();
    lastOld = mark.last_operation_id;
    await goOn(world);
    for (const table of ['ledger_entries', 'ledger_account_changes']) {
      for (const event of ['update', 'delete'])
        await db.knex.raw(`drop trigger ${table}_no_${event}`);
    }
    if (place === 'below') {
      const last = await db.knex('operations').orderBy('id', 'desc').first('id');
      const moved = { lastOperationId: last.id, checkpointCount: mark.checkpoint_count };
      const row = { last_operation_id: last.id, seal: sealOf(moved) };
      await db.knex('ledger_checkpoint_marks').update(row);
    }
    saved = await Promise.all(CHECKPOINTS.map((table) => db.knex(table).select()));
  });

  async function verify(): Promise<LedgerVerdict> {
    const options = { mode: 'incremental' as const, maxDifferences: 1_000 };
    const verdict = await world.domain.verification.verify(options);
    expect(verdict, verdict.warnings.join(' ')).toMatchObject({
      mode: 'incremental',
      complete: true,
    });
    // What was new for this run is to be new for the next.
    if (verdict.verified) {
      for (const [index, table] of CHECKPOINTS.entries()) {
        await db.knex(table).delete();
        await db.knex(table).insert(saved[index] as Row[]);
      }
    }
    return verdict;
  }

  function isNew(table: string) {
    const known = new Map(saved[0]?.map((row) => [row.account_id, row]));
    return (row: Row): boolean => {
      if (table === 'ledger_accounts') {
        const checkpoint = known.get(row.id);
        return checkpoint?.version !== row.version || checkpoint?.refusals !== row.refusals;
      }
      if (table === 'operations') return (row.id as bigint) > lastOld;
      const isOpening = row.operation_id === 0n;
      return isOpening ? !known.has(row.account_id) : (row.operation_id as bigint) > lastOld;
    };
  }

  const samples = (table: string) => samplesOf(db, table, isNew(table));

  test('it is verified, and only it is read', async () => {
    const verdict = await verify();
    const countNew = async (table: string) =>
      (await db.knex(table).select()).filter(isNew(table)).length;
    expect(verdict).toMatchObject({
      verified: true,
      accountCount: await countNew('ledger_accounts'),
      entryCount: await countNew('ledger_entries'),
      // One more: a refusal of the very millisecond at which a checkpoint was taken is read again.
      operationCount: (await countNew('operations')) + 1,
      recordCount: (await countNew('transfer_records')) + (await countNew('invoice_records')),
    });
    expect(verdict.operationCount).toBe(13);
  });

  test.each(Object.keys(tables))(
    'a change of any column of %s is named',
    async (table) => {
      const missed: string[] = [];
      let corrupted = 0;
      for (const row of await samples(table)) {
        for (const [column, value] of Object.entries(row)) {
          for (const other of await othersOf(db, table, column, value)) {
            const changed = { ...row, [column]: other };
            const change = (where: Row, to: typeof value) =>
              db
                .knex(table)
                .where(keyOf(table, where))
                .update({ [column]: to });
            if (!(await tryTo(change(row, other)))) continue;
            corrupted += 1;
            const verdict = await verify();
            const name = `${table}.${column}`;
            if (!(name in lawful) && !isNamed(verdict, row, changed)) {
              const codes = verdict.differences.map(({ code }) => code);
              missed.push(
                `${name} of ${Object.values(keyOf(table, row))}: ${show(value)} → ${show(other)} ${codes}`,
              );
            }
            await change(changed, value);
          }
        }
      }
      expect(missed).toEqual([]);
      expect(corrupted).toBeGreaterThan(20);
      expect(await verify()).toMatchObject({ verified: true });
    },
    300_000,
  );

  test.each(Object.keys(tables))('a row taken from %s is named', async (table) => {
    const missed: Row[] = [];
    for (const row of await samples(table)) {
      await db.knex(table).where(keyOf(table, row)).delete();
      if (!isNamed(await verify(), row)) missed.push(row);
      await db.knex(table).insert(row);
    }
    expect(missed).toEqual([]);
    expect(await verify()).toMatchObject({ verified: true });
  });

  test.each(Object.keys(tables))('a row added to %s is named', async (table) => {
    const missed: Row[] = [];
    for (const row of await samples(table)) {
      // The opening of an account that is not there: only a full run reads it.
      if (row.operation_id === 0n) continue;
      for (const other of copies[table]?.(row) ?? []) {
        const copy = { ...row, ...other } as Row;
        await db.knex(table).insert(copy);
        if (!isNamed(await verify(), copy)) missed.push(copy);
        await db.knex(table).where(keyOf(table, copy)).delete();
      }
    }
    expect(missed).toEqual([]);
    expect(await verify()).toMatchObject({ verified: true });
  });
});
