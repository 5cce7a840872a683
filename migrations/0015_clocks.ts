import type { Knex } from 'knex';
import { MIGRATED_MS_PER_CREDIT } from '../src/model/clock.js';
import {
  addColumnIfMissing,
  createIndexIfMissing,
  createTableIfMissing,
  type Migration,
  takeIds,
} from './schema.js';

/** Wallets that get their clock in one transaction. */
const WALLETS_AT_ONCE = 200;

/**
 * Clocks, the records on time and conversion sheets, and a clock for every wallet that is there. A clock's ledger account has the
 * clock's id. A time record has the id of the operation that started the timer: one run of a timer is one record.
 */
export const clocks: Migration = {
  name: '0015_clocks',
  async up(knex) {
    await createClocks(knex);
    await createRecords(knex);
    await addColumnIfMissing(knex, 'wallets', 'active_clock_id', (columns) => {
      columns.bigint('active_clock_id').nullable();
    });
    await openMissingClocks(knex);
  },
};

async function createClocks(knex: Knex): Promise<void> {
  const timer = (columns: Parameters<Parameters<typeof createTableIfMissing>[2]>[0]) => {
    columns.text('timer_state', 8);
    // The operation that started the run under way: null while the timer is off, as are the times.
    columns.bigint('run_id').nullable();
    columns.time('start_time').nullable();
    columns.time('resume_time').nullable();
    columns.time('pause_time').nullable();
    columns.bigint('spent_ms');
    columns.bigint('paused_ms');
    columns.bigint('pause_count');
    columns.bigint('time_sheet_id').nullable();
    columns.time('runs_out_time').nullable();
    // The record of the last run that is over, and why it ended.
    columns.bigint('last_record_id').nullable();
    columns.text('last_stop_reason', 12).nullable();
  };
  await createTableIfMissing(knex, 'clocks', (columns) => {
    columns.id();
    columns.bigint('user_id');
    columns.bigint('master_id');
    columns.bigint('wallet_id');
    columns.text('reference', 100);
    columns.bigint('ms_per_credit');
    columns.bigint('active_time_sheet_id').nullable();
    columns.bigint('active_conversion_sheet_id').nullable();
    timer(columns);
    // Counts the changes of the clock: what watches compare.
    columns.bigint('revision');
    columns.time('create_time');
    columns.time('update_time');
    columns.time('unlink_time').nullable();
  });
  await createIndexIfMissing(knex, 'clocks', ['user_id', 'create_time', 'id']);
  await createIndexIfMissing(knex, 'clocks', ['wallet_id', 'create_time', 'id']);
  await createIndexIfMissing(knex, 'clocks', ['runs_out_time', 'id']);
  // The timer as an operation left it, and what was on the clock then: the outcome that a repeated request gets.
  await createTableIfMissing(knex, 'clock_changes', (columns) => {
    columns.bigint('clock_id');
    columns.bigint('clock_version');
    columns.bigint('operation_id');
    columns.bigint('remaining_ms');
    timer(columns);
    columns.time('create_time');
    columns.table.primary(['operation_id', 'clock_id']);
  });
  await createIndexIfMissing(knex, 'clock_changes', ['clock_id', 'clock_version'], {
    unique: true,
  });
}

async function createRecords(knex: Knex): Promise<void> {
  await createTableIfMissing(knex, 'time_records', (columns) => {
    // The operation that started the timer.
    columns.id();
    // The operation that stopped it.
    columns.bigint('operation_id');
    columns.bigint('clock_id');
    columns.bigint('user_id');
    columns.bigint('sheet_id').nullable();
    columns.time('start_time');
    columns.time('stop_time');
    columns.bigint('spent_ms');
    columns.bigint('paused_ms');
    columns.bigint('pause_count');
    columns.text('stop_reason', 12);
    columns.bigint('clock_version');
    columns.time('unlink_time').nullable();
    columns.time('create_time');
  });
  await createIndexIfMissing(knex, 'time_records', ['sheet_id', 'clock_version']);
  await createIndexIfMissing(knex, 'time_records', ['clock_id', 'clock_version']);
  await createIndexIfMissing(knex, 'time_records', ['operation_id', 'id']);
  await createTableIfMissing(knex, 'conversion_records', (columns) => {
    columns.id('operation_id');
    columns.text('kind', 12);
    columns.bigint('user_id');
    columns.bigint('wallet_id');
    columns.bigint('clock_id');
    columns.bigint('sheet_id').nullable();
    columns.bigint('credits');
    columns.bigint('time_ms');
    columns.bigint('ms_per_credit');
    columns.bigint('clock_version');
    columns.time('unlink_time').nullable();
    columns.time('create_time');
  });
  await createIndexIfMissing(knex, 'conversion_records', ['sheet_id', 'clock_version']);
}

