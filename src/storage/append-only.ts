import type { Database } from './database.js';

/** The tables whose rows are never changed or deleted. */
const TABLES = ['ledger_entries', 'ledger_account_changes', 'audit_events'] as const;

/**
 * What the database would let pass: one sentence for each table that does not refuse UPDATE and DELETE by triggers. Empty when both
 * refuse. A MySQL user without the TRIGGER privilege sees no triggers and is told that there are none.
 */
export async function appendOnlyGaps(db: Database): Promise<string[]> {
  const names = await triggerNames(db);
  return TABLES.flatMap((table) => {
    const missing = ['update', 'delete'].filter((event) => !names.has(`${table}_no_${event}`));
    return missing.length === 0
      ? []
      : [
          `The database does not refuse ${missing.join(' and ').toUpperCase()} on ${table} by a trigger that this user can see: ` +
            'take the right from all users by grants.',
        ];
  });
}

async function triggerNames({ engine, knex }: Database): Promise<Set<string>> {
  const rows: { name: string }[] =
    engine === 'mysql'
      ? await knex('information_schema.triggers')
          .whereRaw('trigger_schema = database()')
          .select('trigger_name as name')
      : await knex('sqlite_master').where({ type: 'trigger' }).select('name');
  return new Set(rows.map(({ name }) => name));
}
