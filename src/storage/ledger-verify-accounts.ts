import type { LedgerAccount, LedgerAccountState, Unit } from '../model/ledger.js';
import type { Row } from './batch-transaction.js';
import type { Database } from './database.js';
import { accountFromRow } from './ledger-rows.js';
import { sqlValue } from './sql-values.js';
import type { Reader } from './transaction.js';

/** A ledger account as verification reads it. */
export type AccountRead = LedgerAccount & { readonly createTime: number };

/** What happened to an account under one version: one side of an entry, or a change. */
export type AccountItem = {
  readonly accountId: bigint;
  readonly version: bigint;
  /** 0 for the opening. */
  readonly operationId: bigint;
  readonly createTime: number;
} & (
  | {
      readonly kind: 'debit' | 'credit';
      /** The kind of the operation, as the entry has it. */
      readonly entryKind: string;
      readonly unit: Unit;
      readonly amount: bigint;
      /** What it left. */
      readonly balance: bigint;
    }
  | {
      readonly kind: 'change';
      readonly floor: bigint | null;
      readonly state: LedgerAccountState;
      /** The operation that made it; null when there is none. */
      readonly madeBy: MakerOfChange | null;
    }
);

/** The operation that a change names, as far as the change depends on it. */
export type MakerOfChange = {
  readonly kind: string;
  readonly accountId: bigint;
  readonly balance: bigint;
  readonly isRefused: boolean;
};

/** Where items are read from. */
export type ItemSource = AccountItem['kind'];

/** A part of the accounts: ids above `after` (null: from the first) up to `upTo` (null: to the last). */
export type IdRange = { readonly after: bigint | null; readonly upTo: bigint | null };

/** The place of an item: after it, reading goes on. */
export type ItemPlace = Pick<AccountItem, 'accountId' | 'version'>;

/** The columns of an account as verification reads it. */
export const ACCOUNT_COLUMNS = [
  'id',
  'kind',
  'unit',
  'master_id',
  'balance',
  'floor',
  'state',
  'version',
  'refusals',
  'create_time',
  'update_time',
];

/** The ledger accounts with these ids, by id. */
export async function findAccountsById(
  reader: Reader,
  ids: readonly bigint[],
): Promise<Map<bigint, AccountRead>> {
  const rows: Row[] = await reader('ledger_accounts')
    .whereIn('id', ids.map(sqlValue))
    .select(ACCOUNT_COLUMNS);
  return new Map(rows.map((row) => [row.id as bigint, accountRead(row)]));
}

/**
 * The next items of one source in a range of accounts, ordered by account and version. Two statements at most, each a plain range of
 * one index: both engines read no more rows than they return, however many an account has.
 */
export async function listItems(
  db: Database,
  source: ItemSource,
  range: IdRange,
  last: ItemPlace | undefined,
  limit: number,
): Promise<AccountItem[]> {
  const { account, version } = keysOf(source);
  const rows: Row[] = last
    ? await items(db, source, limit)
        .where(account, sqlValue(last.accountId))
        .where(version, '>', sqlValue(last.version))
        .orderBy(version)
    : [];
  if (rows.length < limit) {
    const rest = items(db, source, limit - rows.length)
      .orderBy(account)
      .orderBy(version);
    const after = last ? last.accountId : range.after;
    if (after !== null) rest.where(account, '>', sqlValue(after));
    if (range.upTo !== null) rest.where(account, '<=', sqlValue(range.upTo));
    rows.push(...((await rest) as Row[]));
  }
  return rows.map((row) => itemFromRow(source, row));
}

/**
 * The next items of one source that accounts have above some versions, ordered by account and version. `places` are in the order of
 * their accounts. Reads no rows but those, whatever lies before them.
 */
