import { beforeAll, expect, test } from 'vitest';
import { digestOf } from '../../src/domain/ledger/digest.js';
import type { LedgerVerdict } from '../../src/domain/ledger/verdict.js';
import { ledgerCodes } from '../../src/model/ledger-codes.js';
import type { Database } from '../../src/storage/database.js';
import {
  findChanges,
  listEntriesByOperation,
  listInvoicesByOperation,
  listOperationsById,
  listTransfersByOperation,
} from '../../src/storage/ledger-verify.js';
import { type LedgerWorld, makeEventfulWorld } from '../support/ledger-world.js';
import { openTestDatabase } from '../support/test-database.js';

type Value = bigint | string | Buffer | null;
type Row = Record<string, Value>;

/** The tables of the ledger: the columns of their keys, and how a row is told from rows of other sorts. */
const tables: Record<string, { key: string[]; sortOf: (row: Row) => unknown }> = {
  ledger_accounts: {
    key: ['id'],
    sortOf: ({ kind, unit, refusals }) => [kind, unit, refusals === 0n],
  },
  ledger_account_changes: {
    key: ['account_id', 'version'],
    sortOf: ({ operation_id, floor, state }) => [operation_id === 0n, floor === null, state],
  },
  ledger_entries: { key: ['operation_id', 'leg'], sortOf: ({ kind }) => [kind] },
  operations: { key: ['id'], sortOf: ({ kind, refusal }) => [kind, refusal] },
  transfer_records: { key: ['operation_id'], sortOf: ({ kind }) => [kind] },
  invoice_records: {
    key: ['operation_id'],
    sortOf: ({ seller_master_id, currency }) => [seller_master_id === null, currency === null],
  },
};

/** Columns that may change, and why. */
const lawful: Record<string, string> = {
  'transfer_records.payer_unlink_time': 'A party takes a record off its sheet when it likes.',
  'transfer_records.payee_unlink_time': 'A party takes a record off its sheet when it likes.',
  'invoice_records.seller_unlink_time': 'A party takes a record off its sheet when it likes.',
  'invoice_records.buyer_unlink_time': 'A party takes a record off its sheet when it likes.',
};

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
  return verdict;
}

async function samplesOf(table: string): Promise<Row[]> {
  const rows: Row[] = await db.knex(table).select();
  const bySort = new Map(rows.map((row) => [JSON.stringify(tables[table]?.sortOf(row)), row]));
  expect(bySort.size).toBeGreaterThan(1);
  return [...bySort.values()];
}

function keyOf(table: string, row: Row): Row {
  return Object.fromEntries(
    (tables[table]?.key ?? []).map((column) => [column, row[column] ?? null]),
  );
}

/** Other values that a column could hold: the nearest, a far one, those of other rows, nothing. */
async function othersOf(table: string, column: string, value: Value): Promise<Value[]> {
  const rows: Row[] = await db.knex(table).distinct(column).limit(6);
  const found = rows.map((row) => row[column] ?? null);
  const sample = value ?? found.find((other) => other !== null) ?? 1n;
  const made: Value[] = [null];
  if (typeof sample === 'bigint') made.push(sample + 1n, sample - 1n, 0n, sample + 2n * 10n ** 18n);
  else if (typeof sample === 'string') made.push('ZZZ');
  else made.push(Buffer.from(sample.map((byte) => byte ^ 1)));
  const same = (a: Value) =>
    Buffer.isBuffer(a) && Buffer.isBuffer(value) ? a.equals(value) : a === value;
  const strings = found.filter((other) => typeof other === 'string');
  return [...new Set([...made, ...strings])].filter((other) => !same(other));
}

/** Whether the statement ran; a constraint of the schema may refuse a corruption. */
async function tryTo(statement: PromiseLike<unknown>): Promise<boolean> {
  try {
    await statement;
    return true;
  } catch (error) {
    const { kind } = error as { kind?: string };
    if (kind === 'duplicate' || kind === 'constraint' || kind === 'data') return false;
    throw error;
  }
}

