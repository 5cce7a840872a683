import type { Knex } from 'knex';

/** What may be bound to a statement. */
export type SqlValue = bigint | number | string | Buffer | null;

/**
 * Values for knex's `raw`, whose types leave out bigint. A query builder needs no such thing when it knows
 * its rows: `tx<{ id: bigint }>('accounts').where('id', '>=', 1n)`.
 */
export function sqlValues(values: readonly SqlValue[]): Knex.RawBinding[] {
  return values as readonly unknown[] as Knex.RawBinding[];
}

/** One value for a query builder that does not know its rows, as in joins. */
export function sqlValue(value: SqlValue): Knex.Value {
  return value as unknown as Knex.Value;
}
