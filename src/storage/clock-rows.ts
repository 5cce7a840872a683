import type { ClockChange, ClockTimer, ConversionRecord, TimeRecord } from '../model/clockwork.js';
import type { Row, Statement, Value } from './batch-transaction.js';
import { TIMER_COLUMNS, timerFromRow, timerValues } from './clocks.js';
import type { Database } from './database.js';
import type { StoredOperation } from './ledger.js';
import { insertStatements, list } from './statements.js';

/** Columns of `clock_changes`. */
export const CLOCK_CHANGE_COLUMNS = [
  'clock_id',
  'clock_version',
  'operation_id',
  'remaining_ms',
  ...TIMER_COLUMNS,
  'create_time',
] as const;

/** Columns of `time_records` but for the mark that hides it. */
export const TIME_RECORD_COLUMNS = [
  'id',
  'operation_id',
  'clock_id',
  'user_id',
  'sheet_id',
  'start_time',
  'stop_time',
  'spent_ms',
  'paused_ms',
  'pause_count',
  'stop_reason',
  'clock_version',
  'create_time',
] as const;

/** Columns of `conversion_records` but for the mark that hides it. */
export const CONVERSION_RECORD_COLUMNS = [
  'operation_id',
  'kind',
  'user_id',
  'wallet_id',
  'clock_id',
  'sheet_id',
  'credits',
  'time_ms',
  'ms_per_credit',
  'clock_version',
  'create_time',
] as const;

const TIMER_OF_CLOCK = ['id', 'user_id', 'wallet_id', 'ms_per_credit', ...TIMER_COLUMNS] as const;

/** Reads the timers of those of the accounts that are clocks. After the lock of their accounts, so that nobody writes them. */
export function findTimers(accountIds: readonly bigint[]): Statement {
  return {
    sql: `SELECT ${TIMER_OF_CLOCK.join(', ')}, update_time FROM clocks WHERE id IN (${list(accountIds.length)})`,
    bindings: accountIds,
  };
}

/** A row of {@link findTimers}. */
export function clockTimerFromRow(row: Row): ClockTimer {
  return {
    id: row.id as bigint,
    userId: row.user_id as bigint,
    walletId: row.wallet_id as bigint,
    msPerCredit: Number(row.ms_per_credit),
    timer: timerFromRow(row),
    updateTime: Number(row.update_time),
  };
}

/** One UPDATE for all clocks that changed, in the order of their ids; none for none. */
export function updateClocks(db: Database, clocks: readonly ClockTimer[]): Statement[] {
  if (clocks.length === 0) return [];
  const sorted = [...clocks].sort((a, b) => (a.id < b.id ? -1 : 1));
  const changing = [...TIMER_COLUMNS, 'update_time'];
  const columns = ['id', ...changing];
  const bindings = sorted.flatMap(({ id, timer, updateTime }): Value[] => [
    id,
    ...timerValues(timer),
    updateTime,
  ]);
  const placeholders = list(columns.length);
  if (db.engine === 'sqlite') {
    const sets = changing.map((column) => `${column} = v.${column}`).join(', ');
    const sql = `WITH v (${columns.join(', ')}) AS (VALUES ${list(sorted.length, `(${placeholders})`)})
UPDATE clocks SET ${sets}, revision = revision + 1 FROM v WHERE clocks.id = v.id`;
    return [{ sql, bindings }];
  }
  const sets = changing.map((column) => `c.${column} = v.${column}`).join(', ');
  const first = `SELECT ${columns.map((column) => `? AS ${column}`).join(', ')}`;
  const rest = Array.from({ length: sorted.length - 1 }, () => ` UNION ALL SELECT ${placeholders}`);
  const sql = `UPDATE (${first}${rest.join('')}) v STRAIGHT_JOIN clocks c ON c.id = v.id SET ${sets}, c.revision = c.revision + 1`;
  return [{ sql, bindings }];
}

/** The statements that write what operations did to clocks; none when they did nothing to any. */
export function clockStatements(operations: readonly StoredOperation[]): Statement[] {
  const written = operations.flatMap(({ clocks }) => clocks ?? []);
  if (written.length === 0) return [];
  const changes = written.flatMap((writes) => writes.changes);
  const records = written.flatMap((writes) => writes.records);
  const conversions = written.flatMap(({ conversion }) => conversion ?? []);
  return [
    ...insertStatements('clock_changes', CLOCK_CHANGE_COLUMNS, changes.map(changeRow)),
    ...insertStatements('time_records', TIME_RECORD_COLUMNS, records.map(recordRow)),
    ...insertStatements(
      'conversion_records',
      CONVERSION_RECORD_COLUMNS,
      conversions.map(conversionRow),
    ),
  ];
}

function changeRow(change: ClockChange): Value[] {
  const { clockId, clockVersion, operationId, remaining, timer, createTime } = change;
  return [clockId, clockVersion, operationId, remaining, ...timerValues(timer), createTime];
}

function recordRow(record: TimeRecord): Value[] {
  return [
    record.runId,
    record.operationId,
    record.clockId,
    record.userId,
    record.timeSheetId,
    record.startTime,
    record.stopTime,
    record.spentMs,
    record.pausedMs,
    record.pauseCount,
    record.stopReason,
    record.clockVersion,
    record.createTime,
  ];
}

function conversionRow(record: ConversionRecord): Value[] {
  return [
    record.operationId,
    record.kind,
    record.userId,
    record.walletId,
    record.clockId,
    record.sheetId,
    record.credits,
    record.timeMs,
    record.msPerCredit,
    record.clockVersion,
    record.createTime,
  ];
}

/** A row of `clock_changes`. */
export function clockChangeFromRow(row: Row): ClockChange {
  return {
    operationId: row.operation_id as bigint,
    clockId: row.clock_id as bigint,
    clockVersion: row.clock_version as bigint,
    remaining: row.remaining_ms as bigint,
    timer: timerFromRow(row),
    createTime: Number(row.create_time),
  };
}

/** A row of `time_records`. */
export function timeRecordFromRow(row: Row): TimeRecord {
  return {
    runId: row.id as bigint,
    operationId: row.operation_id as bigint,
    clockId: row.clock_id as bigint,
    userId: row.user_id as bigint,
    timeSheetId: row.sheet_id as bigint | null,
    startTime: Number(row.start_time),
    stopTime: Number(row.stop_time),
    spentMs: Number(row.spent_ms),
    pausedMs: Number(row.paused_ms),
    pauseCount: Number(row.pause_count),
    stopReason: row.stop_reason as TimeRecord['stopReason'],
    clockVersion: row.clock_version as bigint,
    createTime: Number(row.create_time),
  };
}

/** A row of `conversion_records`. */
export function conversionRecordFromRow(row: Row): ConversionRecord {
  return {
    operationId: row.operation_id as bigint,
    kind: row.kind as ConversionRecord['kind'],
    userId: row.user_id as bigint,
    walletId: row.wallet_id as bigint,
    clockId: row.clock_id as bigint,
    sheetId: row.sheet_id as bigint | null,
    credits: row.credits as bigint,
    timeMs: row.time_ms as bigint,
    msPerCredit: Number(row.ms_per_credit),
    clockVersion: row.clock_version as bigint,
    createTime: Number(row.create_time),
  };
}
