import type { UserCaller } from '../../model/caller.js';
import type { LedgerEntry } from '../../model/ledger.js';
import type { Wallet } from '../../model/wallet.js';
import type { Database } from '../../storage/database.js';
import { findOperation } from '../../storage/ledger.js';
import { listEntries } from '../../storage/records.js';
import { findWallet } from '../../storage/wallets.js';
import { type ClockOutcome, clockOutcome } from '../clocks/outcomes.js';
import { isOfClock } from '../clocks/refusals.js';
import { formatRequestId } from '../ledger/money-request.js';
import { missing, notFound } from '../not-found.js';
import { cutPage, type Page, type PageRequest } from '../sheets/history.js';
import { type MoneyOutcome, storedRecordsOf } from './records-seen.js';

/** A ledger entry as the owner of one side sees it. */
export type WalletEntry = {
  readonly entry: LedgerEntry & { readonly createTime: number };
  readonly incoming: boolean;
};

/** Wallets and what happened to them. */
export type Wallets = {
  /** The wallet named, or the active one. @throws WALLET_NOT_FOUND */
  getWallet(caller: UserCaller, walletId: bigint | null): Promise<Wallet>;
  /** Entries of the wallet named, or the active one, newest first. @throws WALLET_NOT_FOUND */
  listEntries(
    caller: UserCaller,
    walletId: bigint | null,
    page: PageRequest,
  ): Promise<Page<WalletEntry>>;
  /** The outcome of a request id of the user, for a wallet or a clock, in every state of its account. @throws OPERATION_NOT_FOUND */
  getOperation(
    caller: UserCaller,
    requestId: Buffer,
  ): Promise<MoneyOutcome & { readonly onClock: ClockOutcome | null }>;
};

/** Creates the use cases over a database. */
export function createWallets({ db }: { db: Database }): Wallets {
  async function getWallet(caller: UserCaller, walletId: bigint | null): Promise<Wallet> {
    const id = walletId ?? caller.user.activeWalletId;
    const wallet = id === null ? undefined : await findWallet(db.knex, id);
    if (wallet?.userId === caller.user.id) return wallet;
    throw notFound('wallet', id);
  }

  return {
    getWallet,
    async listEntries(caller, walletId, page) {
      const { before, size } = page;
      const { id } = await getWallet(caller, before?.ownerId ?? walletId);
      const beforeVersion = before?.version ?? null;
      const found = await listEntries(db.knex, { accountId: id, beforeVersion, limit: size + 1 });
      const rows = found.map((entry) => ({ entry, incoming: entry.credit === id }));
      return cutPage(rows, size, ({ entry, incoming }) => ({
        ownerId: id,
        version: incoming ? entry.creditVersion : entry.debitVersion,
      }));
    },
    async getOperation(caller, requestId) {
      const operation = await findOperation(db, caller.master.id, requestId);
      if (operation?.actor.userId !== caller.user.id) {
        throw missing('OPERATION_NOT_FOUND', 'request', formatRequestId(requestId));
      }
      const outcome = { operation, replayed: false };
      if (isOfClock(operation)) {
        const found = await clockOutcome(db, { kind: 'replayed', operation }, '');
        return { ...outcome, transfer: null, invoice: null, onClock: { ...outcome, ...found } };
      }
      return { ...outcome, ...(await storedRecordsOf(db, operation)), onClock: null };
    },
  };
}
