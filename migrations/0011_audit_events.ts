import {
  createAppendOnlyTriggers,
  createIndexIfMissing,
  createTableIfMissing,
  type Migration,
} from './schema.js';

/**
 * What was done that matters to security. The events name people by id only and are never changed or deleted; what could tell who
 * somebody is stands in `audit_details`, whose rows can be erased.
 */
export const auditEvents: Migration = {
  name: '0011_audit_events',
  async up(knex) {
    await createTableIfMissing(knex, 'audit_events', (columns) => {
      columns.id();
      columns.time('create_time');
      columns.text('kind', 40);
      columns.text('outcome', 10);
      // Why it was refused; empty when it was done.
      columns.text('reason', 63);
      columns.text('actor', 10);
      columns.bigint('actor_user_id').nullable();
      columns.bigint('actor_key_id').nullable();
      columns.bigint('session_id').nullable();
      columns.bigint('client_token_id').nullable();
      columns.bigint('master_id').nullable();
      columns.bigint('user_id').nullable();
      columns.bigint('subject_id').nullable();
      columns.text('method', 100);
    });
    await createIndexIfMissing(knex, 'audit_events', ['create_time', 'id']);
    await createIndexIfMissing(knex, 'audit_events', ['master_id', 'create_time', 'id']);
    await createIndexIfMissing(knex, 'audit_events', ['user_id', 'create_time', 'id']);
    await createIndexIfMissing(knex, 'audit_events', ['kind', 'create_time', 'id']);
    await createTableIfMissing(knex, 'audit_details', (columns) => {
      columns.id('event_id');
      columns.bigint('master_id').nullable();
      columns.bigint('user_id').nullable();
      columns.text('source', 100);
      // Keyed, so that nobody can try addresses against it without the key.
      columns.binary('email_hash', 32).nullable();
    });
    await createIndexIfMissing(knex, 'audit_details', ['master_id']);
    await createIndexIfMissing(knex, 'audit_details', ['user_id']);
    await createIndexIfMissing(knex, 'audit_details', ['email_hash']);
    await createAppendOnlyTriggers(knex, 'audit_events');
  },
};
