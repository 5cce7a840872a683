import type { AuditEvent } from '../model/audit.js';
import type { ClockTimer } from '../model/clockwork.js';
import type {
  ClosingWrite,
  LedgerAccount,
  Operation,
  OperationWrites,
  StandingWrite,
} from '../model/ledger.js';
import type { MasterTerms } from '../model/master.js';
import { type Row, runBatchTransaction, type Statement } from './batch-transaction.js';
import { clockTimerFromRow, findTimers, updateClocks } from './clock-rows.js';
import { tell } from './commit-notices.js';
import type { Database } from './database.js';
import { accountFromRow, OPERATION_COLUMNS, operationFromRow } from './ledger-rows.js';
import { operationStatements } from './ledger-writes.js';
import { list } from './statements.js';

/** What a batch needs to know before it is decided. */
export type BatchKeys = {
  /** Ids of the accounts to lock. */
  readonly accountIds: readonly bigint[];
  /** Those of them that may be clocks. */
  readonly clockIds?: readonly bigint[];
  /** The request ids to look up, by scope. */
  readonly requests: readonly { readonly scope: bigint; readonly requestId: Buffer }[];
  /** The backend keys that drafts were sent with: none of them is revoked until the batch has ended. */
  readonly masterKeyIds: readonly bigint[];
};

/** The accounts, clocks and earlier operations that were found. */
export type BatchState = {
  readonly accounts: readonly LedgerAccount[];
  readonly operations: readonly Operation[];
  /** Those of the backend keys that are not revoked. */
  readonly workingKeyIds: ReadonlySet<bigint>;
  readonly clocks: readonly ClockTimer[];
};

/** What a decided batch writes. */
export type BatchWrites = {
  readonly operations: readonly StoredOperation[];
  readonly accounts: readonly LedgerAccount[];
  readonly clocks?: readonly ClockTimer[];
};

/** An operation with all that it writes, its digest, and what stands outside the book. */
export type StoredOperation = OperationWrites & {
  readonly digest: Buffer;
  readonly notes: string | undefined;
  readonly terms: ({ readonly masterId: bigint } & MasterTerms) | undefined;
  readonly standing?: StandingWrite | undefined;
  readonly closing?: ClosingWrite | undefined;
  readonly audit?: AuditEvent | undefined;
};

/**
 * Runs one batch of the ledger: locks its accounts once, in id order, then reads its request ids, lets `decide` choose, writes and
 * commits. See {@link runBatchTransaction} for what is thrown.
 */
export function runLedgerBatch<T>(
  db: Database,
  keys: BatchKeys,
  decide: (state: BatchState) => { writes: BatchWrites; result: T },
): Promise<T> {
  const keyReads = shareKeys(db, keys.masterKeyIds);
  const clockReads = keys.clockIds?.length ? [findTimers(keys.clockIds)] : [];
  const reads = [
    lockAccounts(db, keys.accountIds),
    findOperations(keys.requests),
    ...keyReads,
    ...clockReads,
  ];
  const committed = runBatchTransaction(
    db,
    reads,
    ([accounts = [], operations = [], ...others]) => {
      const masterKeys = keyReads.length > 0 ? (others[0] ?? []) : [];
      const clocks = clockReads.length > 0 ? (others.at(-1) ?? []) : [];
      const { writes, result } = decide({
        accounts: accounts.map(accountFromRow),
        operations: operations.map(operationFromRow),
        workingKeyIds: new Set(masterKeys.map(({ id }) => id as bigint)),
        clocks: clocks.map(clockTimerFromRow),
      });
      return { writes: statementsOf(db, writes), result };
    },
  );
  if (clockReads.length === 0) return committed;
  return committed.then((result) => {
    tell(db.knex, 'clocks');
    return result;
  });
}