export async function listItemsAfter(
  db: Database,
  source: ItemSource,
  places: readonly ItemPlace[],
  last: ItemPlace | undefined,
  limit: number,
): Promise<AccountItem[]> {
  const left = last ? placesFrom(places, last) : places;
  // MySQL walks all the ranges of one statement in the order of its index; SQLite would sort them, but answers at once.
  const together = db.engine === 'mysql' ? left.length : 1;
  const { account, version } = keysOf(source);
  const rows: Row[] = [];
  for (let start = 0; start < left.length && rows.length < limit; start += together) {
    const query = items(db, source, limit - rows.length)
      .orderBy(account)
      .orderBy(version)
      .where((any) => {
        for (const place of left.slice(start, start + together)) {
          any.orWhere((one) => {
            one.where(account, sqlValue(place.accountId));
            one.where(version, '>', sqlValue(place.version));
          });
        }
      });
    rows.push(...((await query) as Row[]));
  }
  return rows.map((row) => itemFromRow(source, row));
}

/** The places that are left to be read after `last`. */
function placesFrom(places: readonly ItemPlace[], last: ItemPlace): ItemPlace[] {
  return places
    .filter(({ accountId }) => accountId >= last.accountId)
    .map((place) => {
      const isBehind = place.accountId === last.accountId && place.version < last.version;
      return isBehind ? last : place;
    });
}

function keysOf(source: ItemSource): { account: string; version: string } {
  return source === 'change'
    ? { account: 'c.account_id', version: 'c.version' }
    : { account: `${source}_account_id`, version: `${source}_version` };
}

function items({ knex, engine }: Database, source: ItemSource, limit: number) {
  const { account, version } = keysOf(source);
  const places = { account_id: account, version };
  if (source === 'change') {
    return knex('ledger_account_changes as c')
      .leftJoin('operations as o', 'o.id', 'c.operation_id')
      .select(places, 'c.operation_id', 'c.floor', 'c.state', 'c.create_time')
      .select({ made_by: 'o.id', asked_account_id: 'o.account_id', asked_balance: 'o.balance' })
      .select({ asked_kind: 'o.kind', asked_refusal: 'o.refusal' })
      .limit(limit);
  }
  // MySQL would rather sort the whole table than walk the index when a page starts near the beginning.
  const index = `ledger_entries_${account}_${version}_unique`;
  const table = engine === 'mysql' ? `ledger_entries force index (${index})` : 'ledger_entries';
  return knex
    .from(knex.raw(table))
    .select(places, 'operation_id', 'unit', 'amount', 'create_time')
    .select({ balance: `${source}_balance`, entry_kind: 'kind' })
    .limit(limit);
}

function itemFromRow(source: ItemSource, row: Row): AccountItem {
  const place = {
    accountId: row.account_id as bigint,
    version: row.version as bigint,
    operationId: row.operation_id as bigint,
    createTime: Number(row.create_time),
  };
  if (source === 'change') {
    const madeBy = {
      kind: row.asked_kind as string,
      isRefused: row.asked_refusal !== null,
      accountId: row.asked_account_id as bigint,
      balance: row.asked_balance as bigint,
    };
    return {
      ...place,
      kind: source,
      floor: row.floor as bigint | null,
      state: row.state as LedgerAccountState,
      madeBy: row.made_by === null ? null : madeBy,
    };
  }
  return {
    ...place,
    kind: source,
    entryKind: row.entry_kind as string,
    unit: row.unit as Unit,
    amount: row.amount as bigint,
    balance: row.balance as bigint,
  };
}

/** A row of `ledger_accounts` with all columns. */
export function accountRead(row: Row): AccountRead {
  return { ...accountFromRow(row), createTime: Number(row.create_time) };
}

/** The last item of each source that an account has up to a version, as far as there are any. */
export async function findLastItems(
  db: Database,
  accountId: bigint,
  version: bigint,
): Promise<AccountItem[]> {
  const found = await Promise.all(
    (['debit', 'credit', 'change'] as const).map(async (source) => {
      const keys = keysOf(source);
      const rows: Row[] = await items(db, source, 1)
        .where(keys.account, sqlValue(accountId))
        .where(keys.version, '<=', sqlValue(version))
        .orderBy(keys.version, 'desc');
      return rows.map((row) => itemFromRow(source, row));
    }),
  );
  return found.flat();
}
