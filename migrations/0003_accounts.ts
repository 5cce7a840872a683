import { createIndexIfMissing, createTableIfMissing, type Migration } from './schema.js';

/** Masters, their keys, and their users. `…_key` columns hold the normalised form that is unique. */
export const accounts: Migration = {
  name: '0003_accounts',
  async up(knex) {
    await createTableIfMissing(knex, 'masters', (columns) => {
      columns.id();
      columns.text('name', 100);
      columns.varbinary('name_key', 512).unique();
      columns.text('email', 254);
      columns.varbinary('email_key', 1024).unique();
      columns.text('phone', 40);
      columns.text('alias', 100);
      columns.text('company', 200);
      columns.text('address', 500);
      columns.text('password_hash', 255);
      columns.bigint('subordinate_limit');
      columns.bigint('subordinate_count');
      columns.text('funding', 10);
      columns.bigint('credit_limit');
      columns.bigint('self_supply');
      columns.bigint('pool_account_id');
      columns.bigint('unclaimed_credit_account_id');
      columns.bigint('unclaimed_time_account_id');
      columns.time('frozen_time').nullable();
      columns.time('unlink_time').nullable();
      columns.time('create_time');
      columns.time('update_time');
    });
    await createTableIfMissing(knex, 'master_keys', (columns) => {
      columns.id();
      columns.bigint('master_id');
      columns.text('kind', 10);
      columns.binary('key_hash', 32).unique();
      columns.text('label', 100);
      columns.time('create_time');
      columns.time('update_time');
      columns.time('revoke_time').nullable();
    });
    await createIndexIfMissing(knex, 'master_keys', ['master_id', 'create_time', 'id']);
    await createTableIfMissing(knex, 'users', (columns) => {
      columns.id();
      columns.bigint('master_id');
      columns.text('name', 100);
      columns.varbinary('name_key', 512);
      columns.text('email', 254);
      columns.varbinary('email_key', 1024);
      columns.text('phone', 40);
      columns.text('alias', 100);
      columns.text('password_hash', 255);
      columns.bigint('active_wallet_id').nullable();
      columns.time('unlink_time').nullable();
      columns.time('create_time');
      columns.time('update_time');
    });
    await createIndexIfMissing(knex, 'users', ['master_id', 'name_key'], { unique: true });
    await createIndexIfMissing(knex, 'users', ['master_id', 'email_key'], { unique: true });
    await createIndexIfMissing(knex, 'users', ['master_id', 'create_time', 'id']);
  },
};
