import type { PoolConnection } from 'mysql2/promise';
import { digestOf } from '../../src/domain/ledger/digest.js';
import { evaluate } from '../../src/domain/ledger/evaluate.js';
import type { Operation, OperationDraft } from '../../src/model/ledger.js';
import type { Row, Statement, Value } from '../../src/storage/batch-transaction.js';
import { accountFromRow } from '../../src/storage/ledger-rows.js';
import { operationStatements } from '../../src/storage/ledger-writes.js';
import { withPlaceholders } from '../../src/storage/statements.js';

const LOCK = `SELECT id, kind, unit, master_id, balance, floor, state, version, refusals, update_time
FROM ledger_accounts WHERE id IN (?, ?) ORDER BY id FOR UPDATE`;
const FIND = 'SELECT id FROM operations WHERE scope_id = ? AND request_id = ?';
const UPDATE = 'UPDATE ledger_accounts SET balance = ?, version = ?, update_time = ? WHERE id = ?';

/**
 * One payment in one transaction, a statement at a time: locks both accounts in order, looks the request id up, decides
 * with the service's own rules, and writes what the service writes, row for row.
 */
export async function payInOneTransaction(
  connection: PoolConnection,
  draft: OperationDraft,
): Promise<Operation> {
  await connection.query('BEGIN');
  try {
    const operation = await pay(connection, draft);
    await connection.query('COMMIT');
    return operation;
  } catch (error) {
    await connection.query('ROLLBACK');
    throw error;
  }
}

async function pay(connection: PoolConnection, draft: OperationDraft): Promise<Operation> {
  const [movement] = draft.movements;
  if (!movement) throw new Error('A payment moves credits.');
  const accounts = await run(connection, LOCK, [movement.debit, movement.credit]);
  const earlier = await run(connection, FIND, [draft.scope, draft.requestId]);
  if (earlier.length > 0) throw new Error('The benchmark repeats no request id.');
  const { decisions, changed } = evaluate([draft], {
    accounts: new Map(accounts.map(accountFromRow).map((account) => [account.id, account])),
    decided: new Map(),
    now: Date.now(),
  });
  const [decision] = decisions;
  if (decision?.kind !== 'decided' || decision.operation.refusal) throw new Error('Refused.');
  const stored = { ...decision, digest: digestOf(decision), notes: draft.notes, terms: undefined };
  for (const statement of operationStatements([stored])) {
    const { sql, bindings } = withPlaceholders(statement);
    await run(connection, sql, bindings);
  }
  const sorted = [...changed.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  for (const { id, balance, version, updateTime } of sorted) {
    await run(connection, UPDATE, [balance, version, updateTime, id]);
  }
  return decision.operation;
}

async function run(
  connection: PoolConnection,
  sql: Statement['sql'],
  bindings: readonly Value[],
): Promise<Row[]> {
  const [rows] = await connection.query(sql, [...bindings]);
  return rows as Row[];
}
