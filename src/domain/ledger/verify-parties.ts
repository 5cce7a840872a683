import type { Database } from '../../storage/database.js';
import { type AccountRead, findAccountsById } from '../../storage/ledger-verify-accounts.js';
import { type ClockOwner, findClockOwners } from '../../storage/ledger-verify-clocks.js';
import {
  findSheetOwners,
  findWalletOwners,
  type SheetOwner,
  type WalletOwner,
} from '../../storage/ledger-verify-owners.js';
import type { OperationRows } from './verify-operations.js';

/** The accounts, wallets, clocks and sheets that operations name, by id. Their ids, kinds, units and owners never change. */
export type Parties = {
  readonly accounts: ReadonlyMap<bigint, AccountRead>;
  readonly wallets: ReadonlyMap<bigint, WalletOwner>;
  readonly clocks: ReadonlyMap<bigint, ClockOwner>;
  readonly sheets: ReadonlyMap<bigint, SheetOwner>;
};

/** Keys per statement. */
const MAX_KEYS = 1_000;

/** Finds all that a page of operations names. */
export async function findParties(db: Database, page: readonly OperationRows[]): Promise<Parties> {
  const { knex } = db;
  const accountIds = page.flatMap(({ operation, entries, changes }) => [
    operation.accountId,
    ...entries.flatMap(({ debit, credit }) => [debit, credit]),
    ...changes.map(({ accountId }) => accountId),
  ]);
  const sides = page.flatMap(({ transfer, invoice }) => [
    ...(transfer ? [transfer.payer, transfer.payee] : []),
    ...(invoice ? [invoice.seller, invoice.buyer] : []),
  ]);
  const told = page.flatMap(({ clocks: { changes, records, conversion } }) => [
    ...changes.map(({ clockId }) => ({ clockId, sheetId: null })),
    ...records.map(({ clockId, timeSheetId }) => ({ clockId, sheetId: timeSheetId })),
    ...(conversion ? [conversion] : []),
  ]);
  const walletIds = [...accountIds, ...sides.map(({ walletId }) => walletId)];
  const sheetIds = [...sides, ...told].map(({ sheetId }) => sheetId);
  const accounts = await findPartyAccounts(db, [
    ...accountIds,
    ...told.map(({ clockId }) => clockId),
  ]);
  const clockIds = [...accounts.values()].filter(({ kind }) => kind === 'CLOCK');
  return {
    accounts,
    clocks: await findAll(
      clockIds.map(({ id }) => id),
      (ids) => findClockOwners(knex, ids),
    ),
    wallets: await findAll(walletIds, (ids) => findWalletOwners(knex, ids)),
    sheets: await findAll(sheetIds, (ids) => findSheetOwners(knex, ids)),
  };
}

/** The accounts with these ids, by id, however many they are. */
export function findPartyAccounts(
  { knex }: Database,
  ids: readonly bigint[],
): Promise<Map<bigint, AccountRead>> {
  return findAll(ids, (part) => findAccountsById(knex, part));
}

async function findAll<T>(
  keys: readonly (bigint | null)[],
  find: (ids: readonly bigint[]) => Promise<Map<bigint, T>>,
): Promise<Map<bigint, T>> {
  const ids = [...new Set(keys.filter((key) => key !== null))];
  const all = new Map<bigint, T>();
  for (let start = 0; start < ids.length; start += MAX_KEYS) {
    for (const [id, row] of await find(ids.slice(start, start + MAX_KEYS))) all.set(id, row);
  }
  return all;
}
