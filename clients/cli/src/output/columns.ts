import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { UsageError } from '../errors/usage-error.js';

/** What a list shows of each thing, unless `--columns` says otherwise. Fields of other messages are all shown. */
const usualColumns: Record<string, string[]> = {
  Account: ['account_id', 'name', 'email', 'state', 'create_time'],
  AcquiredClientToken: ['client_token_id', 'session_id', 'create_time', 'expire_time'],
  AuditEvent: [
    'create_time',
    'kind',
    'outcome',
    'reason',
    'actor',
    'master_id',
    'account_id',
    'method',
  ],
  Cleaner: ['name', 'started', 'sweeping', 'interval', 'end_time', 'removed_count'],
  Clock: ['clock_id', 'reference', 'timer_state', 'remaining', 'runs_out_time', 'wallet_id'],
  ContactList: ['contact_list_id', 'reference', 'active', 'record_count', 'create_time'],
  ContactRecord: ['contact_record_id', 'reference', 'name', 'email', 'phone'],
  ConversionRecord: ['conversion_record_id', 'kind', 'credits', 'time', 'notes', 'create_time'],
  ConversionSheet: ['conversion_sheet_id', 'reference', 'active', 'clock_id', 'update_time'],
  Entry: [
    'version',
    'kind',
    'direction',
    'credits',
    'balance_credits',
    'create_time',
    'operation_id',
  ],
  InvoiceRecord: [
    'invoice_record_id',
    'direction',
    'credits',
    'cost_per_credit',
    'notes',
    'create_time',
  ],
  InvoiceSheet: ['invoice_sheet_id', 'reference', 'active', 'wallet_id', 'update_time'],
  IssueReport: ['issue_report_id', 'name', 'contact', 'master_id', 'create_time', 'close_time'],
  LedgerDifference: ['code', 'ledger_account', 'operation_id', 'description'],
  LoginRecord: ['login_record_id', 'session_id', 'source', 'create_time'],
  MasterKey: ['master_key_id', 'kind', 'label', 'create_time', 'revoke_time'],
  TimeRecord: ['time_record_id', 'start_time', 'stop_time', 'spent', 'paused', 'stop_reason'],
  TimeSheet: ['time_sheet_id', 'reference', 'active', 'clock_id', 'update_time'],
  TransferRecord: [
    'transfer_record_id',
    'kind',
    'direction',
    'credits',
    'balance_credits',
    'notes',
    'create_time',
  ],
  TransferSheet: ['transfer_sheet_id', 'reference', 'active', 'wallet_id', 'update_time'],
  Wallet: ['wallet_id', 'reference', 'balance_credits', 'active', 'create_time'],
  Worker: ['worker_id', 'instance_number', 'state', 'session_count', 'session_limit', 'state_time'],
};

/** The fields that a list of such messages shows. @throws UsageError for a column that there is not. */
export function columnsOf(message: DescMessage, wanted?: string): DescField[] {
  const names = wanted?.split(',').map((name) => name.trim().replaceAll('-', '_'));
  const shown = names ?? usualColumns[message.name] ?? message.fields.map(({ name }) => name);
  return shown.map((name) => {
    const field = message.fields.find((candidate) => candidate.name === name);
    if (field) return field;
    const all = message.fields.map((candidate) => candidate.name).join(', ');
    throw new UsageError(`--columns: there is no column "${name}". There are ${all}.`);
  });
}

/** A column's or value's title: the field's name in words. */
export function titleOf(field: DescField): string {
  return field.name.replaceAll('_', ' ');
}
