import {
  createIndexIfMissing,
  createTableIfMissing,
  insertIfMissing,
  type Migration,
} from './schema.js';

/**
 * Reports of client programs for the operator. What may tell about people is emptied when a report is closed, or its reporter removed. The
 * one row of `issue_report_counts` is what reporters wait for one another at: so the counts that limit them are exact.
 */
export const issueReports: Migration = {
  name: '0017_issue_reports',
  async up(knex) {
    await createTableIfMissing(knex, 'issue_reports', (columns) => {
      columns.id();
      columns.bigint('client_token_id').nullable();
      columns.bigint('master_id').nullable();
      columns.bigint('user_id').nullable();
      columns.text('name', 100);
      columns.text('contact', 254);
      // A JSON array of texts.
      columns.blob('details');
      columns.blob('log');
      // How long the log was.
      columns.bigint('log_size');
      columns.text('source', 64);
      // Keyed hash of the network that it came from, while it is open.
      columns.binary('source_hash', 32).nullable();
      columns.time('create_time');
      columns.time('update_time');
      columns.time('close_time').nullable();
    });
    await createIndexIfMissing(knex, 'issue_reports', ['create_time', 'id']);
    await createIndexIfMissing(knex, 'issue_reports', ['source_hash']);
    await createIndexIfMissing(knex, 'issue_reports', ['user_id']);
    await createIndexIfMissing(knex, 'issue_reports', ['master_id']);
    await createTableIfMissing(knex, 'issue_report_counts', (columns) => {
      columns.id();
      columns.bigint('open_count');
    });
    await insertIfMissing(knex, 'issue_report_counts', 'id', { id: 1, open_count: 0 });
  },
};
