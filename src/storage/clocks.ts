import { type Clock, NEW_TIMER, type Timer } from '../model/clock.js';
import type { Row } from './batch-transaction.js';
import { type ListPart, newestFirst } from './newest-first.js';
import { numberOrNull } from './numbers.js';
import { sqlValue } from './sql-values.js';
import type { Reader, Tx } from './transaction.js';

/** A clock to store. Its ledger account, of the same id, is opened in the same transaction. */
export type NewClock = {
  readonly id: bigint;
  readonly userId: bigint;
  readonly masterId: bigint;
  readonly walletId: bigint;
  readonly reference: string;
  readonly msPerCredit: number;
  readonly activeTimeSheetId: bigint;
  readonly activeConversionSheetId: bigint;
  readonly createTime: number;
};

/** Columns of a timer, in the order in which {@link timerValues} gives its values. */
export const TIMER_COLUMNS = [
  'timer_state',
  'run_id',
  'start_time',
  'resume_time',
  'pause_time',
  'spent_ms',
  'paused_ms',
  'pause_count',
  'time_sheet_id',
  'runs_out_time',
  'last_record_id',
  'last_stop_reason',
] as const;

/** Columns of `clocks`. */
export const CLOCK_COLUMNS = [
  'id',
  'user_id',
  'master_id',
  'wallet_id',
  'reference',
  'ms_per_credit',
  'active_time_sheet_id',
  'active_conversion_sheet_id',
  ...TIMER_COLUMNS,
  'revision',
  'create_time',
  'update_time',
  'unlink_time',
] as const;

/** Stores a new clock. */
export async function insertClock(tx: Tx, clock: NewClock): Promise<void> {
  const timer = timerValues(NEW_TIMER);
  await tx('clocks').insert({
    id: clock.id,
    user_id: clock.userId,
    master_id: clock.masterId,
    wallet_id: clock.walletId,
    reference: clock.reference,
    ms_per_credit: clock.msPerCredit,
    active_time_sheet_id: clock.activeTimeSheetId,
    active_conversion_sheet_id: clock.activeConversionSheetId,
    ...Object.fromEntries(TIMER_COLUMNS.map((column, index) => [column, timer[index]])),
    revision: 0,
    create_time: clock.createTime,
    update_time: clock.createTime,
    unlink_time: null,
  });
}

/** The clock of this id with what its ledger account holds, closed or not. */
export async function findClock(reader: Reader, id: bigint): Promise<Clock | undefined> {
  const row: Row | undefined = await clocks(reader).where('c.id', sqlValue(id)).first();
  return row && clockFromRow(row);
}

/** The active clock of a wallet. */
export async function findActiveClock(
  reader: Reader,
  walletId: bigint,
): Promise<Clock | undefined> {
  const row: Row | undefined = await clocks(reader)
    .join('wallets as w', 'w.active_clock_id', 'c.id')
    .where('w.id', sqlValue(walletId))
    .first();
  return row && clockFromRow(row);
}

/** The clocks of a wallet, newest first, but for those that are unlinked. */
export async function listClocks(
  reader: Reader,
  query: ListPart & { readonly walletId: bigint },
): Promise<Clock[]> {
  const own = clocks(reader)
    .where('c.wallet_id', sqlValue(query.walletId))
    .whereNull('c.unlink_time');
  const rows: Row[] = await newestFirst(own, query, 'c');
  return rows.map(clockFromRow);
}

/** The clocks of a wallet that are not unlinked. */
export async function listClockIds(reader: Reader, walletId: bigint): Promise<bigint[]> {
  const rows: { id: bigint }[] = await reader('clocks')
    .where({ wallet_id: sqlValue(walletId), unlink_time: null })
    .orderBy(['create_time', 'id'])
    .select('id');
  return rows.map(({ id }) => id);
}

/** How many clocks a user has that are not unlinked. */
export async function countClocks(tx: Tx, userId: bigint): Promise<number> {
  const row = await tx('clocks')
    .where({ user_id: sqlValue(userId), unlink_time: null })
    .count({ count: '*' })
    .first();
  return Number(row?.count ?? 0);
}

/** Makes a clock the active one of its wallet. */
export async function setActiveClock(
  tx: Tx,
  to: { readonly walletId: bigint; readonly clockId: bigint; readonly now: number },
): Promise<void> {
  await tx('wallets')
    .where('id', sqlValue(to.walletId))
    .update({ active_clock_id: sqlValue(to.clockId), update_time: to.now });
}

/** The clocks with these ids, by id: what a watch looks at. */
export async function findClocks(
  reader: Reader,
  ids: readonly bigint[],
): Promise<Map<bigint, Clock>> {
  const rows: Row[] = await clocks(reader).whereIn('c.id', ids.map(sqlValue));
  return new Map(rows.map((row) => [row.id as bigint, clockFromRow(row)]));
}

/** The revisions of those of the clocks that are open, by id: cheaper than the clocks, and enough to see which have changed. */
export async function listClockRevisions(
  reader: Reader,
  ids: readonly bigint[],
): Promise<Map<bigint, bigint>> {
  const rows: { id: bigint; revision: bigint }[] = await reader('clocks')
    .whereIn('id', ids.map(sqlValue))
    .whereNull('unlink_time')
    .select('id', 'revision');
  return new Map(rows.map(({ id, revision }) => [id, revision]));
}

/** A query of clocks as `c` with their ledger accounts as `a`, for {@link clockFromRow}. */
export function clocks(reader: Reader) {
  return reader('clocks as c')
    .join('ledger_accounts as a', 'a.id', 'c.id')
    .select([...CLOCK_COLUMNS.map((column) => `c.${column}`), 'a.balance']);
}

/** A row of {@link clocks}. */
export function clockFromRow(row: Row): Clock {
  return {
    id: row.id as bigint,
    userId: row.user_id as bigint,
    masterId: row.master_id as bigint,
    walletId: row.wallet_id as bigint,
    reference: row.reference as string,
    msPerCredit: Number(row.ms_per_credit),
    activeTimeSheetId: row.active_time_sheet_id as bigint | null,
    activeConversionSheetId: row.active_conversion_sheet_id as bigint | null,
    timer: timerFromRow(row),
    balance: row.balance as bigint,
    revision: row.revision as bigint,
    createTime: Number(row.create_time),
    updateTime: Number(row.update_time),
    unlinkTime: numberOrNull(row.unlink_time as bigint | null),
  };
}

/** The timer in a row with {@link TIMER_COLUMNS}. */
export function timerFromRow(row: Row): Timer {
  const time = (name: string) => numberOrNull(row[name] as bigint | null);
  return {
    state: row.timer_state as Timer['state'],
    runId: row.run_id as bigint | null,
    startTime: time('start_time'),
    resumeTime: time('resume_time'),
    pauseTime: time('pause_time'),
    spentMs: Number(row.spent_ms),
    pausedMs: Number(row.paused_ms),
    pauseCount: Number(row.pause_count),
    timeSheetId: row.time_sheet_id as bigint | null,
    runsOutTime: time('runs_out_time'),
    lastRecordId: row.last_record_id as bigint | null,
    lastStopReason: row.last_stop_reason as Timer['lastStopReason'],
  };
}

/** What a timer's columns hold. */
export function timerValues(timer: Timer) {
  return [
    timer.state,
    timer.runId,
    timer.startTime,
    timer.resumeTime,
    timer.pauseTime,
    timer.spentMs,
    timer.pausedMs,
    timer.pauseCount,
    timer.timeSheetId,
    timer.runsOutTime,
    timer.lastRecordId,
    timer.lastStopReason,
  ] as const;
}
