import { createBatcher } from '../../lib/batcher.js';
import type { UserCaller } from '../../model/caller.js';
import { type DomainError, invalidField } from '../../model/errors.js';
import type { PartyWallet } from '../../model/wallet.js';
import type { Database } from '../../storage/database.js';
import {
  findPartyWallets,
  findPayeesByEmail,
  findPayeesById,
  type Payee,
  userEmailKey,
} from '../../storage/payment-parties.js';
import { normaliseKey } from '../accounts/normalise.js';
import { missing, notFound } from '../not-found.js';
import type { Party } from './openings.js';

/** How a payment names its payee. */
export type PayeeInput = { readonly email: string } | { readonly accountId: bigint };

/** Keys per look-up statement. */
const MAX_LOOKUPS = 500;

/** Finds who takes part in a payment. Look-ups of concurrent calls share statements. */
export type Parties = {
  /**
   * The wallet that the caller names, unlinked or not: a request that is repeated after that gets its first outcome.
   *
   * @throws WALLET_NOT_FOUND also for somebody else's.
   */
  namedWallet(caller: UserCaller, walletId: bigint): Promise<PartyWallet>;
  /** The active wallet of the caller, if it has one. @throws WALLET_NOT_FOUND */
  activeWallet(caller: UserCaller): Promise<Party>;
  /**
   * The payee's wallet: the one named, or its active one, if it has one. Payees are users of the caller's master.
   *
   * @throws PAYEE_NOT_FOUND also for an unlinked wallet, SELF_PAYMENT
   */
  payeeWallet(caller: UserCaller, payee: PayeeInput, walletId: bigint | null): Promise<Party>;
};

/** Creates the look-ups over a database. */
export function createParties(db: Database): Parties {
  const wallets = createBatcher<bigint, PartyWallet>({
    maxBatch: MAX_LOOKUPS,
    load: (ids) => findPartyWallets(db.knex, ids),
  });
  const payeesById = createBatcher<bigint, Payee>({
    maxBatch: MAX_LOOKUPS,
    load: (ids) => findPayeesById(db, ids),
  });
  const payeesByEmail = createBatcher<string, Payee>({
    maxBatch: MAX_LOOKUPS,
    load: (keys) => findPayeesByEmail(db, keys),
  });

  async function findPayee(caller: UserCaller, input: PayeeInput): Promise<Payee> {
    const masterId = caller.master.id;
    const payee =
      'accountId' in input
        ? await payeesById.get(input.accountId)
        : await payeesByEmail.get(userEmailKey({ masterId, emailKey: normaliseKey(input.email) }));
    if (payee?.masterId !== masterId) throw unknownPayee();
    return payee;
  }

  async function namedWallet({ user }: UserCaller, id: bigint): Promise<PartyWallet> {
    const { activeWallet } = user;
    if (activeWallet && activeWallet.walletId === id) return activeWallet;
    const wallet = await wallets.get(id);
    if (wallet?.userId === user.id) return wallet;
    throw notFound('wallet', id);
  }

  return {
    namedWallet,
    async activeWallet(caller) {
      const { id: userId, activeWalletId } = caller.user;
      if (activeWalletId !== null) return namedWallet(caller, activeWalletId);
      return { walletId: null, userId, masterId: caller.master.id };
    },
    async payeeWallet(caller, input, walletId) {
      const payee = await findPayee(caller, input);
      if (payee.userId === caller.user.id) {
        throw invalidField('SELF_PAYMENT', fieldOf(input), 'Payer and payee are the same account.');
      }
      const { userId, masterId } = payee;
      if (walletId === null) return payee.wallet ?? { walletId: null, userId, masterId };
      const wallet = await wallets.get(walletId);
      if (wallet?.userId !== userId || wallet.unlinked) throw unknownPayee();
      return wallet;
    },
  };
}

/** Told alike for a missing account, one of another master, and a wallet that is not the payee's. */
function unknownPayee(): DomainError {
  return missing('PAYEE_NOT_FOUND', 'payee', null);
}

function fieldOf(input: PayeeInput): string {
  return 'accountId' in input ? 'payee_account_id' : 'payee_email';
}
