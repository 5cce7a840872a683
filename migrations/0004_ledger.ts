import { allSystemAccounts } from '../src/model/system-accounts.js';
import { createTableIfMissing, insertIfMissing, type Migration } from './schema.js';

/** The book of record: accounts, their changes, entries, and operations with their request ids. */
export const ledger: Migration = {
  name: '0004_ledger',
  async up(knex) {
    await createTableIfMissing(knex, 'ledger_accounts', (columns) => {
      columns.id();
      columns.text('kind', 12);
      columns.text('unit', 12);
      columns.bigint('master_id').nullable();
      columns.bigint('balance');
      columns.bigint('floor').nullable();
      columns.text('state', 8);
      columns.bigint('version');
      columns.bigint('refusals');
      columns.time('create_time');
      columns.time('update_time');
    });
    await createTableIfMissing(knex, 'ledger_account_changes', (columns) => {
      columns.bigint('account_id');
      // 0 for the opening of the account, then numbers shared with its entries.
      columns.bigint('version');
      // 0 for the opening.
      columns.bigint('operation_id');
      columns.bigint('floor').nullable();
      columns.text('state', 8);
      columns.time('create_time');
      columns.table.primary(['account_id', 'version']);
    });
    await createTableIfMissing(knex, 'operations', (columns) => {
      columns.id();
      columns.bigint('scope_id');
      columns.binary('request_id', 16);
      columns.binary('request_hash', 32);
      columns.text('kind', 12);
      columns.bigint('account_id');
      columns.bigint('credits');
      columns.bigint('balance');
      columns.text('refusal', 20).nullable();
      columns.bigint('refusal_account_id').nullable();
      columns.bigint('refusal_balance').nullable();
      columns.bigint('refusal_amount').nullable();
      columns.bigint('user_id').nullable();
      columns.bigint('session_id').nullable();
      columns.bigint('key_id').nullable();
      columns.time('create_time');
      // SHA-256 of everything that the operation wrote, but for what may be erased or hidden.
      columns.binary('digest', 32);
      columns.table.unique(['scope_id', 'request_id']);
    });
    // An operation writes one row of each kind at most, so the rows carry the operation's id.
    await createTableIfMissing(knex, 'operation_notes', (columns) => {
      columns.id('operation_id');
      columns.text('notes', 280);
    });
    await createTableIfMissing(knex, 'ledger_entries', (columns) => {
      columns.bigint('operation_id');
      columns.bigint('leg');
      columns.text('kind', 12);
      columns.text('unit', 12);
      columns.bigint('amount');
      columns.bigint('debit_account_id');
      columns.bigint('debit_version');
      columns.bigint('debit_balance');
      columns.bigint('credit_account_id');
      columns.bigint('credit_version');
      columns.bigint('credit_balance');
      columns.time('create_time');
      columns.table.primary(['operation_id', 'leg']);
      columns.table.unique(['debit_account_id', 'debit_version']);
      columns.table.unique(['credit_account_id', 'credit_version']);
    });
    const createTime = 0;
    for (const { id, kind, unit } of allSystemAccounts()) {
      const opening = { floor: null, state: 'OPEN', create_time: createTime };
      await insertIfMissing(knex, 'ledger_account_changes', 'account_id', {
        account_id: Number(id),
        version: 0,
        operation_id: 0,
        ...opening,
      });
      await insertIfMissing(knex, 'ledger_accounts', 'id', {
        id: Number(id),
        kind,
        unit,
        master_id: null,
        balance: 0,
        version: 0,
        refusals: 0,
        update_time: createTime,
        ...opening,
      });
    }
  },
};
