import { createIndexIfMissing, createTableIfMissing, type Migration } from './schema.js';

/** Client tokens, session tokens and sessions. Tokens are kept as SHA-256 hashes only. */
export const sessions: Migration = {
  name: '0002_sessions',
  async up(knex) {
    await createTableIfMissing(knex, 'client_tokens', (columns) => {
      columns.id();
      columns.binary('token_hash', 32).unique();
      columns.bigint('acquired_master_id').nullable();
      columns.bigint('session_id').nullable();
      columns.time('create_time');
      columns.time('update_time');
      columns.time('expire_time');
    });
    await createTableIfMissing(knex, 'session_tokens', (columns) => {
      columns.id();
      columns.binary('token_hash', 32).unique();
      columns.bigint('client_token_id');
      columns.bigint('session_id');
      columns.time('create_time');
      columns.time('update_time');
      columns.time('expire_time');
      // Set when the token was rotated away or its session ended.
      columns.time('end_time').nullable();
    });
    await createIndexIfMissing(knex, 'session_tokens', ['session_id']);
    await createTableIfMissing(knex, 'sessions', (columns) => {
      columns.id();
      columns.bigint('client_token_id').unique();
      columns.bigint('session_token_id');
      columns.bigint('active_user_id').nullable();
      columns.bigint('active_master_id').nullable();
      columns.time('create_time');
      columns.time('update_time');
      columns.time('expire_time');
    });
    await createTableIfMissing(knex, 'session_users', (columns) => {
      columns.bigint('session_id');
      columns.bigint('user_id');
      columns.time('login_time');
      columns.table.primary(['session_id', 'user_id']);
    });
    await createIndexIfMissing(knex, 'session_users', ['user_id']);
  },
};
