import type { Knex } from 'knex';
import type { PartyWallet } from '../model/wallet.js';
import type { Row } from './batch-transaction.js';
import { sqlValue } from './sql-values.js';
import type { Reader } from './transaction.js';

/** A user who is to be paid, with its active wallet. */
export type Payee = {
  readonly userId: bigint;
  readonly masterId: bigint;
  readonly wallet: PartyWallet | null;
};

/** How a payee is named: by account, or by the normalised e-mail within a master. */
export type PayeeName =
  | { readonly accountId: bigint }
  | { readonly masterId: bigint; readonly emailKey: Buffer };

/** What a {@link PartyWallet} is read from, where `wallets` is joined. */
export const partyWalletColumns = [
  'wallets.id as wallet_id',
  'wallets.user_id as wallet_user_id',
  'wallets.master_id as wallet_master_id',
  'wallets.active_transfer_sheet_id',
  'wallets.active_invoice_sheet_id',
  'wallets.unlink_time as wallet_unlink_time',
];

/** The wallets with these ids, by id. */
export async function findPartyWallets(
  reader: Reader,
  ids: readonly bigint[],
): Promise<Map<bigint, PartyWallet>> {
  const rows: Row[] = await reader('wallets')
    .whereIn('id', ids.map(sqlValue))
    .select(partyWalletColumns);
  return new Map(rows.map((row) => [row.wallet_id as bigint, partyWalletFromRow(row)]));
}

/** The payees with these names, given and returned by {@link payeeKey}. One statement for all. */
export async function findPayees(
  reader: Reader,
  keys: readonly string[],
): Promise<Map<string, Payee>> {
  const names = keys.map(parsePayeeKey);
  const ids = names.flatMap((name) => ('accountId' in name ? [name.accountId] : []));
  const rows: Row[] = await reader('users')
    .leftJoin('wallets', 'wallets.id', 'users.active_wallet_id')
    .where((where) => {
      if (ids.length > 0) where.orWhereIn('users.id', ids.map(sqlValue));
      for (const [masterId, keys] of emailKeysByMaster(names)) {
        where.orWhere((both: Knex.QueryBuilder) =>
          both.where('users.master_id', sqlValue(masterId)).whereIn('users.email_key', keys),
        );
      }
    })
    .select('users.id', 'users.master_id', 'users.email_key', ...partyWalletColumns);
  const found = new Map<string, Payee>();
  for (const row of rows) {
    const userId = row.id as bigint;
    const masterId = row.master_id as bigint;
    const wallet = row.wallet_id === null ? null : partyWalletFromRow(row);
    found.set(payeeKey({ accountId: userId }), { userId, masterId, wallet });
    const emailKey = row.email_key as Buffer;
    found.set(payeeKey({ masterId, emailKey }), { userId, masterId, wallet });
  }
  return found;
}

/** A payee's name as a key of a map. */
export function payeeKey(name: PayeeName): string {
  return 'accountId' in name
    ? `account:${name.accountId}`
    : `email:${name.masterId}:${name.emailKey.toString('latin1')}`;
}

function parsePayeeKey(key: string): PayeeName {
  const [kind, id = ''] = key.split(':', 2);
  if (kind === 'account') return { accountId: BigInt(id) };
  const emailKey = Buffer.from(key.slice(`email:${id}:`.length), 'latin1');
  return { masterId: BigInt(id), emailKey };
}

function emailKeysByMaster(names: readonly PayeeName[]): Map<bigint, Buffer[]> {
  const byMaster = new Map<bigint, Buffer[]>();
  for (const name of names) {
    if ('accountId' in name) continue;
    byMaster.set(name.masterId, [...(byMaster.get(name.masterId) ?? []), name.emailKey]);
  }
  return byMaster;
}

/** The wallet of a row with the columns of {@link partyWalletColumns}. */
export function partyWalletFromRow(row: Row): PartyWallet {
  return {
    walletId: row.wallet_id as bigint,
    userId: row.wallet_user_id as bigint,
    masterId: row.wallet_master_id as bigint,
    transferSheetId: row.active_transfer_sheet_id as bigint | null,
    invoiceSheetId: row.active_invoice_sheet_id as bigint | null,
    unlinked: row.wallet_unlink_time !== null,
  };
}
