import { createTableIfMissing, insertIfMissing, isMysql, type Migration } from './schema.js';

/**
 * The log of changes of workers, which watchers follow. `worker_log` is its one counter row: a transaction takes its positions
 * there last, so that positions are in commit order and without gaps. The epoch tells one log from another: positions of a log
 * that was lost mean nothing in the next.
 */
export const workerChanges: Migration = {
  name: '0008_worker_changes',
  async up(knex) {
    await createTableIfMissing(knex, 'worker_log', (columns) => {
      columns.id();
      columns.binary('epoch', 16);
      columns.bigint('last_position');
    });
    if (!(await knex.schema.hasTable('worker_changes'))) {
      // The changes are gone, or were never there: what is counted from now on is another log.
      await knex('worker_log').del();
    }
    await createTableIfMissing(knex, 'worker_changes', (columns) => {
      columns.id('position');
      columns.bigint('worker_id');
      // The whole worker as it became; null when it was removed.
      columns.bigint('instance_number').nullable();
      columns.bigint('session_limit').nullable();
      columns.bigint('session_count').nullable();
      columns.time('create_time').nullable();
      columns.time('update_time').nullable();
      columns.time('state_time').nullable();
    });
    const epoch = isMysql(knex)
      ? knex.raw("UNHEX(REPLACE(UUID(), '-', ''))")
      : knex.raw('randomblob(16)');
    await insertIfMissing(knex, 'worker_log', 'id', { id: 1, epoch, last_position: 0 });
  },
};
