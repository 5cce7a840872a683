import type { Funding } from '../model/master.js';
import type { Row } from './batch-transaction.js';
import { sqlValue } from './sql-values.js';
import type { Reader } from './transaction.js';

/** A wallet as the owner of a ledger account. */
export type WalletOwner = {
  readonly id: bigint;
  readonly userId: bigint;
  readonly masterId: bigint;
};

/** A wallet, whether its ledger account is there, and the master of its user. Read in one statement. */
export type WalletRead = WalletOwner & {
  readonly hasAccount: boolean;
  /** Whether its account is closed. */
  readonly isClosed: boolean;
  readonly isUnlinked: boolean;
  /** Null when there is no such user any more. */
  readonly userMasterId: bigint | null;
  /** Whether the user's accounts were closed because it is removed. */
  readonly isUserRemoved: boolean;
};

/** The ledger accounts that a master owns. */
export type MasterOwner = {
  readonly id: bigint;
  readonly poolId: bigint;
  readonly unclaimedCreditId: bigint;
  readonly unclaimedTimeId: bigint;
};

/** A master's accounts and terms with the floor of its pool. Read in one statement. */
export type MasterRead = MasterOwner & {
  readonly funding: Funding;
  readonly creditLimit: bigint;
  /** Undefined when the pool is not there. */
  readonly poolFloor: bigint | null | undefined;
};

const MASTER_COLUMNS = {
  id: 'm.id',
  pool_account_id: 'm.pool_account_id',
  unclaimed_credit_account_id: 'm.unclaimed_credit_account_id',
  unclaimed_time_account_id: 'm.unclaimed_time_account_id',
};

/** The wallets with these ids, by id. */
export async function findWalletOwners(
  reader: Reader,
  ids: readonly bigint[],
): Promise<Map<bigint, WalletOwner>> {
  const rows: Row[] = await reader('wallets')
    .whereIn('id', ids.map(sqlValue))
    .select('id', 'user_id', 'master_id');
  return new Map(rows.map((row) => [row.id as bigint, walletOwner(row)]));
}

/** The next wallets in the order of their ids. */
export async function listWalletsById(
  reader: Reader,
  after: bigint | null,
  limit: number,
): Promise<WalletRead[]> {
  const query = reader('wallets as w')
    .leftJoin('ledger_accounts as a', 'a.id', 'w.id')
    .leftJoin('users as u', 'u.id', 'w.user_id')
    .orderBy('w.id')
    .limit(limit)
    .select({ id: 'w.id', user_id: 'w.user_id', master_id: 'w.master_id' })
    .select({ unlink_time: 'w.unlink_time', account_id: 'a.id', state: 'a.state' })
    .select({ user_master_id: 'u.master_id', user_remove_time: 'u.remove_time' });
  if (after !== null) query.where('w.id', '>', sqlValue(after));
  const rows: Row[] = await query;
  return rows.map((row) => ({
    ...walletOwner(row),
    hasAccount: row.account_id !== null,
    isClosed: row.state === 'CLOSED',
    isUnlinked: row.unlink_time !== null,
    isUserRemoved: row.user_master_id === null || row.user_remove_time !== null,
    userMasterId: row.user_master_id as bigint | null,
  }));
}

/** Ids of wallets or clocks up to an id that have no ledger account, compared in the database. */
export async function findOwnersWithoutAccount(
  reader: Reader,
  table: 'wallets' | 'clocks',
  query: { readonly upTo: bigint; readonly limit: number },
): Promise<bigint[]> {
  const rows: Row[] = await reader({ o: table })
    .leftJoin('ledger_accounts as a', 'a.id', 'o.id')
    .whereNull('a.id')
    .where('o.id', '<=', sqlValue(query.upTo))
    .orderBy('o.id')
    .limit(query.limit)
    .select('o.id');
  return rows.map(({ id }) => id as bigint);
}

/** The masters with these ids, by id. */
export async function findMasterOwners(
  reader: Reader,
  ids: readonly bigint[],
): Promise<Map<bigint, MasterOwner>> {
  const rows: Row[] = await reader('masters as m')
    .whereIn('m.id', ids.map(sqlValue))
    .select(MASTER_COLUMNS);
  return new Map(rows.map((row) => [row.id as bigint, masterOwner(row)]));
}

/** The next masters in the order of their ids. */
export async function listMastersById(
  reader: Reader,
  after: bigint | null,
  limit: number,
): Promise<MasterRead[]> {
  const query = masters(reader).limit(limit);
  if (after !== null) query.where('m.id', '>', sqlValue(after));
  return (await query).map(masterRead);
}

/** The masters with these ids, in the order of their ids. */
export async function findMasters(reader: Reader, ids: readonly bigint[]): Promise<MasterRead[]> {
  return (await masters(reader).whereIn('m.id', ids.map(sqlValue))).map(masterRead);
}

function masters(reader: Reader) {
  return reader('masters as m')
    .leftJoin('ledger_accounts as p', 'p.id', 'm.pool_account_id')
    .orderBy('m.id')
    .select(MASTER_COLUMNS)
    .select({ funding: 'm.funding', credit_limit: 'm.credit_limit' })
    .select({ pool_id: 'p.id', pool_floor: 'p.floor' });
}

function masterRead(row: Row): MasterRead {
  return {
    ...masterOwner(row),
    funding: row.funding as Funding,
    creditLimit: row.credit_limit as bigint,
    poolFloor: row.pool_id === null ? undefined : (row.pool_floor as bigint | null),
  };
}

/** A sheet as the place of records. */
export type SheetOwner = {
  readonly id: bigint;
  readonly kind: string;
  readonly ownerId: bigint;
  readonly userId: bigint;
};

/** The sheets with these ids, by id. */
export async function findSheetOwners(
  reader: Reader,
  ids: readonly bigint[],
): Promise<Map<bigint, SheetOwner>> {
  const rows: Row[] = await reader('sheets')
    .whereIn('id', ids.map(sqlValue))
    .select('id', 'kind', 'owner_id', 'user_id');
  return new Map(
    rows.map((row) => [
      row.id as bigint,
      {
        id: row.id as bigint,
        kind: row.kind as string,
        ownerId: row.owner_id as bigint,
        userId: row.user_id as bigint,
      },
    ]),
  );
}

function walletOwner(row: Row): WalletOwner {
  return {
    id: row.id as bigint,
    userId: row.user_id as bigint,
    masterId: row.master_id as bigint,
  };
}

function masterOwner(row: Row): MasterOwner {
  return {
    id: row.id as bigint,
    poolId: row.pool_account_id as bigint,
    unclaimedCreditId: row.unclaimed_credit_account_id as bigint,
    unclaimedTimeId: row.unclaimed_time_account_id as bigint,
  };
}
