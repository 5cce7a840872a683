import { masterStandingError, type UserCaller } from '../../model/caller.js';
import { DomainError } from '../../model/errors.js';
import { formatId } from '../../model/public-id.js';
import type { Tx } from '../../storage/transaction.js';
import { lockWalletOwner, type WalletOwnerRow } from '../../storage/wallet-owners.js';

/**
 * Locks the caller, and refuses what its state or its master's has come to since the call was let in: what it would get now, nobody
 * would freeze or take away.
 *
 * @throws MASTER_FROZEN, MASTER_PENDING_REMOVAL, ACCOUNT_PENDING_REMOVAL
 */
export async function lockUser(tx: Tx, { user, master }: UserCaller): Promise<WalletOwnerRow> {
  const owner = await lockWalletOwner(tx, { id: user.id, masterId: master.id });
  const refusal =
    owner &&
    masterStandingError({
      id: master.id,
      frozenTime: owner.masterFrozenTime,
      unlinkTime: owner.masterUnlinkTime,
    });
  if (refusal) throw refusal;
  if (owner && owner.unlinkTime === null) return owner;
  throw new DomainError('ACCOUNT_PENDING_REMOVAL', 'The account is pending removal; recover it.', {
    metadata: { account_id: formatId('account', user.id) },
  });
}
