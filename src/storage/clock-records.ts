import type { StopReason } from '../model/clock.js';
import type { Row } from './batch-transaction.js';
import type { RecordReading } from './sheet-records.js';
import type { Reader } from './transaction.js';

/** A conversion record with its notes. Spans are milliseconds, times Unix ms. */
export type StoredConversion = {
  readonly operationId: bigint;
  readonly kind: 'TO_CLOCK' | 'FROM_CLOCK';
  readonly walletId: bigint;
  readonly clockId: bigint;
  readonly sheetId: bigint | null;
  readonly credits: bigint;
  readonly timeMs: bigint;
  readonly msPerCredit: bigint;
  readonly createTime: number;
  readonly notes: string;
};

/** A time record: one run of a timer that is over. Spans are milliseconds, times Unix ms. */
export type StoredTimeRecord = {
  /** The operation that started the timer. */
  readonly id: bigint;
  /** The operation that stopped it. */
  readonly operationId: bigint;
  readonly clockId: bigint;
  readonly sheetId: bigint | null;
  readonly startTime: number;
  readonly stopTime: number;
  readonly spentMs: bigint;
  readonly pausedMs: bigint;
  readonly pauseCount: number;
  readonly stopReason: StopReason;
  readonly createTime: number;
};

/** How conversion records are read. */
export const conversionReading: RecordReading<StoredConversion, ''> = {
  kind: 'CONVERSION',
  sides: [''],
  query: (reader: Reader) =>
    reader('conversion_records as r')
      .leftJoin('operation_notes as n', 'n.operation_id', 'r.operation_id')
      .select(
        'r.operation_id',
        'r.kind',
        'r.user_id',
        'r.wallet_id',
        'r.clock_id',
        'r.sheet_id',
        'r.credits',
        'r.time_ms',
        'r.ms_per_credit',
        'r.clock_version',
        'r.unlink_time',
        'r.create_time',
        'n.notes',
      ),
  fromRow: (row: Row) => ({
    operationId: row.operation_id as bigint,
    kind: row.kind as StoredConversion['kind'],
    walletId: row.wallet_id as bigint,
    clockId: row.clock_id as bigint,
    sheetId: row.sheet_id as bigint | null,
    credits: row.credits as bigint,
    timeMs: row.time_ms as bigint,
    msPerCredit: row.ms_per_credit as bigint,
    createTime: Number(row.create_time),
    notes: (row.notes as string | null) ?? '',
  }),
};

/** How time records are read. */
export const timeReading: RecordReading<StoredTimeRecord, ''> = {
  kind: 'TIME',
  sides: [''],
  query: (reader: Reader) =>
    reader('time_records as r').select(
      'r.id',
      'r.operation_id',
      'r.clock_id',
      'r.user_id',
      'r.sheet_id',
      'r.start_time',
      'r.stop_time',
      'r.spent_ms',
      'r.paused_ms',
      'r.pause_count',
      'r.stop_reason',
      'r.clock_version',
      'r.unlink_time',
      'r.create_time',
    ),
  fromRow: (row: Row) => ({
    id: row.id as bigint,
    operationId: row.operation_id as bigint,
    clockId: row.clock_id as bigint,
    sheetId: row.sheet_id as bigint | null,
    startTime: Number(row.start_time),
    stopTime: Number(row.stop_time),
    spentMs: row.spent_ms as bigint,
    pausedMs: row.paused_ms as bigint,
    pauseCount: Number(row.pause_count),
    stopReason: row.stop_reason as StopReason,
    createTime: Number(row.create_time),
  }),
};
