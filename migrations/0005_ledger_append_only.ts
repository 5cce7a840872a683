import { createAppendOnlyTriggers, type Migration } from './schema.js';

/**
 * Entries and account changes are never changed or deleted. Triggers say so where the engine allows them; where it does
 * not (a binlog without SUPER, engines without triggers) the service warns at start and in VerifyLedger.
 */
export const ledgerAppendOnly: Migration = {
  name: '0005_ledger_append_only',
  async up(knex) {
    await createAppendOnlyTriggers(knex, 'ledger_entries');
    await createAppendOnlyTriggers(knex, 'ledger_account_changes');
  },
};
