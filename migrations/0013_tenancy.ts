import {
  addColumnIfMissing,
  createIndexIfMissing,
  createTableIfMissing,
  insertIfMissing,
  type Migration,
} from './schema.js';

/**
 * The removal of masters and users, the states of their ledger accounts, and their logins and logouts. The row of a removed user is
 * deleted; that of a removed master stays without anything that tells who it was, because it owns ledger accounts.
 */
export const tenancy: Migration = {
  name: '0013_tenancy',
  async up(knex) {
    for (const table of ['masters', 'users']) {
      // When the accounts were closed: what tells who it was is about to go.
      await addColumnIfMissing(knex, table, 'remove_time', (columns) => {
        columns.time('remove_time').nullable();
      });
      await createIndexIfMissing(knex, table, ['unlink_time', 'id']);
    }
    // How often a master's standing changed, and up to which of these changes its users' accounts have followed.
    for (const name of ['standing_version', 'settled_version']) {
      await addColumnIfMissing(knex, 'masters', name, (columns) => {
        columns.bigint(name).defaultTo(0);
      });
    }
    await createIndexIfMissing(knex, 'ledger_accounts', ['master_id', 'id']);
    await createIndexIfMissing(knex, 'ledger_account_changes', ['operation_id']);
    await createIndexIfMissing(knex, 'sessions', ['active_master_id']);
    await createIndexIfMissing(knex, 'client_tokens', ['acquired_master_id', 'create_time', 'id']);
    await createTableIfMissing(knex, 'login_records', (columns) => {
      columns.id();
      // A user or a master: their ids are of one sequence.
      columns.bigint('subject_id');
      columns.text('act', 6);
      columns.bigint('session_id').nullable();
      columns.text('source', 64);
      columns.time('create_time');
    });
    await createIndexIfMissing(knex, 'login_records', ['subject_id', 'act', 'create_time', 'id']);
    for (const name of ['accounts', 'masters']) {
      await insertIfMissing(knex, 'cleaners', 'name', {
        name: Buffer.from(name),
        started: 1,
        lease_expire_time: 0,
        removed_count: 0,
      });
    }
  },
};
