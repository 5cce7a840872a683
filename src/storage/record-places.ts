import type { SheetKind } from '../model/sheet.js';

/** Where a record says that it stands on a sheet. A record with two parties says so twice. */
export type RecordPlace = {
  /** The party of the record; empty where there is but one. */
  readonly side: string;
  readonly sheet: string;
  /** Version of the ledger account of the sheet's owner: the order on a sheet. */
  readonly version: string;
  /** When it was taken off the sheet. */
  readonly unlinkTime: string;
  readonly user: string;
};

function sideOf(side: string, version = `${side}_version`): RecordPlace {
  const prefix = side ? `${side}_` : '';
  return {
    side,
    sheet: `${prefix}sheet_id`,
    version,
    unlinkTime: `${prefix}unlink_time`,
    user: `${prefix}user_id`,
  };
}

/** The table of a kind of record, the column of the record's id, and its places on sheets. */
export type RecordTable = {
  readonly table: string;
  readonly id: 'operation_id' | 'id';
  readonly places: readonly RecordPlace[];
};

/** The tables of the kinds. Most records have the id of the operation that wrote them; time records that of the one that began the run. */
export const recordTables: Readonly<Record<SheetKind, RecordTable>> = {
  TRANSFER: ofOperation('transfer_records', sideOf('payer'), sideOf('payee')),
  INVOICE: ofOperation('invoice_records', sideOf('seller'), sideOf('buyer')),
  CONVERSION: ofOperation('conversion_records', sideOf('', 'clock_version')),
  TIME: { table: 'time_records', id: 'id', places: [sideOf('', 'clock_version')] },
};

function ofOperation(table: string, ...places: RecordPlace[]): RecordTable {
  return { table, id: 'operation_id', places };
}
