import { beforeAll, expect, test } from 'vitest';
import type { LedgerVerdict } from '../../src/domain/ledger/verdict.js';
import type { Database } from '../../src/storage/database.js';
import { makeWorldOfClocks, storyKinds } from '../support/clock-story.js';
import { ofClocks, othersOf, type Row, show, tryTo } from '../support/ledger-canary.js';
import type { LedgerWorld } from '../support/ledger-world.js';
import { signAgain } from '../support/sign-again.js';
import { openTestDatabase } from '../support/test-database.js';

/** The tables of clocks: the columns of their keys, and how a row is told from rows of other sorts. */
const tables: Record<string, { key: string[]; sortOf: (row: Row) => unknown }> = {
  clocks: { key: ['id'], sortOf: ({ timer_state, unlink_time }) => [timer_state, unlink_time] },
  clock_changes: {
    key: ['operation_id', 'clock_id'],
    sortOf: ({ timer_state, last_stop_reason }) => [timer_state, last_stop_reason],
  },
  time_records: { key: ['id'], sortOf: ({ stop_reason }) => stop_reason },
  conversion_records: { key: ['operation_id'], sortOf: ({ kind }) => kind },
};

/** Columns that may change, and why. */
const lawful: Record<string, string> = {
  'clocks.reference': 'A name.',
  'clocks.active_time_sheet_id': 'Its owner switches sheets.',
  'clocks.active_conversion_sheet_id': 'Its owner switches sheets.',
  'clocks.revision': 'Counts changes, also those outside the ledger.',
  'clocks.create_time': 'Orders a list.',
  'clocks.update_time': 'Also of changes outside the ledger.',
  'time_records.unlink_time': 'Its owner takes a record off its sheet.',
  'conversion_records.unlink_time': 'Its owner takes a record off its sheet.',
};

let db: Database;
let world: LedgerWorld;
const seen = new Set<string>();

beforeAll(async () => {
  db = await openTestDatabase();
  world = await makeWorldOfClocks(db);
});

async function verify(): Promise<LedgerVerdict> {
  const verdict = await world.domain.verification.verify({ maxDifferences: 100 });
  expect(verdict, verdict.warnings.join(' ')).toMatchObject({ complete: true });
  for (const { code } of verdict.differences) seen.add(code);
  return verdict;
}

const keyOf = (table: string, row: Row): Row =>
  Object.fromEntries((tables[table]?.key ?? []).map((column) => [column, row[column] ?? null]));

async function samplesOf(table: string): Promise<Row[]> {
  const all: Row[] = await db.knex(table).select();
  // What is erased with its user may say that it is unlinked, or not.
  const rows = all.filter(({ reference }) => reference !== '');
  const bySort = new Map(
    rows.map((row) => [JSON.stringify(tables[table]?.sortOf(row), (_, v) => String(v)), row]),
  );
  expect(bySort.size).toBeGreaterThan(1);
  return [...bySort.values()];
}

test('the story is verified, and has every kind', async () => {
  expect((await verify()).differences).toEqual([]);
  const kinds: string[] = await db.knex('operations').whereNull('refusal').distinct().pluck('kind');
  expect(storyKinds.filter((kind) => !kinds.includes(kind))).toEqual([]);
});

/** Changes every column of sample rows, one at a time, and puts it back. Gives the columns of which a change was not named. */
async function corrupt(table: string, afterwards: (rows: Row[]) => Promise<void>) {
  const hidden = new Set<string>();
  const tried = new Set<string>();
  for (const row of await samplesOf(table)) {
    for (const [column, value] of Object.entries(row)) {
      for (const other of await othersOf(db, table, column, value)) {
        const changed = { ...row, [column]: other };
        const update = db.knex(table).where(keyOf(table, row));
        if (!(await tryTo(update.update({ [column]: other })))) continue;
        tried.add(`${table}.${column}`);
        await afterwards([row, changed]);
        const { differenceCount } = await verify();
        const name = `${table}.${column}`;
        if (differenceCount === 0 && !(name in lawful)) {
          hidden.add(`${name}: ${show(value)} → ${show(other)}`);
        }
        await db
          .knex(table)
          .where(keyOf(table, changed))
          .update({ [column]: value });
        await afterwards([row, changed]);
      }
    }
  }
  return { hidden: [...hidden].sort(), tried };
}

test.each(Object.keys(tables))(
  'a change of any column of %s is named',
  async (table) => {
    const { hidden, tried } = await corrupt(table, async () => {});
    expect(hidden).toEqual([]);
    const columns = Object.keys(await db.knex(table).columnInfo());
    expect(columns.filter((column) => !tried.has(`${table}.${column}`))).toEqual([]);
    expect((await verify()).differences).toEqual([]);
  },
  300_000,
);

test.each(['time_records', 'conversion_records', 'clock_changes'])(
  'a row taken from %s is named',
  async (table) => {
    for (const row of await samplesOf(table)) {
      await db.knex(table).where(keyOf(table, row)).delete();
      expect((await verify()).differenceCount).toBeGreaterThan(0);
      await db.knex(table).insert(row);
    }
    expect((await verify()).differences).toEqual([]);
  },
);

/** What nothing but the digest vouches for. */
const vouchedByDigest = [
  'conversion_records.sheet_id',
  'time_records.pause_count',
  'time_records.sheet_id',
];

test.each(['time_records', 'conversion_records'])(
  'a change of %s with a digest to fit it is named, but for what only the digest vouches for',
  async (table) => {
    const { hidden } = await corrupt(table, async (rows) => {
      for (const row of rows) await signAgain(db, row.operation_id as bigint);
    });
    const columns = hidden.map((text) => text.split(':')[0] ?? '');
    expect(columns.filter((column) => !vouchedByDigest.includes(column))).toEqual([]);
    expect((await verify()).differences).toEqual([]);
  },
  300_000,
);

test('the codes of clocks are given', () => {
  expect(ofClocks.filter((code) => !seen.has(code))).toEqual([]);
});
