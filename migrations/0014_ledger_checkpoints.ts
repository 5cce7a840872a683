import { createIndexIfMissing, createTableIfMissing, type Migration } from './schema.js';

/**
 * What verification has proved, so that the next run may go on from there. Outside the book: nothing but verification reads it, and
 * all of it can be derived again.
 */
export const ledgerCheckpoints: Migration = {
  name: '0014_ledger_checkpoints',
  async up(knex) {
    // An account as it was when a clean run had folded it.
    await createTableIfMissing(knex, 'ledger_checkpoints', (columns) => {
      columns.id('account_id');
      columns.text('kind', 12);
      columns.text('unit', 12);
      columns.bigint('master_id').nullable();
      columns.bigint('balance');
      columns.bigint('floor').nullable();
      columns.text('state', 8);
      columns.bigint('version');
      columns.bigint('refusals');
      // How many of the refusals are of the update time's millisecond.
      columns.bigint('refusals_then');
      columns.time('create_time');
      columns.time('update_time');
      columns.binary('seal', 32);
    });
    // One row: how far clean runs have come.
    await createTableIfMissing(knex, 'ledger_checkpoint_marks', (columns) => {
      columns.id();
      columns.bigint('last_operation_id');
      columns.bigint('checkpoint_count');
      columns.binary('seal', 32);
    });
    // The refusals of an account since some time: its count of them says how many there have to be.
    await createIndexIfMissing(knex, 'operations', ['refusal_account_id', 'create_time']);
  },
};
