import { sha256 } from '../../lib/hash.js';
import type { Timer } from '../../model/clock.js';
import type {
  ClockChange,
  ClockWrites,
  ConversionRecord,
  TimeRecord,
} from '../../model/clockwork.js';
import type {
  AppliedChange,
  InvoiceRecord,
  LedgerEntry,
  Operation,
  OperationWrites,
  TransferRecord,
} from '../../model/ledger.js';

/**
 * SHA-256 of everything that an operation wrote, 32 bytes. Stored with the operation, so that a later change of any column is
 * seen. Left out is what may change lawfully: notes (erased on demand) and the marks that hide a record from a sheet.
 *
 * Every value is written with its length, so that no two different operations give the same text.
 */
export function digestOf(writes: OperationWrites): Buffer {
  const { operation, entries, changes, transfer, invoice, clocks } = writes;
  let text = framed(operationValues(operation));
  for (const entry of entries) text += framed(entryValues(entry));
  if (changes.length > 0) text += changesText(changes);
  if (transfer) text += framed(transferValues(transfer));
  if (invoice) text += framed(invoiceValues(invoice));
  if (clocks) text += clockText(clocks);
  return sha256(text);
}

function changesText(changes: readonly AppliedChange[]): string {
  const sorted = [...changes].sort(byAccountAndVersion);
  return sorted.map((change) => framed(changeValues(change))).join('');
}

function clockText({ changes, records, conversion }: ClockWrites): string {
  let text = '';
  for (const change of [...changes].sort(byClock)) text += framed(clockValues(change));
  for (const record of [...records].sort(byClock)) text += framed(timeValues(record));
  if (conversion) text += framed(conversionValues(conversion));
  return text;
}

type Value = bigint | number | string | null;

function framed(values: readonly Value[]): string {
  let text = '';
  for (const value of values) {
    if (value === null) {
      text += '-;';
      continue;
    }
    const part = String(value);
    text += `${part.length}:${part};`;
  }
  return text;
}

function operationValues(operation: Operation): Value[] {
  const { refusal, actor } = operation;
  return [
    'operation',
    operation.id,
    operation.kind,
    operation.scope,
    operation.requestId.toString('hex'),
    operation.requestHash.toString('hex'),
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
  ];
}

function entryValues(entry: LedgerEntry): Value[] {
  return [
    'entry',
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
  ];
}

function changeValues(change: AppliedChange): Value[] {
  return ['change', change.accountId, change.version, change.floor, change.state];
}

function transferValues(record: TransferRecord): Value[] {
  const { payer, payee } = record;
  return [
    'transfer',
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
  ];
}

function invoiceValues(record: InvoiceRecord): Value[] {
  const { seller, buyer, cost } = record;
  return [
    'invoice',
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
  ];
}

function clockValues(change: ClockChange): Value[] {
  const { clockId, clockVersion, remaining, timer } = change;
  return ['clock', clockId, clockVersion, remaining, ...timerValues(timer)];
}

function timerValues(timer: Timer): Value[] {
  return [
    timer.state,
    timer.runId,
    timer.startTime,
    timer.resumeTime,
    timer.pauseTime,
    timer.spentMs,
    timer.pausedMs,
    timer.pauseCount,
    timer.timeSheetId,
    timer.runsOutTime,
    timer.lastRecordId,
    timer.lastStopReason,
  ];
}

function timeValues(record: TimeRecord): Value[] {
  return [
    'time',
    record.runId,
    record.clockId,
    record.clockVersion,
    record.userId,
    record.timeSheetId,
    record.startTime,
    record.stopTime,
    record.spentMs,
    record.pausedMs,
    record.pauseCount,
    record.stopReason,
  ];
}

function conversionValues(record: ConversionRecord): Value[] {
  return [
    'conversion',
    record.kind,
    record.userId,
    record.walletId,
    record.clockId,
    record.clockVersion,
    record.sheetId,
    record.credits,
    record.timeMs,
    record.msPerCredit,
  ];
}

function byAccountAndVersion(a: AppliedChange, b: AppliedChange): number {
  if (a.accountId !== b.accountId) return a.accountId < b.accountId ? -1 : 1;
  return a.version < b.version ? -1 : 1;
}

function byClock(a: { readonly clockId: bigint }, b: { readonly clockId: bigint }): number {
  return a.clockId < b.clockId ? -1 : Number(a.clockId > b.clockId);
}
