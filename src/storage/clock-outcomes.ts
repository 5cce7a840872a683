import type { ClockChange, ConversionRecord, TimeRecord } from '../model/clockwork.js';
import type { Row } from './batch-transaction.js';
import {
  CLOCK_CHANGE_COLUMNS,
  CONVERSION_RECORD_COLUMNS,
  clockChangeFromRow,
  conversionRecordFromRow,
  TIME_RECORD_COLUMNS,
  timeRecordFromRow,
} from './clock-rows.js';
import { sqlValue } from './sql-values.js';
import type { Reader } from './transaction.js';

/** A conversion record with what is kept beside it: the credits that it left in the wallet, and its notes. */
export type ToldConversion = {
  readonly record: ConversionRecord;
  readonly walletBalance: bigint;
  readonly notes: string;
};

/** The clock as an operation left it. */
export async function findClockChange(
  reader: Reader,
  key: Pick<ClockChange, 'operationId' | 'clockId'>,
): Promise<ClockChange | undefined> {
  const row: Row | undefined = await reader('clock_changes')
    .where({ operation_id: sqlValue(key.operationId), clock_id: sqlValue(key.clockId) })
    .first(CLOCK_CHANGE_COLUMNS);
  return row && clockChangeFromRow(row);
}

/** The record of a run, by the id of the operation that started it. */
export async function findTimeRecord(reader: Reader, id: bigint): Promise<TimeRecord | undefined> {
  const row: Row | undefined = await reader('time_records')
    .where('id', sqlValue(id))
    .first(TIME_RECORD_COLUMNS);
  return row && timeRecordFromRow(row);
}

/** The conversion record that an operation wrote. */
export async function findConversion(
  reader: Reader,
  operationId: bigint,
): Promise<ToldConversion | undefined> {
  const row: Row | undefined = await conversions(reader)
    .where('r.operation_id', sqlValue(operationId))
    .first();
  return row && toldConversionFromRow(row);
}

/** A query of conversion records as `r`, for {@link toldConversionFromRow}. */
export function conversions(reader: Reader) {
  return reader('conversion_records as r')
    .join('ledger_entries as e', (on) =>
      on.on('e.operation_id', 'r.operation_id').andOnVal('e.unit', 'CREDIT'),
    )
    .leftJoin('operation_notes as n', 'n.operation_id', 'r.operation_id')
    .select([
      ...CONVERSION_RECORD_COLUMNS.map((column) => `r.${column}`),
      'e.debit_balance',
      'e.credit_balance',
      'n.notes',
    ]);
}

/** A row of {@link conversions}. */
export function toldConversionFromRow(row: Row): ToldConversion {
  const record = conversionRecordFromRow(row);
  const balance = record.kind === 'TO_CLOCK' ? row.debit_balance : row.credit_balance;
  const notes = (row.notes as string | null) ?? '';
  return { record, walletBalance: balance as bigint, notes };
}
