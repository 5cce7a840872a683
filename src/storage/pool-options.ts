import type { Knex } from 'knex';

/** What every pool needs to know. */
export type PoolOptions = {
  /** Longest wait for a free connection. */
  acquireTimeoutMs: number;
  log: Knex.Logger;
};
