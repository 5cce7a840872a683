import type { Row } from './batch-transaction.js';
import type { WalletOwner } from './ledger-verify-owners.js';
import { sqlValue } from './sql-values.js';
import type { Reader } from './transaction.js';

/** A clock as the owner of a ledger account. */
export type ClockOwner = WalletOwner & { readonly walletId: bigint };

/** A clock, whether its ledger account is there, and whose its wallet and its user are. Read in one statement. */
export type ClockRead = ClockOwner & {
  readonly hasAccount: boolean;
  /** Null when there is no such user any more. */
  readonly userMasterId: bigint | null;
  /** Null when there is no such wallet. */
  readonly walletUserId: bigint | null;
};

/** The clocks with these ids, by id. */
export async function findClockOwners(
  reader: Reader,
  ids: readonly bigint[],
): Promise<Map<bigint, ClockOwner>> {
  const rows: Row[] = await reader('clocks')
    .whereIn('id', ids.map(sqlValue))
    .select('id', 'user_id', 'master_id', 'wallet_id');
  return new Map(rows.map((row) => [row.id as bigint, clockOwner(row)]));
}

/** The next clocks in the order of their ids. */
export async function listClocksById(
  reader: Reader,
  after: bigint | null,
  limit: number,
): Promise<ClockRead[]> {
  const query = reader('clocks as c')
    .leftJoin('ledger_accounts as a', 'a.id', 'c.id')
    .leftJoin('users as u', 'u.id', 'c.user_id')
    .leftJoin('wallets as w', 'w.id', 'c.wallet_id')
    .orderBy('c.id')
    .limit(limit)
    .select({
      id: 'c.id',
      user_id: 'c.user_id',
      master_id: 'c.master_id',
      wallet_id: 'c.wallet_id',
    })
    .select({ account_id: 'a.id', user_master_id: 'u.master_id', wallet_user_id: 'w.user_id' });
  if (after !== null) query.where('c.id', '>', sqlValue(after));
  const rows: Row[] = await query;
  return rows.map((row) => ({
    ...clockOwner(row),
    hasAccount: row.account_id !== null,
    userMasterId: row.user_master_id as bigint | null,
    walletUserId: row.wallet_user_id as bigint | null,
  }));
}

function clockOwner(row: Row): ClockOwner {
  return {
    id: row.id as bigint,
    userId: row.user_id as bigint,
    masterId: row.master_id as bigint,
    walletId: row.wallet_id as bigint,
  };
}