function lockAccounts(db: Database, ids: readonly bigint[]): Statement {
  const sorted = [...new Set(ids)].sort((a, b) => (a < b ? -1 : 1));
  const lock = db.engine === 'mysql' ? ' FOR UPDATE' : '';
  return {
    sql: `SELECT id, kind, unit, master_id, balance, floor, state, version, refusals, update_time
FROM ledger_accounts WHERE id IN (${list(sorted.length)}) ORDER BY id${lock}`,
    bindings: sorted,
  };
}

/** Shared locks: batches do not wait for one another, a revocation waits for them and they for it. */
function shareKeys(db: Database, ids: readonly bigint[]): Statement[] {
  if (ids.length === 0) return [];
  const sorted = [...new Set(ids)].sort((a, b) => (a < b ? -1 : 1));
  const lock = db.engine === 'mysql' ? ' LOCK IN SHARE MODE' : '';
  return [
    {
      sql: `SELECT id FROM master_keys WHERE id IN (${list(sorted.length)}) AND revoke_time IS NULL${lock}`,
      bindings: sorted,
    },
  ];
}

function findOperations(requests: BatchKeys['requests']): Statement {
  const byScope = new Map<bigint, Buffer[]>();
  for (const { scope, requestId } of requests) {
    const ids = byScope.get(scope);
    if (ids) ids.push(requestId);
    else byScope.set(scope, [requestId]);
  }
  const conditions = [...byScope.values()].map(
    (ids) => `(scope_id = ? AND request_id IN (${list(ids.length)}))`,
  );
  return {
    sql: `SELECT ${OPERATION_COLUMNS.join(', ')} FROM operations WHERE ${conditions.join(' OR ')}`,
    bindings: [...byScope].flatMap(([scope, ids]) => [scope, ...ids]),
  };
}

function statementsOf(db: Database, writes: BatchWrites): Statement[] {
  const { operations, accounts, clocks = [] } = writes;
  if (operations.length === 0) return [];
  return [
    ...operationStatements(operations),
    ...updateAccounts(db, accounts),
    ...updateClocks(db, clocks),
  ];
}

const CHANGING = ['balance', 'floor', 'state', 'version', 'refusals', 'update_time'] as const;

/** One UPDATE for all accounts. The join starts from the new values, so that only their rows are touched. */
function updateAccounts(db: Database, accounts: readonly LedgerAccount[]): Statement[] {
  if (accounts.length === 0) return [];
  const sorted = [...accounts].sort((a, b) => (a.id < b.id ? -1 : 1));
  const columns = ['id', ...CHANGING];
  const bindings = sorted.flatMap((account) => [
    account.id,
    account.balance,
    account.floor,
    account.state,
    account.version,
    account.refusals,
    account.updateTime,
  ]);
  const placeholders = list(columns.length);
  if (db.engine === 'sqlite') {
    const sets = CHANGING.map((column) => `${column} = v.${column}`).join(', ');
    const sql = `WITH v (${columns.join(', ')}) AS (VALUES ${list(sorted.length, `(${placeholders})`)})
UPDATE ledger_accounts SET ${sets} FROM v WHERE ledger_accounts.id = v.id`;
    return [{ sql, bindings }];
  }
  const sets = CHANGING.map((column) => `a.${column} = v.${column}`).join(', ');
  const first = `SELECT ${columns.map((column) => `? AS ${column}`).join(', ')}`;
  const rest = Array.from({ length: sorted.length - 1 }, () => ` UNION ALL SELECT ${placeholders}`);
  const sql = `UPDATE (${first}${rest.join('')}) v STRAIGHT_JOIN ledger_accounts a ON a.id = v.id SET ${sets}`;
  return [{ sql, bindings }];
}

/** The stored outcome of a request id, or undefined when nothing was decided so far. Outside the locks: absence proves nothing. */
export async function findOperation(
  db: Database,
  scope: bigint,
  requestId: Buffer,
): Promise<Operation | undefined> {
  const row = await db
    .knex('operations')
    .where({ scope_id: scope, request_id: requestId })
    .first(...OPERATION_COLUMNS);
  return row ? operationFromRow(row as Row) : undefined;
}
