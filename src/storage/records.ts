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
import type { RecordReading } from './sheet-records.js';
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
};

/** An invoice record with its notes. */
export type StoredInvoice = {
  readonly record: InvoiceRecord;
  readonly notes: string;
};

/** How transfer records are read. */
export const transferReading: RecordReading<StoredTransfer, TransferSide> = {
  kind: 'TRANSFER',
  sides: ['payer', 'payee'],
  query: transfers,
  fromRow: storedTransfer,
};

/** How invoice records are read. */
export const invoiceReading: RecordReading<StoredInvoice, InvoiceSide> = {
  kind: 'INVOICE',
  sides: ['seller', 'buyer'],
  query: invoices,
  fromRow: storedInvoice,
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

function newestFirst<T extends { version: bigint }>(rows: T[], limit: number): T[] {
  return rows.sort((a, b) => (a.version > b.version ? -1 : 1)).slice(0, limit);
}

function storedTransfer(row: Row): StoredTransfer {
  return {
    record: transferFromRow(row),
    payerBalance: row.debit_balance as bigint,
    payeeBalance: row.credit_balance as bigint,
    notes: (row.notes as string | null) ?? '',
  };
}

function storedInvoice(row: Row): StoredInvoice {
  return {
    record: invoiceFromRow(row),
    notes: (row.notes as string | null) ?? '',
  };
}
