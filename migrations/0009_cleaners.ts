import { createTableIfMissing, insertIfMissing, type Migration } from './schema.js';

/**
 * One row per cleaner, shared by all servers: whether the operator lets it sweep, and the lease of the sweep that runs.
 * `holder` is a number of that sweep that no other has.
 */
export const cleaners: Migration = {
  name: '0009_cleaners',
  async up(knex) {
    await createTableIfMissing(knex, 'cleaners', (columns) => {
      columns.varbinary('name', 32).primary();
      columns.bigint('started');
      columns.bigint('holder').nullable();
      columns.time('lease_expire_time');
      columns.time('sweep_time').nullable();
      columns.time('end_time').nullable();
      columns.bigint('removed_count');
    });
    for (const name of ['sessions', 'client_tokens', 'session_tokens', 'workers']) {
      await insertIfMissing(knex, 'cleaners', 'name', {
        name: Buffer.from(name),
        started: 1,
        lease_expire_time: 0,
        removed_count: 0,
      });
    }
  },
};
