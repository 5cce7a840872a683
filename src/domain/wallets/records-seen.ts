import type { Decision, Operation } from '../../model/ledger.js';
import type { Database } from '../../storage/database.js';
import {
  findInvoice,
  findTransfer,
  type InvoiceSide,
  type StoredInvoice,
  type StoredTransfer,
  type TransferSide,
} from '../../storage/records.js';
import { read } from '../../storage/transaction.js';

/** A transfer record as one of its parties sees it. */
export type TransferSeen = { readonly side: TransferSide; readonly record: StoredTransfer };

/** An invoice record as one of its parties sees it. */
export type InvoiceSeen = { readonly side: InvoiceSide; readonly record: StoredInvoice };

/** What a caller is told of an operation on credits. */
export type MoneyOutcome = {
  readonly operation: Operation;
  /** True when the operation had been decided by an earlier request with the same id. */
  readonly replayed: boolean;
  readonly transfer: TransferSeen | null;
  readonly invoice: InvoiceSeen | null;
};

/** The sides from which the one who asked sees what it wrote: a supply is received, everything else is paid. */
function sidesOf(operation: Operation): { transfer: TransferSide; invoice: InvoiceSide } {
  const transfer = operation.kind === 'SUPPLY' ? 'payee' : 'payer';
  return { transfer, invoice: 'buyer' };
}

/** The records of a decision: from the decision itself when it was made now, else from the database. */
export async function recordsOf(
  db: Database,
  decision: Decision,
  notes: string,
): Promise<Pick<MoneyOutcome, 'transfer' | 'invoice'>> {
  if (decision.kind !== 'decided') return storedRecordsOf(db, decision.operation);
  const { operation, transfer, invoice, entries } = decision;
  const sides = sidesOf(operation);
  const entry = entries[0];
  const seenTransfer = transfer &&
    entry && {
      side: sides.transfer,
      record: {
        record: transfer,
        payerBalance: entry.debitBalance,
        payeeBalance: entry.creditBalance,
        notes,
      },
    };
  const seenInvoice = invoice && {
    side: sides.invoice,
    record: { record: invoice, notes },
  };
  return { transfer: seenTransfer ?? null, invoice: seenInvoice };
}

/** The records that an operation wrote, as the one who asked for it sees them. */
export async function storedRecordsOf(
  db: Database,
  operation: Operation,
): Promise<Pick<MoneyOutcome, 'transfer' | 'invoice'>> {
  if (operation.refusal) return { transfer: null, invoice: null };
  const sides = sidesOf(operation);
  const [transfer, invoice] = await read(db, (reader) =>
    Promise.all([findTransfer(reader, operation.id), findInvoice(reader, operation.id)]),
  );
  return {
    transfer: transfer ? { side: sides.transfer, record: transfer } : null,
    invoice: invoice ? { side: sides.invoice, record: invoice } : null,
  };
}
