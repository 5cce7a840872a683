import { addColumnIfMissing, type Migration } from './schema.js';

/** Wallets and sheets that are unlinked: they stay, because ledger and records name them, but out of sight. */
export const unlinked: Migration = {
  name: '0018_unlinked',
  async up(knex) {
    for (const table of ['wallets', 'sheets']) {
      await addColumnIfMissing(knex, table, 'unlink_time', (columns) => {
        columns.time('unlink_time').nullable();
      });
    }
  },
};
