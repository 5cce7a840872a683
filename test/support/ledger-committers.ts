import BetterSqlite from 'better-sqlite3';
import type { CommitDeps } from '../../src/domain/ledger/commit-batch.js';
import { type Committer, createCommitter } from '../../src/domain/ledger/committer.js';
import type { Decision } from '../../src/model/ledger.js';
import type { Database } from '../../src/storage/database.js';
import { createFakeTime } from './fake-time.js';

/** What production takes at once, and a queue that no test fills by accident. */
export const LIMITS = { maxAccounts: 400, maxBytes: 4_000_000, maxQueue: 10_000 };

/** Makes a committer; `parts` go over what it stands on and its limits. */
export type CommitterMaker = (parts?: Partial<CommitDeps & typeof LIMITS>) => Committer;

/** Creates a committer on a database: fake time, no pauses between attempts. */
export function createCommitterOn(
  db: Database,
  parts: Partial<CommitDeps & typeof LIMITS> = {},
): Committer {
  const { maxAccounts, maxBytes, maxQueue, ...deps } = { ...LIMITS, ...parts };
  const limits = { maxAccounts, maxBytes, maxQueue };
  return createCommitter({ db, time: createFakeTime(), pause: async () => {}, ...deps }, limits);
}

/** How many decisions there are of each kind. */
export function countKinds(decisions: readonly Decision[]): Record<string, number> {
  const counted: Record<string, number> = {};
  for (const { kind } of decisions) counted[kind] = (counted[kind] ?? 0) + 1;
  return counted;
}

/** What became of each, without throwing: the kind of decision, or the error's reason or message. */
export async function outcomesOf(submitted: readonly Promise<Decision>[]): Promise<string[]> {
  const settled = await Promise.allSettled(submitted);
  return settled.map((result) => {
    if (result.status === 'fulfilled') return result.value.kind;
    return result.reason.reason ?? result.reason.message;
  });
}

/** Locks an account (on SQLite: the file) from a connection that is not the program's. */
export async function holdLock(
  db: Database,
  id: bigint,
): Promise<{ release: () => Promise<void> }> {
  if (db.engine === 'sqlite') {
    const other = new BetterSqlite(db.name);
    other.exec('BEGIN IMMEDIATE');
    return { release: async () => void other.close() };
  }
  const { knex, close } = db.openSingleConnection();
  const tx = await knex.transaction();
  await tx('ledger_accounts').where({ id }).forUpdate().select('id');
  async function release(): Promise<void> {
    await tx.rollback();
    await close();
  }
  return { release };
}