/** The row's own account or operation, before or after the corruption, is named by a difference. */
function isNamed(verdict: LedgerVerdict, ...rows: Row[]): boolean {
  const ids = rows.flatMap((row) =>
    ['id', 'operation_id', 'account_id', 'refusal_account_id'].map((column) => row[column]),
  );
  return verdict.differences.some(
    ({ ledgerAccount, operationId }) => ids.includes(ledgerAccount) || ids.includes(operationId),
  );
}

const show = (value: Value) => (Buffer.isBuffer(value) ? value.toString('hex') : String(value));

test.each(Object.keys(tables))(
  'a change of any column of %s is named',
  async (table) => {
    const missed: string[] = [];
    const corrupted = new Map<string, number>();
    for (const row of await samplesOf(table)) {
      for (const [column, value] of Object.entries(row)) {
        for (const other of await othersOf(table, column, value)) {
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
  for (const row of await samplesOf(table)) {
    await db.knex(table).where(keyOf(table, row)).delete();
    const verdict = await verify();
    expect(isNamed(verdict, row), `${Object.values(keyOf(table, row))}`).toBe(true);
    await db.knex(table).insert(row);
  }
  expect(await verify()).toMatchObject({ verified: true });
});

/** What makes a copy of a row a row of its own, in each of the ways that the keys allow. */
const copies: Record<string, (row: Row) => Partial<Row>[]> = {
  ledger_accounts: () => [{ id: 999_999n }],
  ledger_account_changes: (row) => [
    { version: (row.version as bigint) + 1_000n },
    { account_id: 999_999n },
  ],
  ledger_entries: (row) => {
    const versions = {
      debit_version: (row.debit_version as bigint) + 1_000n,
      credit_version: (row.credit_version as bigint) + 1_000n,
    };
    return [
      { leg: 1n, ...versions },
      { operation_id: 999_999n, ...versions },
    ];
  },
  operations: () => [{ id: 999_999n, request_id: Buffer.alloc(16, 9) }],
  transfer_records: () => [{ operation_id: 999_999n }],
  invoice_records: () => [{ operation_id: 999_999n }],
};

test.each(Object.keys(tables))('a row added to %s is named', async (table) => {
  for (const row of await samplesOf(table)) {
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

/** Writes the digest that an operation has now: what somebody would do who knows how it is made. */
async function signAgain(id: bigint): Promise<boolean> {
  const { knex } = db;
  const range = { after: id - 1n, upTo: id };
  const [read] = await listOperationsById(knex, range, 1);
  if (!read) return false;
  const [transfer = null] = await listTransfersByOperation(knex, range, undefined, 1);
  const [invoice = null] = await listInvoicesByOperation(knex, range, undefined, 1);
  const entries = await listEntriesByOperation(knex, range, undefined, 9);
  const changes = await findChanges(knex, [id]);
  const { operation } = read;
  const digest = digestOf({ operation, entries, changes, transfer, invoice });
  await knex<Row>('operations').where({ id }).update({ digest });
  return true;
}

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
    for (const row of table === 'ledger_accounts' ? [] : await samplesOf(table)) {
      for (const [column, value] of Object.entries(row)) {
        if (column === 'digest') continue;
        for (const other of await othersOf(table, column, value)) {
          const changed = { ...row, [column]: other };
          const update = db
            .knex(table)
            .where(keyOf(table, row))
            .update({ [column]: other });
          if (!(await tryTo(update))) continue;
          const ids = [row, changed].map((one) => (one.operation_id ?? one.id) as bigint);
          for (const id of ids) if (await signAgain(id)) signed += 1;
          if ((await verify()).differenceCount === 0) hidden.add(`${table}.${column}`);
          await db
            .knex(table)
            .where(keyOf(table, changed))
            .update({ [column]: value });
          for (const id of ids) await signAgain(id);
        }
      }
    }
  }
  expect(signed).toBeGreaterThan(300);
  expect([...hidden].filter((name) => !(name in lawful)).sort()).toEqual(vouchedByDigest.sort());
  expect(await verify()).toMatchObject({ verified: true });
}, 300_000);

test('every code of the list is given for some corruption', () => {
  expect(Object.keys(ledgerCodes).filter((code) => !seen.has(code))).toEqual([]);
});
