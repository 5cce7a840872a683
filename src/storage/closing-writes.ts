import type { ClockClosing, WalletClosing } from '../model/ledger.js';
import type { Statement } from './batch-transaction.js';
import type { StoredOperation } from './ledger.js';
import { list } from './statements.js';

/** The statements that hide what belongs to the accounts that an operation of their owner has closed. */
export function closingStatements({ operation, closing }: StoredOperation): Statement[] {
  if (!closing || operation.refusal) return [];
  const { createTime } = operation;
  return closing.of === 'CLOCK'
    ? clockStatements(closing, createTime)
    : walletStatements(closing, createTime);
}

/**
 * Hides a clock with its sheets, and makes another clock of its wallet the active one, the oldest, or none. The wallet's row comes first:
 * whoever changes which clock is active holds it.
 */
function clockStatements({ id, walletId }: ClockClosing, now: number): Statement[] {
  return [
    { sql: 'UPDATE wallets SET update_time = ? WHERE id = ?', bindings: [now, walletId] },
    hide('sheets', 'owner_id', [id], now),
    hide('clocks', 'id', [id], now),
    {
      sql: `UPDATE wallets SET active_clock_id = (
  SELECT c.id FROM clocks c WHERE c.wallet_id = ? AND c.unlink_time IS NULL ORDER BY c.create_time, c.id LIMIT 1
) WHERE id = ? AND active_clock_id = ?`,
      bindings: [walletId, walletId, id],
    },
  ];
}

/**
 * Hides a wallet with its sheets and clocks, and makes another wallet of the user the active one, the oldest, or none. The user's row
 * comes first: whoever changes which wallet is active holds it, so that each sees what the one before has done.
 */
function walletStatements({ id, userId, clockIds }: WalletClosing, now: number): Statement[] {
  return [
    { sql: 'UPDATE users SET update_time = ? WHERE id = ?', bindings: [now, userId] },
    hide('wallets', 'id', [id], now),
    hide('sheets', 'owner_id', [id, ...clockIds], now),
    ...(clockIds.length > 0 ? [hide('clocks', 'id', clockIds, now)] : []),
    {
      sql: `UPDATE users SET active_wallet_id = (
  SELECT w.id FROM wallets w WHERE w.user_id = ? AND w.unlink_time IS NULL ORDER BY w.create_time, w.id LIMIT 1
) WHERE id = ? AND active_wallet_id = ?`,
      bindings: [userId, userId, id],
    },
  ];
}

function hide(
  table: 'wallets' | 'sheets' | 'clocks',
  key: 'id' | 'owner_id',
  ids: readonly bigint[],
  now: number,
): Statement {
  const revision = table === 'clocks' ? ', revision = revision + 1' : '';
  return {
    sql: `UPDATE ${table} SET unlink_time = ?, update_time = ?${revision} WHERE ${key} IN (${list(ids.length)}) AND unlink_time IS NULL`,
    bindings: [now, now, ...ids],
  };
}
