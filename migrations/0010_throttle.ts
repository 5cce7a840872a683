import { createIndexIfMissing, createTableIfMissing, type Migration } from './schema.js';

/** Attempts counted in fixed spans of time, by a hash of what is counted and for whom. */
export const throttle: Migration = {
  name: '0010_throttle',
  async up(knex) {
    await createTableIfMissing(knex, 'throttle_buckets', (columns) => {
      columns.binary('subject_hash', 32);
      columns.time('start_time');
      columns.bigint('attempt_count');
      columns.table.primary(['subject_hash', 'start_time']);
    });
    await createIndexIfMissing(knex, 'throttle_buckets', ['start_time']);
  },
};
