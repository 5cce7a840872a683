import type { UserCaller } from '../../model/caller.js';
import { DomainError } from '../../model/errors.js';
import type { Wallet } from '../../model/wallet.js';
import { type Tx, withTransaction } from '../../storage/transaction.js';
import { writeWalletOwner } from '../../storage/wallet-owners.js';
import { countWallets, findWallet, listWallets, ownsWallet } from '../../storage/wallets.js';
import { cutList, type ListPage, type ListRows } from '../list-page.js';
import { notFound } from '../not-found.js';
import { lockUser } from './lock-user.js';
import { openWallet, WALLET_IDS } from './open-wallet.js';
import type { OpeningDeps } from './openings.js';

/** A wallet, and whether it is its user's active one. */
export type WalletSeen = { readonly wallet: Wallet; readonly active: boolean };

/** The wallets of a user. */
export type WalletUpkeep = {
  /**
   * Opens a further wallet with its sheets. The active one stays, unless there was none.
   *
   * @throws WALLET_LIMIT_REACHED, MASTER_FROZEN, MASTER_PENDING_REMOVAL, ACCOUNT_PENDING_REMOVAL
   */
  create(caller: UserCaller, reference: string): Promise<WalletSeen>;
  /** Newest first. */
  list(caller: UserCaller, page: ListPage): Promise<ListRows<Wallet>>;
  /** Makes a wallet the active one. Nothing changes when it is. @throws WALLET_NOT_FOUND */
  switchTo(caller: UserCaller, walletId: bigint): Promise<WalletSeen>;
};

/** What it stands on. */
export type WalletUpkeepDeps = OpeningDeps & {
  readonly settings: { readonly walletsPerAccount: number; readonly clockMsPerCredit: number };
};

/** Creates the use cases. */
export function createWalletUpkeep(deps: WalletUpkeepDeps): WalletUpkeep {
  const { db, time, settings } = deps;
  return {
    async create(caller, reference) {
      const ids = await deps.ids.take(WALLET_IDS);
      const [id = 0n] = ids;
      return withTransaction(db, async (tx) => {
        const owner = await lockUser(tx, caller);
        const limit = settings.walletsPerAccount;
        if ((await countWallets(tx, owner.id)) >= limit) throw limitReached(limit);
        const now = time.now();
        const { clockMsPerCredit: msPerCredit } = settings;
        await openWallet(tx, { ids, user: owner, reference, msPerCredit, createTime: now });
        const active = owner.activeWalletId === null;
        await writeWalletOwner(tx, {
          id: owner.id,
          activeWalletId: active ? id : null,
          updateTime: now,
        });
        return { wallet: await getWallet(tx, id), active };
      });
    },
    async list(caller, { size, before }) {
      const query = { userId: caller.user.id, before, limit: size + 1 };
      return cutList(await listWallets(db.knex, query), size);
    },
    async switchTo(caller, walletId) {
      return withTransaction(db, async (tx) => {
        const owner = await lockUser(tx, caller);
        if (!(await ownsWallet(tx, { id: walletId, userId: owner.id }))) {
          throw notFound('wallet', walletId);
        }
        if (owner.activeWalletId !== walletId) {
          const { id } = owner;
          await writeWalletOwner(tx, { id, activeWalletId: walletId, updateTime: time.now() });
        }
        return { wallet: await getWallet(tx, walletId), active: true };
      });
    },
  };
}

async function getWallet(tx: Tx, id: bigint): Promise<Wallet> {
  const wallet = await findWallet(tx, id);
  if (!wallet) throw notFound('wallet', id);
  return wallet;
}

function limitReached(limit: number): DomainError {
  return new DomainError(
    'WALLET_LIMIT_REACHED',
    'The account has as many wallets as it may have.',
    {
      metadata: { limit: String(limit) },
    },
  );
}
