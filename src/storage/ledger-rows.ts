import type {
  Cost,
  InvoiceRecord,
  LedgerAccount,
  LedgerEntry,
  Operation,
  RecordSide,
  Refusal,
  RefusalCode,
  TransferRecord,
} from '../model/ledger.js';
import type { Row } from './batch-transaction.js';

/** Columns of `operations` but for the digest, in the order in which rows are written. */
export const OPERATION_COLUMNS = [
  'id',
  'scope_id',
  'request_id',
  'request_hash',
  'kind',
  'account_id',
  'credits',
  'balance',
  'refusal',
  'refusal_account_id',
  'refusal_balance',
  'refusal_amount',
  'user_id',
  'session_id',
  'key_id',
  'create_time',
] as const;

/** Columns of `ledger_entries`. */
export const ENTRY_COLUMNS = [
  'operation_id',
  'leg',
  'kind',
  'unit',
  'amount',
  'debit_account_id',
  'debit_version',
  'debit_balance',
  'credit_account_id',
  'credit_version',
  'credit_balance',
  'create_time',
] as const;

/** Columns of `transfer_records` but for the marks that hide it. */
export const TRANSFER_COLUMNS = [
  'operation_id',
  'kind',
  'credits',
  'payer_master_id',
  'payer_user_id',
  'payer_wallet_id',
  'payer_sheet_id',
  'payer_version',
  'payee_user_id',
  'payee_wallet_id',
  'payee_sheet_id',
  'payee_version',
  'create_time',
] as const;

/** Columns of `invoice_records` but for the marks that hide it. */
export const INVOICE_COLUMNS = [
  'operation_id',
  'credits',
  'seller_master_id',
  'seller_user_id',
  'seller_wallet_id',
  'seller_sheet_id',
  'seller_version',
  'buyer_user_id',
  'buyer_wallet_id',
  'buyer_sheet_id',
  'buyer_version',
  'currency',
  'cost_units',
  'cost_nanos',
  'create_time',
] as const;

/** A row of `ledger_accounts`. */
export function accountFromRow(row: Row): LedgerAccount {
  return {
    id: row.id as bigint,
    kind: row.kind as LedgerAccount['kind'],
    unit: row.unit as LedgerAccount['unit'],
    masterId: row.master_id as bigint | null,
    balance: row.balance as bigint,
    floor: row.floor as bigint | null,
    state: row.state as LedgerAccount['state'],
    version: row.version as bigint,
    refusals: row.refusals as bigint,
    updateTime: Number(row.update_time),
  };
}

/** A row of `operations`. */
export function operationFromRow(row: Row): Operation {
  return {
    id: row.id as bigint,
    kind: row.kind as Operation['kind'],
    scope: row.scope_id as bigint,
    requestId: row.request_id as Buffer,
    requestHash: row.request_hash as Buffer,
    accountId: row.account_id as bigint,
    credits: row.credits as bigint,
    balance: row.balance as bigint,
    refusal: refusalFromRow(row),
    actor: {
      userId: row.user_id as bigint | null,
      sessionId: row.session_id as bigint | null,
      keyId: row.key_id as bigint | null,
    },
    createTime: Number(row.create_time),
  };
}

function refusalFromRow(row: Row): Refusal | null {
  if (row.refusal === null) return null;
  return {
    code: row.refusal as RefusalCode,
    accountId: row.refusal_account_id as bigint,
    balance: row.refusal_balance as bigint,
    amount: row.refusal_amount as bigint,
  };
}

/** A row of `ledger_entries`. */
export function entryFromRow(row: Row): LedgerEntry & { createTime: number } {
  return {
    operationId: row.operation_id as bigint,
    leg: Number(row.leg),
    kind: row.kind as LedgerEntry['kind'],
    unit: row.unit as LedgerEntry['unit'],
    amount: row.amount as bigint,
    debit: row.debit_account_id as bigint,
    debitVersion: row.debit_version as bigint,
    debitBalance: row.debit_balance as bigint,
    credit: row.credit_account_id as bigint,
    creditVersion: row.credit_version as bigint,
    creditBalance: row.credit_balance as bigint,
    createTime: Number(row.create_time),
  };
}

/** A row of `transfer_records`. */
export function transferFromRow(row: Row): TransferRecord {
  return {
    operationId: row.operation_id as bigint,
    kind: row.kind as TransferRecord['kind'],
    credits: row.credits as bigint,
    payerMasterId: row.payer_master_id as bigint | null,
    payer: sideFromRow(row, 'payer'),
    payerVersion: row.payer_version as bigint,
    payee: sideFromRow(row, 'payee'),
    payeeVersion: row.payee_version as bigint,
    createTime: Number(row.create_time),
  };
}

/** A row of `invoice_records`. */
export function invoiceFromRow(row: Row): InvoiceRecord {
  return {
    operationId: row.operation_id as bigint,
    credits: row.credits as bigint,
    sellerMasterId: row.seller_master_id as bigint | null,
    seller: sideFromRow(row, 'seller'),
    sellerVersion: row.seller_version as bigint,
    buyer: sideFromRow(row, 'buyer'),
    buyerVersion: row.buyer_version as bigint,
    cost: costFromRow(row),
    createTime: Number(row.create_time),
  };
}

function sideFromRow(row: Row, side: string): RecordSide {
  return {
    userId: row[`${side}_user_id`] as bigint | null,
    walletId: row[`${side}_wallet_id`] as bigint | null,
    sheetId: row[`${side}_sheet_id`] as bigint | null,
  };
}

function costFromRow(row: Row): Cost | null {
  if (row.currency === null) return null;
  return {
    currency: row.currency as string,
    units: row.cost_units as bigint,
    nanos: Number(row.cost_nanos),
  };
}
