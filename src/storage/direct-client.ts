import type { Knex } from 'knex';
import type { Value } from './batch-transaction.js';

/** The part of knex's client that is used without knex around it: a connection of the pool and a statement on it. */
export type DirectClient = Knex.Client & {
  query(
    connection: unknown,
    query: { sql: string; bindings: readonly Value[]; method: 'raw' },
  ): Promise<{ response: unknown }>;
};
