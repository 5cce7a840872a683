import { numberOrNull } from './numbers.js';
import { sqlValue } from './sql-values.js';
import type { Tx } from './transaction.js';

/** A user whose wallets are about to change, with the standing of its master. Times are Unix ms. */
export type WalletOwnerRow = {
  readonly id: bigint;
  readonly masterId: bigint;
  readonly activeWalletId: bigint | null;
  readonly unlinkTime: number | null;
  readonly masterFrozenTime: number | null;
  readonly masterUnlinkTime: number | null;
};

/**
 * Locks a user, so that its wallets change one after another, and nobody marks it for removal meanwhile; and keeps its master from being
 * frozen until the transaction ends. Undefined when the user, or what it had, is gone.
 */
export async function lockWalletOwner(
  tx: Tx,
  user: { readonly id: bigint; readonly masterId: bigint },
): Promise<WalletOwnerRow | undefined> {
  const master = await tx('masters')
    .where('id', sqlValue(user.masterId))
    .forShare()
    .first('frozen_time', 'unlink_time');
  const row = await tx('users')
    .where({ id: sqlValue(user.id), master_id: sqlValue(user.masterId), remove_time: null })
    .forUpdate()
    .first('id', 'master_id', 'active_wallet_id', 'unlink_time');
  if (!master || !row) return undefined;
  return {
    id: row.id,
    masterId: row.master_id,
    activeWalletId: row.active_wallet_id,
    unlinkTime: numberOrNull(row.unlink_time),
    masterFrozenTime: numberOrNull(master.frozen_time),
    masterUnlinkTime: numberOrNull(master.unlink_time),
  };
}

/** Makes a wallet of the user the active one; null for none to be made: the user's row is written all the same. */
export async function writeWalletOwner(
  tx: Tx,
  user: {
    readonly id: bigint;
    readonly activeWalletId: bigint | null;
    readonly updateTime: number;
  },
): Promise<void> {
  await tx('users')
    .where('id', sqlValue(user.id))
    .update({
      update_time: user.updateTime,
      ...(user.activeWalletId !== null && { active_wallet_id: sqlValue(user.activeWalletId) }),
    });
}
