import { beforeAll, expect, test } from 'vitest';
import type { LedgerVerdict } from '../../src/domain/ledger/verdict.js';
import { ledgerCodes } from '../../src/model/ledger-codes.js';
import type { Database } from '../../src/storage/database.js';
import {
  copies,
  isNamed,
  keyOf,
  lawful,
  ofClocks,
  othersOf,
  type Row,
  samplesOf,
  show,
  tables,
  tryTo,
} from '../support/ledger-canary.js';
import { type LedgerWorld, makeEventfulWorld } from '../support/ledger-world.js';
import { signAgain } from '../support/sign-again.js';
import { openTestDatabase } from '../support/test-database.js';

let db: Database;
let world: LedgerWorld;
const seen = new Set<string>();

beforeAll(async () => {
  db = await openTestDatabase();
  world = await makeEventfulWorld(db);
  for (const table of ['ledger_entries', 'ledger_account_changes']) {
    for (const event of ['update', 'delete'])
      await db.knex.raw(`drop trigger ${table}_no_${event}`);
  }
});

async function verify(): Promise<LedgerVerdict> {
  const verdict = await world.domain.verification.verify({ maxDifferences: 1_000 });
  expect(verdict, verdict.warnings.join(' ')).toMatchObject({ complete: true });
  for (const { code } of verdict.differences) seen.add(code);
  // Checkpoints would bear witness of what this is to find without them.
  for (const table of ['ledger_checkpoints', 'ledger_checkpoint_marks']) {
    await db.knex(table).delete();
  }
  return verdict;
}

test.each(Object.keys(tables))(
  'a change of any column of %s is named',
  async (table) => {
    const missed: string[] = [];
    const corrupted = new Map<string, number>();
    for (const row of await samplesOf(db, table)) {
      for (const [column, value] of Object.entries(row)) {
        for (const other of await othersOf(db, table, column, value)) {
          const key = keyOf(table, row);
          const changed = { ...row, [column]: other };
          if (
            !(await tryTo(
              db
                .knex(table)
                .where(key)
                .update({ [column]: other }),
            ))
          )
            continue;
          const verdict = await verify();
          const name = `${table}.${column}`;
          corrupted.set(name, (corrupted.get(name) ?? 0) + 1);
          const found = verdict.differenceCount > 0;
          if (found === name in lawful || (found && !isNamed(verdict, row, changed))) {
            const codes = verdict.differences.map(({ code }) => code);
            missed.push(
              `${name} of ${Object.values(key)}: ${show(value)} → ${show(other)} ${codes}`,
            );
          }
          await db
            .knex(table)
            .where(keyOf(table, changed))
            .update({ [column]: value });
        }
      }
    }
    expect(missed).toEqual([]);
    const columns = Object.keys(await db.knex(table).columnInfo());
    expect([...corrupted.keys()].sort()).toEqual(columns.map((name) => `${table}.${name}`).sort());
    expect(await verify()).toMatchObject({ verified: true });
  },
  300_000,
);

test.each(Object.keys(tables))('a row taken from %s is named', async (table) => {
  for (const row of await samplesOf(db, table)) {
    await db.knex(table).where(keyOf(table, row)).delete();
    const verdict = await verify();
    expect(isNamed(verdict, row), `${Object.values(keyOf(table, row))}`).toBe(true);
    await db.knex(table).insert(row);
  }
  expect(await verify()).toMatchObject({ verified: true });
});

test.each(Object.keys(tables))('a row added to %s is named', async (table) => {
  for (const row of await samplesOf(db, table)) {
    for (const other of copies[table]?.(row) ?? []) {
      const copy = { ...row, ...other } as Row;
      await db.knex(table).insert(copy);
      const verdict = await verify();
      expect(isNamed(verdict, copy), `${Object.values(keyOf(table, copy))}`).toBe(true);
      await db.knex(table).where(keyOf(table, copy)).delete();
    }
  }
  expect(await verify()).toMatchObject({ verified: true });
});

/** What nothing but the digest vouches for: `docs/verification.md` tells of each. */
const vouchedByDigest = [
  'invoice_records.buyer_sheet_id',
  'invoice_records.cost_nanos',
  'invoice_records.cost_units',
  'invoice_records.currency',
  'invoice_records.seller_sheet_id',
  // A floor that a later change has replaced, as long as no entry crosses it.
  'ledger_account_changes.floor',
  // Of refused operations, which have written nothing to hold them against.
  'operations.balance',
  'operations.create_time',
  'operations.id',
  'operations.kind',
  // Which key or session asked, and for which request.
  'operations.key_id',
  'operations.request_hash',
  'operations.request_id',
  'transfer_records.payee_sheet_id',
  'transfer_records.payer_sheet_id',
];

test('a change with a digest to fit it is named, but for what only the digest vouches for', async () => {
  const hidden = new Set<string>();
  let signed = 0;
  for (const table of Object.keys(tables)) {
    for (const row of table === 'ledger_accounts' ? [] : await samplesOf(db, table)) {
      for (const [column, value] of Object.entries(row)) {
        if (column === 'digest') continue;
        for (const other of await othersOf(db, table, column, value)) {
          const changed = { ...row, [column]: other };
          const update = db
            .knex(table)
            .where(keyOf(table, row))
            .update({ [column]: other });
          if (!(await tryTo(update))) continue;
          const ids = [row, changed].map((one) => (one.operation_id ?? one.id) as bigint);
          for (const id of ids) if (await signAgain(db, id)) signed += 1;
          if ((await verify()).differenceCount === 0) hidden.add(`${table}.${column}`);
          await db
            .knex(table)
            .where(keyOf(table, changed))
            .update({ [column]: value });
          for (const id of ids) await signAgain(db, id);
        }
      }
    }
  }
  expect(signed).toBeGreaterThan(300);
  expect([...hidden].filter((name) => !(name in lawful)).sort()).toEqual(vouchedByDigest.sort());
  expect(await verify()).toMatchObject({ verified: true });
}, 300_000);

test('a checkpoint that is not as it was written is named', async () => {
  const clean = await world.domain.verification.verify({ maxDifferences: 1 });
  expect(clean).toMatchObject({ verified: true });
  await db.knex('ledger_checkpoints').where({ account_id: 1 }).update({ balance: -1 });
  expect((await verify()).differences.map(({ code }) => code)).toEqual(['CHECKPOINT_DIFFERS']);
});

test('every code of the list is given for some corruption', () => {
  const others = new Set<string>(ofClocks);
  const codes = Object.keys(ledgerCodes).filter((code) => !others.has(code));
  expect(codes.filter((code) => !seen.has(code))).toEqual([]);
});
