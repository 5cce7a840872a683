import { createTableIfMissing, insertIfMissing, type Migration } from './schema.js';

/**
 * Counters from which the process takes ids in blocks. `id` starts above the ids reserved for the
 * rows that every installation has; `instance` numbers the running servers.
 */
export const sequences: Migration = {
  name: '0001_sequences',
  async up(knex) {
    await createTableIfMissing(knex, 'sequences', (columns) => {
      columns.varbinary('name', 32).primary();
      columns.bigint('next_value');
    });
    const rows: [string, number][] = [
      ['id', 1001],
      ['instance', 1],
    ];
    for (const [name, nextValue] of rows) {
      await insertIfMissing(knex, 'sequences', 'name', {
        name: Buffer.from(name),
        next_value: nextValue,
      });
    }
  },
};