type WalletRow = { id: bigint; user_id: bigint; master_id: bigint };
type ClockRow = WalletRow & {
  wallet_id: bigint;
  active_time_sheet_id: bigint;
  active_conversion_sheet_id: bigint;
  create_time: bigint;
};

/** Every wallet of a user that is there gets a clock as a new account does: first its row, then what belongs to the row. */
async function openMissingClocks(knex: Knex): Promise<void> {
  const latest = await knex('users').max({ time: 'update_time' }).first();
  const createTime = Number(latest?.time ?? 0);
  for (;;) {
    const wallets: WalletRow[] = await knex('wallets as w')
      .join('users as u', 'u.id', 'w.user_id')
      .join('ledger_accounts as a', 'a.id', 'w.id')
      .leftJoin('clocks as c', 'c.wallet_id', 'w.id')
      .whereNull('u.remove_time')
      .whereNot('a.state', 'CLOSED')
      .whereNull('c.id')
      .orderBy('w.id')
      .limit(WALLETS_AT_ONCE)
      .select('w.id', 'w.user_id', 'w.master_id');
    if (wallets.length === 0) break;
    await insertClocks(knex, wallets, createTime);
  }
  for (;;) {
    const found: ClockRow[] = await knex('clocks as c')
      .leftJoin('ledger_accounts as a', 'a.id', 'c.id')
      .whereNull('a.id')
      .orderBy('c.id')
      .limit(WALLETS_AT_ONCE)
      .select('c.id', 'c.user_id', 'c.master_id', 'c.wallet_id', 'c.create_time')
      .select('c.active_time_sheet_id', 'c.active_conversion_sheet_id');
    if (found.length === 0) return;
    await completeClocks(knex, found);
  }
}

async function insertClocks(
  knex: Knex,
  wallets: readonly WalletRow[],
  createTime: number,
): Promise<void> {
  const first = await takeIds(knex, 3 * wallets.length);
  await knex('clocks').insert(
    wallets.map(({ id, user_id, master_id }, index) => {
      const clockId = first + 3n * BigInt(index);
      return {
        id: clockId,
        user_id,
        master_id,
        wallet_id: id,
        reference: 'Credit Clock',
        ms_per_credit: MIGRATED_MS_PER_CREDIT,
        active_time_sheet_id: clockId + 1n,
        active_conversion_sheet_id: clockId + 2n,
        timer_state: 'INACTIVE',
        spent_ms: 0,
        paused_ms: 0,
        pause_count: 0,
        revision: 0,
        create_time: createTime,
        update_time: createTime,
      };
    }),
  );
}

/** The ledger account comes last: a clock without one is not complete. */
async function completeClocks(knex: Knex, found: readonly ClockRow[]): Promise<void> {
  const sheets = found.flatMap((clock) => [
    sheetRow(clock, clock.active_time_sheet_id, 'TIME', 'Time Sheet'),
    sheetRow(clock, clock.active_conversion_sheet_id, 'CONVERSION', 'Conversion Sheet'),
  ]);
  await insertMissing(knex, 'sheets', 'id', sheets);
  const opening = ({ create_time }: ClockRow) => ({ floor: 0, state: 'OPEN', create_time });
  const changes = found.map((clock) => ({
    account_id: clock.id,
    version: 0,
    operation_id: 0,
    ...opening(clock),
  }));
  await insertMissing(knex, 'ledger_account_changes', 'account_id', changes);
  for (const { id, wallet_id } of found) {
    const wallet = knex('wallets').where({ id: wallet_id }).whereNull('active_clock_id');
    await wallet.update({ active_clock_id: id });
  }
  const accounts = found.map((clock) => ({
    id: clock.id,
    kind: 'CLOCK',
    unit: 'MILLISECOND',
    master_id: clock.master_id,
    balance: 0,
    version: 0,
    refusals: 0,
    update_time: clock.create_time,
    ...opening(clock),
  }));
  await knex('ledger_accounts').insert(accounts);
}

function sheetRow(clock: ClockRow, id: bigint, kind: string, reference: string) {
  const { id: owner_id, user_id, create_time } = clock;
  return { id, kind, owner_id, user_id, reference, create_time, update_time: create_time };
}

async function insertMissing(
  knex: Knex,
  table: string,
  key: string,
  rows: readonly Record<string, unknown>[],
): Promise<void> {
  const keys = rows.map((row) => row[key] as string);
  const existing = new Set<unknown>(await knex(table).whereIn(key, keys).pluck(key));
  const missing = rows.filter((row) => !existing.has(row[key]));
  if (missing.length > 0) await knex(table).insert(missing);
}
