import type { InvoiceRecord, LedgerEntry, TransferRecord } from '../model/ledger.js';
import type { Row } from './batch-transaction.js';
import {
  ENTRY_COLUMNS,
  entryFromRow,
  INVOICE_COLUMNS,
  invoiceFromRow,
  TRANSFER_COLUMNS,
  transferFromRow,
} from './ledger-rows.js';
import { sqlValue } from './sql-values.js';
import type { Reader } from './transaction.js';

/** A side of a transfer record. */
export type TransferSide = 'payer' | 'payee';

/** A side of an invoice record. */
export type InvoiceSide = 'seller' | 'buyer';

/** A transfer record with what is kept beside it: the balances that its entry left, and its notes. */
export type StoredTransfer = {
  readonly record: TransferRecord;
  readonly payerBalance: bigint;
  readonly payeeBalance: bigint;
  readonly notes: string;
  /** The sides on which the record was taken off its sheet. */
  readonly unlinked: readonly TransferSide[];
};

/** An invoice record with its notes. */
export type StoredInvoice = {
  readonly record: InvoiceRecord;
  readonly notes: string;
  readonly unlinked: readonly InvoiceSide[];
};

/** The transfer record that an operation wrote. */
export async function findTransfer(
  reader: Reader,
  operationId: bigint,
): Promise<StoredTransfer | undefined> {
  const row = await transfers(reader).where('r.operation_id', sqlValue(operationId)).first();
  return row && storedTransfer(row);
}

/** The invoice record that an operation wrote. */
export async function findInvoice(
  reader: Reader,
  operationId: bigint,
): Promise<StoredInvoice | undefined> {
  const row = await invoices(reader).where('r.operation_id', sqlValue(operationId)).first();
  return row && storedInvoice(row);
}

/**
 * The transfer records on a sheet, newest first, from below `beforeVersion` of the owner's ledger account; those taken off the
 * sheet are left out.
 */
export async function listTransfers(
  reader: Reader,
  page: { sheetId: bigint; beforeVersion: bigint | null; limit: number },
): Promise<{ side: TransferSide; version: bigint; stored: StoredTransfer }[]> {
  const sides = ['payer', 'payee'] as const;
  const pages = await Promise.all(
    sides.map(async (side) => {
      const rows: Row[] = await sheetPage(transfers(reader), side, page);
      return rows.map((row) => ({
        side,
        version: row[`${side}_version`] as bigint,
        stored: storedTransfer(row),
      }));
    }),
  );
  return newestFirst(pages.flat(), page.limit);
}

/** As {@link listTransfers}, for invoice records. */
export async function listInvoices(
  reader: Reader,
  page: { sheetId: bigint; beforeVersion: bigint | null; limit: number },
): Promise<{ side: InvoiceSide; version: bigint; stored: StoredInvoice }[]> {
  const sides = ['seller', 'buyer'] as const;
  const pages = await Promise.all(
    sides.map(async (side) => {
      const rows: Row[] = await sheetPage(invoices(reader), side, page);
      return rows.map((row) => ({
        side,
        version: row[`${side}_version`] as bigint,
        stored: storedInvoice(row),
      }));
    }),
  );
  return newestFirst(pages.flat(), page.limit);
}

/** The ledger entries of an account, newest first, from below `beforeVersion`. */
export async function listEntries(
  reader: Reader,
  page: { accountId: bigint; beforeVersion: bigint | null; limit: number },
): Promise<(LedgerEntry & { createTime: number })[]> {
  const pages = await Promise.all(
    (['debit', 'credit'] as const).map(async (side) => {
      const query = reader('ledger_entries')
        .where(`${side}_account_id`, sqlValue(page.accountId))
        .orderBy(`${side}_version`, 'desc')
        .limit(page.limit)
        .select(ENTRY_COLUMNS);
      if (page.beforeVersion !== null)
        query.where(`${side}_version`, '<', sqlValue(page.beforeVersion));
      const rows: Row[] = await query;
      return rows.map((row) => ({
        version: row[`${side}_version`] as bigint,
        entry: entryFromRow(row),
      }));
    }),
  );
  return newestFirst(pages.flat(), page.limit).map(({ entry }) => entry);
}

function transfers(reader: Reader) {
  return reader('transfer_records as r')
    .join('ledger_entries as e', (on) =>
      on.on('e.operation_id', 'r.operation_id').andOnVal('e.leg', 0),
    )
    .leftJoin('operation_notes as n', 'n.operation_id', 'r.operation_id')
    .select(
      ...TRANSFER_COLUMNS.map((column) => `r.${column}`),
      'r.payer_unlink_time',
      'r.payee_unlink_time',
      'e.debit_balance',
      'e.credit_balance',
      'n.notes',
    );
}

function invoices(reader: Reader) {
  return reader('invoice_records as r')
    .leftJoin('operation_notes as n', 'n.operation_id', 'r.operation_id')
    .select(
      ...INVOICE_COLUMNS.map((column) => `r.${column}`),
      'r.seller_unlink_time',
      'r.buyer_unlink_time',
      'n.notes',
    );
}

type Query = ReturnType<typeof transfers> | ReturnType<typeof invoices>;

function sheetPage(
  query: Query,
  side: TransferSide | InvoiceSide,
  page: { sheetId: bigint; beforeVersion: bigint | null; limit: number },
): Query {
  const { sheetId, beforeVersion, limit } = page;
  query.where(`r.${side}_sheet_id`, sqlValue(sheetId)).whereNull(`r.${side}_unlink_time`);
  if (beforeVersion !== null) query.where(`r.${side}_version`, '<', sqlValue(beforeVersion));
  return query.orderBy(`r.${side}_version`, 'desc').limit(limit);
}

function newestFirst<T extends { version: bigint }>(rows: T[], limit: number): T[] {
  return rows.sort((a, b) => (a.version > b.version ? -1 : 1)).slice(0, limit);
}

function storedTransfer(row: Row): StoredTransfer {
  return {
    record: transferFromRow(row),
    payerBalance: row.debit_balance as bigint,
    payeeBalance: row.credit_balance as bigint,
    notes: (row.notes as string | null) ?? '',
    unlinked: unlinkedSides(row, ['payer', 'payee']),
  };
}

function storedInvoice(row: Row): StoredInvoice {
  return {
    record: invoiceFromRow(row),
    notes: (row.notes as string | null) ?? '',
    unlinked: unlinkedSides(row, ['seller', 'buyer']),
  };
}

function unlinkedSides<S extends string>(row: Row, sides: readonly S[]): S[] {
  return sides.filter((side) => row[`${side}_unlink_time`] !== null);
}
