import type { Statement } from './batch-transaction.js';
import type { StoredOperation } from './ledger.js';

/**
 * The statements that hide a wallet whose account is closed, with its sheets, and make another wallet of the user the active one, the
 * oldest, or none. The user's row comes first: whoever changes which wallet is active holds it, so that each sees what the one before
 * has done.
 */
export function closingStatements({ operation, closing }: StoredOperation): Statement[] {
  if (!closing || operation.refusal) return [];
  const { createTime: now } = operation;
  const { id, userId } = closing;
  return [
    { sql: 'UPDATE users SET update_time = ? WHERE id = ?', bindings: [now, userId] },
    {
      sql: 'UPDATE wallets SET unlink_time = ?, update_time = ? WHERE id = ? AND unlink_time IS NULL',
      bindings: [now, now, id],
    },
    {
      sql: 'UPDATE sheets SET unlink_time = ?, update_time = ? WHERE owner_id = ? AND unlink_time IS NULL',
      bindings: [now, now, id],
    },
    {
      sql: `UPDATE users SET active_wallet_id = (
  SELECT w.id FROM wallets w WHERE w.user_id = ? AND w.unlink_time IS NULL ORDER BY w.create_time, w.id LIMIT 1
) WHERE id = ? AND active_wallet_id = ?`,
      bindings: [userId, userId, id],
    },
  ];
}
