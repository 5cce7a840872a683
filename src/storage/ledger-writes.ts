import type { AppliedChange, InvoiceRecord, LedgerEntry, TransferRecord } from '../model/ledger.js';
import { auditStatements } from './audit-events.js';
import type { Statement, Value } from './batch-transaction.js';
import { clockStatements } from './clock-rows.js';
import { closingStatements } from './closing-writes.js';
import type { StoredOperation } from './ledger.js';
import {
  ENTRY_COLUMNS,
  INVOICE_COLUMNS,
  OPERATION_COLUMNS,
  TRANSFER_COLUMNS,
} from './ledger-rows.js';
import { standingStatements } from './standing-writes.js';
import { insertStatements } from './statements.js';

const CHANGE_COLUMNS = ['account_id', 'version', 'operation_id', 'floor', 'state', 'create_time'];

/** The statements that write operations and all that belongs to them, each table's rows sorted by key. */
export function operationStatements(operations: readonly StoredOperation[]): Statement[] {
  const sorted = [...operations].sort((a, b) => (a.operation.id < b.operation.id ? -1 : 1));
  const rowsOf = <T>(pick: (stored: StoredOperation) => T[]): T[] => sorted.flatMap(pick);
  return [
    ...insertStatements('operations', [...OPERATION_COLUMNS, 'digest'], sorted.map(operationRow)),
    ...insertStatements('ledger_entries', ENTRY_COLUMNS, rowsOf(entryRows)),
    ...insertStatements('ledger_account_changes', CHANGE_COLUMNS, changeRows(sorted)),
    ...insertStatements(
      'transfer_records',
      TRANSFER_COLUMNS,
      rowsOf(({ transfer }) => (transfer ? [transferRow(transfer)] : [])),
    ),
    ...insertStatements(
      'invoice_records',
      INVOICE_COLUMNS,
      rowsOf(({ invoice }) => (invoice ? [invoiceRow(invoice)] : [])),
    ),
    ...clockStatements(sorted),
    ...insertStatements('operation_notes', ['operation_id', 'notes'], rowsOf(noteRows)),
    // In the order of their decisions: of two in one batch the later one counts, as it does for the pool's floor.
    ...operations.flatMap(termsStatements),
    ...operations.flatMap(standingStatements),
    ...operations.flatMap(closingStatements),
    ...operations.flatMap(({ operation, audit }) =>
      audit && !operation.refusal ? auditStatements(audit) : [],
    ),
  ];
}

function operationRow({ operation, digest }: StoredOperation): Value[] {
  const { refusal, actor } = operation;
  return [
    operation.id,
    operation.scope,
    operation.requestId,
    operation.requestHash,
    operation.kind,
    operation.accountId,
    operation.credits,
    operation.balance,
    refusal?.code ?? null,
    refusal?.accountId ?? null,
    refusal?.balance ?? null,
    refusal?.amount ?? null,
    actor.userId,
    actor.sessionId,
    actor.keyId,
    operation.createTime,
    digest,
  ];
}

function entryRows({ operation, entries }: StoredOperation): Value[][] {
  return entries.map((entry: LedgerEntry) => [
    entry.operationId,
    entry.leg,
    entry.kind,
    entry.unit,
    entry.amount,
    entry.debit,
    entry.debitVersion,
    entry.debitBalance,
    entry.credit,
    entry.creditVersion,
    entry.creditBalance,
    operation.createTime,
  ]);
}

function changeRows(operations: readonly StoredOperation[]): Value[][] {
  const changes = operations.flatMap(({ operation, changes }) =>
    changes.map((change) => ({ ...change, createTime: operation.createTime })),
  );
  changes.sort((a, b) => order(a.accountId, b.accountId) || order(a.version, b.version));
  return changes.map((change: AppliedChange & { createTime: number }) => [
    change.accountId,
    change.version,
    change.operationId,
    change.floor,
    change.state,
    change.createTime,
  ]);
}

function transferRow(record: TransferRecord): Value[] {
  const { payer, payee } = record;
  return [
    record.operationId,
    record.kind,
    record.credits,
    record.payerMasterId,
    payer.userId,
    payer.walletId,
    payer.sheetId,
    record.payerVersion,
    payee.userId,
    payee.walletId,
    payee.sheetId,
    record.payeeVersion,
    record.createTime,
  ];
}

function invoiceRow(record: InvoiceRecord): Value[] {
  const { seller, buyer, cost } = record;
  return [
    record.operationId,
    record.credits,
    record.sellerMasterId,
    seller.userId,
    seller.walletId,
    seller.sheetId,
    record.sellerVersion,
    buyer.userId,
    buyer.walletId,
    buyer.sheetId,
    record.buyerVersion,
    cost?.currency ?? null,
    cost?.units ?? null,
    cost?.nanos ?? null,
    record.createTime,
  ];
}

/** Notes of an applied operation only: a refused one writes nothing but itself. */
function noteRows({ operation, notes }: StoredOperation): Value[][] {
  return notes && !operation.refusal ? [[operation.id, notes]] : [];
}

function termsStatements({ operation, terms }: StoredOperation): Statement[] {
  if (!terms || operation.refusal) return [];
  return [
    {
      sql: 'UPDATE masters SET funding = ?, credit_limit = ?, self_supply = ?, update_time = ? WHERE id = ?',
      bindings: [
        terms.funding,
        terms.creditLimit,
        terms.selfSupply ? 1 : 0,
        operation.createTime,
        terms.masterId,
      ],
    },
  ];
}

function order(a: bigint, b: bigint): number {
  return a < b ? -1 : Number(a > b);
}
