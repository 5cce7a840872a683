import { expect } from 'vitest';
import type { LedgerVerdict } from '../../src/domain/ledger/verdict.js';
import type { Database } from '../../src/storage/database.js';

/** What a column holds. */
export type Value = bigint | string | Buffer | null;
/** A row of a table, by column. */
export type Row = Record<string, Value>;

/** The tables of the ledger: the columns of their keys, and how a row is told from rows of other sorts. */
export const tables: Record<string, { key: string[]; sortOf: (row: Row) => unknown }> = {
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
export const lawful: Record<string, string> = {
  'transfer_records.payer_unlink_time': 'A party takes a record off its sheet when it likes.',
  'transfer_records.payee_unlink_time': 'A party takes a record off its sheet when it likes.',
  'invoice_records.seller_unlink_time': 'A party takes a record off its sheet when it likes.',
  'invoice_records.buyer_unlink_time': 'A party takes a record off its sheet when it likes.',
};

/** Codes that are given for corruptions of clocks: see `verify-clocks-canary.test.ts`. */
export const ofClocks: readonly string[] = [
  'CLOCK_DIFFERS',
  'TIME_RECORD_DIFFERS',
  'CONVERSION_DIFFERS',
  'UNLINK_DIFFERS',
];

/** One row of each sort, of those that `isMeant`. */
export async function samplesOf(
  db: Database,
  table: string,
  isMeant: (row: Row) => boolean = () => true,
): Promise<Row[]> {
  const all: Row[] = await db.knex(table).select();
  const rows = all.filter(isMeant);
  const bySort = new Map(rows.map((row) => [JSON.stringify(tables[table]?.sortOf(row)), row]));
  expect(bySort.size).toBeGreaterThan(1);
  return [...bySort.values()];
}

/** The columns of the row's key. */
export function keyOf(table: string, row: Row): Row {
  return Object.fromEntries(
    (tables[table]?.key ?? []).map((column) => [column, row[column] ?? null]),
  );
}

/** Other values that a column could hold: the nearest, a far one, those of other rows, nothing. */
export async function othersOf(
  db: Database,
  table: string,
  column: string,
  value: Value,
): Promise<Value[]> {
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
export async function tryTo(statement: PromiseLike<unknown>): Promise<boolean> {
  try {
    await statement;
    return true;
  } catch (error) {
    const { kind } = error as { kind?: string };
    if (kind === 'duplicate' || kind === 'constraint' || kind === 'data') return false;
    throw error;
  }
}

/** The columns that hold ids of accounts or operations. */
const NAMING = [
  'id',
  'operation_id',
  'account_id',
  'refusal_account_id',
  'debit_account_id',
  'credit_account_id',
];

/** The row's own accounts or operation, before or after the corruption, are named by a difference. */
export function isNamed(verdict: LedgerVerdict, ...rows: Row[]): boolean {
  const ids = rows.flatMap((row) => NAMING.map((column) => row[column]));
  return verdict.differences.some(
    ({ ledgerAccount, operationId }) => ids.includes(ledgerAccount) || ids.includes(operationId),
  );
}

/** A value as text. */
export const show = (value: Value) =>
  Buffer.isBuffer(value) ? value.toString('hex') : String(value);

/** What makes a copy of a row a row of its own, in each of the ways that the keys allow. */
export const copies: Record<string, (row: Row) => Partial<Row>[]> = {
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
