import { createIndexIfMissing, createTableIfMissing, type Migration } from './schema.js';

/** Passwords that were, one-time passwords, and from where an account was logged in to. Owners are users and masters: ids never meet. */
export const accountSecurity: Migration = {
  name: '0012_account_security',
  async up(knex) {
    await createTableIfMissing(knex, 'password_archive', (columns) => {
      columns.id();
      columns.bigint('owner_id');
      columns.text('password_hash', 255);
      columns.time('create_time');
    });
    await createIndexIfMissing(knex, 'password_archive', ['owner_id', 'create_time', 'id']);
    await createTableIfMissing(knex, 'totp_secrets', (columns) => {
      columns.id('user_id');
      // Which configured key encrypted it.
      columns.text('key_id', 32);
      columns.varbinary('secret', 128);
      // Null until a code has proved that the authenticator has it.
      columns.time('confirm_time').nullable();
      // The newest step of which a code was accepted: neither it nor an older one is again.
      columns.bigint('last_step');
      columns.time('create_time');
      columns.time('update_time');
    });
    await createTableIfMissing(knex, 'recovery_codes', (columns) => {
      columns.bigint('user_id');
      columns.binary('code_hash', 32);
      columns.time('create_time');
      columns.table.primary(['user_id', 'code_hash']);
    });
    await createTableIfMissing(knex, 'known_sources', (columns) => {
      // Keyed hash of account and network together: nothing can be read from it.
      columns.binary('subject_hash', 32).primary();
      columns.time('expire_time');
    });
    await createIndexIfMissing(knex, 'known_sources', ['expire_time']);
  },
};
