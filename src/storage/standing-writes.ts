import type { OperationKind, StandingWrite } from '../model/ledger.js';
import type { Statement } from './batch-transaction.js';
import type { StoredOperation } from './ledger.js';

/** What each kind writes: the columns, and how often the time of the operation is bound in them. */
const SETS: Partial<Record<OperationKind, { readonly sql: string; readonly times: number }>> = {
  FREEZE: { sql: 'frozen_time = COALESCE(frozen_time, ?)', times: 1 },
  UNFREEZE: { sql: 'frozen_time = NULL', times: 0 },
  UNLINK: { sql: 'unlink_time = COALESCE(unlink_time, ?)', times: 1 },
  RECOVER: { sql: 'unlink_time = NULL', times: 0 },
  REMOVE: { sql: 'remove_time = COALESCE(remove_time, ?)', times: 1 },
};

const TABLES: Record<StandingWrite['of'], string> = { MASTER: 'masters', USER: 'users' };

/**
 * The statement that keeps the row of a master or user in step with the states of its accounts. Who is removed stays removed. The
 * version of a master's standing says that its users' accounts have to follow: see `settleStanding`.
 */
export function standingStatements({ operation, standing }: StoredOperation): Statement[] {
  const set = SETS[operation.kind];
  if (!standing || !set || operation.refusal) return [];
  const { createTime } = operation;
  // Only who is marked for removal is removed, also when there is no account that would say so.
  const marked = operation.kind === 'REMOVE' ? ' AND unlink_time IS NOT NULL' : '';
  const version = standing.of === 'MASTER' ? ', standing_version = standing_version + 1' : '';
  return [
    {
      sql: `UPDATE ${TABLES[standing.of]} SET ${set.sql}${version}, update_time = ? WHERE id = ? AND remove_time IS NULL${marked}`,
      bindings: [...Array.from({ length: set.times }, () => createTime), createTime, standing.id],
    },
  ];
}
