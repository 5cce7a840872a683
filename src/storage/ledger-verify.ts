import type {
  AppliedChange,
  InvoiceRecord,
  LedgerAccountState,
  LedgerEntry,
  Operation,
  TransferRecord,
} from '../model/ledger.js';
import type { Row } from './batch-transaction.js';
import {
  ENTRY_COLUMNS,
  entryFromRow,
  INVOICE_COLUMNS,
  invoiceFromRow,
  OPERATION_COLUMNS,
  operationFromRow,
  TRANSFER_COLUMNS,
  transferFromRow,
} from './ledger-rows.js';
import type { IdRange } from './ledger-verify-accounts.js';
import { sqlValue } from './sql-values.js';
import type { Reader } from './transaction.js';

/** An operation as verification reads it. */
export type OperationRead = {
  readonly operation: Operation;
  readonly digest: Buffer;
  /** True when only some of the columns of a refusal are set. */
  readonly torn: boolean;
};

/** An entry as verification reads it. */
export type EntryRead = LedgerEntry & { readonly createTime: number };

/** A change as verification reads it. */
export type ChangeRead = AppliedChange & { readonly createTime: number };

/** An invoice record as verification reads it. */
export type InvoiceRead = InvoiceRecord & {
  /** True when only some of the columns of a cost are set. */
  readonly torn: boolean;
};

/** A part of the operations: a range of ids, or of that only some. */
export type OperationRange = IdRange & { readonly ids?: readonly bigint[] };

/** The next operations of a range in the order of their ids. */
export async function listOperationsById(
  reader: Reader,
  { after, upTo, ids }: OperationRange,
  limit: number,
): Promise<OperationRead[]> {
  const query = reader('operations')
    .orderBy('id')
    .limit(limit)
    .select([...OPERATION_COLUMNS, 'digest']);
  if (after !== null) query.where('id', '>', sqlValue(after));
  if (upTo !== null) query.where('id', '<=', sqlValue(upTo));
  if (ids) query.whereIn('id', ids.map(sqlValue));
  const rows: Row[] = await query;
  return rows.map((row) => {
    const { refusal, refusal_account_id, refusal_balance, refusal_amount } = row;
    return {
      operation: operationFromRow(row),
      digest: row.digest as Buffer,
      torn: isTorn([refusal, refusal_account_id, refusal_balance, refusal_amount]),
    };
  });
}

/** The tables whose rows belong to an operation, and the column that names it. */
const OF_OPERATIONS = [
  ['operations', 'id'],
  ['ledger_entries', 'operation_id'],
  ['transfer_records', 'operation_id'],
  ['invoice_records', 'operation_id'],
  ['operation_notes', 'operation_id'],
  ['clock_changes', 'operation_id'],
  ['time_records', 'operation_id'],
  ['conversion_records', 'operation_id'],
] as const;

/** The highest id of an operation that any row names so far; null when there is none. */
export async function findLastOperationId(reader: Reader): Promise<bigint | null> {
  let last: bigint | null = null;
  for (const [table, column] of OF_OPERATIONS) {
    const row = await reader(table).max({ id: column }).first();
    if (row?.id != null && (last === null || row.id > last)) last = row.id;
  }
  return last;
}

/** Those of the ids that are of an operation. */
export async function findOperationIds(
  reader: Reader,
  ids: readonly bigint[],
): Promise<Set<bigint>> {
  const rows: { id: bigint }[] = await reader('operations')
    .whereIn('id', ids.map(sqlValue))
    .select('id');
  return new Set(rows.map(({ id }) => id));
}

/** The next entries of a range of operations, ordered by operation and leg. */
export async function listEntriesByOperation(
  reader: Reader,
  range: OperationRange,
  last: Pick<LedgerEntry, 'operationId' | 'leg'> | undefined,
  limit: number,
): Promise<EntryRead[]> {
  const query = reader('ledger_entries').orderBy('operation_id').orderBy('leg').limit(limit);
  if (last) {
    query.where('operation_id', '>=', sqlValue(last.operationId)).where((rest) => {
      rest.where('operation_id', '>', sqlValue(last.operationId)).orWhere('leg', '>', last.leg);
    });
  } else if (range.after !== null) query.where('operation_id', '>', sqlValue(range.after));
  if (range.upTo !== null) query.where('operation_id', '<=', sqlValue(range.upTo));
  if (range.ids) query.whereIn('operation_id', range.ids.map(sqlValue));
  const rows: Row[] = await query.select(ENTRY_COLUMNS);
  return rows.map(entryFromRow);
}

/** The next transfer records of a range of operations, in the order of the operations. */
export async function listTransfersByOperation(
  reader: Reader,
  range: OperationRange,
  last: Pick<TransferRecord, 'operationId'> | undefined,
  limit: number,
): Promise<TransferRecord[]> {
  const query = byOperation(reader, 'transfer_records', range, last, limit);
  return (await query.select(TRANSFER_COLUMNS)).map(transferFromRow);
}

/** The next invoice records of a range of operations, in the order of the operations. */
export async function listInvoicesByOperation(
  reader: Reader,
  range: OperationRange,
  last: Pick<InvoiceRecord, 'operationId'> | undefined,
  limit: number,
): Promise<InvoiceRead[]> {
  const query = byOperation(reader, 'invoice_records', range, last, limit);
  const rows: Row[] = await query.select(INVOICE_COLUMNS);
  return rows.map((row) => ({
    ...invoiceFromRow(row),
    torn: isTorn([row.currency, row.cost_units, row.cost_nanos]),
  }));
}

/** The operations of a range that have notes. */
export async function listNotedOperations(
  reader: Reader,
  range: OperationRange,
  last: { readonly operationId: bigint } | undefined,
  limit: number,
): Promise<{ operationId: bigint }[]> {
  const query = byOperation(reader, 'operation_notes', range, last, limit);
  const rows: Row[] = await query.select('operation_id');
  return rows.map((row) => ({ operationId: row.operation_id as bigint }));
}

/** The changes that these operations made. */
export async function findChanges(
  reader: Reader,
  operationIds: readonly bigint[],
): Promise<ChangeRead[]> {
  if (operationIds.length === 0) return [];
  const rows: Row[] = await reader('ledger_account_changes')
    .whereIn('operation_id', operationIds.map(sqlValue))
    .orderBy('account_id')
    .orderBy('version')
    .select('account_id', 'version', 'operation_id', 'floor', 'state', 'create_time');
  return rows.map((row) => ({
    operationId: row.operation_id as bigint,
    accountId: row.account_id as bigint,
    version: row.version as bigint,
    floor: row.floor as bigint | null,
    state: row.state as LedgerAccountState,
    createTime: Number(row.create_time),
  }));
}

function byOperation(
  reader: Reader,
  table: string,
  range: OperationRange,
  last: { readonly operationId: bigint } | undefined,
  limit: number,
) {
  const query = reader(table).orderBy('operation_id').limit(limit);
  const after = last ? last.operationId : range.after;
  if (after !== null) query.where('operation_id', '>', sqlValue(after));
  if (range.upTo !== null) query.where('operation_id', '<=', sqlValue(range.upTo));
  if (range.ids) query.whereIn('operation_id', range.ids.map(sqlValue));
  return query;
}

function isTorn(values: readonly unknown[]): boolean {
  const set = values.filter((value) => value !== null).length;
  return set !== 0 && set !== values.length;
}
