import type { PartyWallet } from '../model/wallet.js';
import type { Row, Value } from './batch-transaction.js';
import type { Database } from './database.js';
import { readRows } from './read-rows.js';
import { sqlValue } from './sql-values.js';
import { list } from './statements.js';
import type { Reader } from './transaction.js';

/** A user who is to be paid, with its active wallet. */
export type Payee = {
  readonly userId: bigint;
  readonly masterId: bigint;
  readonly wallet: PartyWallet | null;
};

/** The normalised e-mail of a user within a master. */
export type UserEmail = { readonly masterId: bigint; readonly emailKey: Buffer };

/** What a {@link PartyWallet} is read from, where `wallets` is joined as `w`. */
export const PARTY_WALLET_COLUMNS = `w.id AS wallet_id, w.user_id AS wallet_user_id,
  w.master_id AS wallet_master_id, w.active_transfer_sheet_id, w.active_invoice_sheet_id,
  w.unlink_time AS wallet_unlink_time`;

const SELECT_PAYEES = `SELECT u.id, u.master_id, u.email_key, ${PARTY_WALLET_COLUMNS}
FROM users u LEFT JOIN wallets w ON w.id = u.active_wallet_id`;

/** The wallets with these ids, by id. */
export async function findPartyWallets(
  reader: Reader,
  ids: readonly bigint[],
): Promise<Map<bigint, PartyWallet>> {
  const rows: Row[] = await reader('wallets as w')
    .whereIn('w.id', ids.map(sqlValue))
    .select(reader.raw(PARTY_WALLET_COLUMNS));
  return new Map(rows.map((row) => [row.wallet_id as bigint, partyWalletFromRow(row)]));
}

/** The payees with these ids, by id. One statement for all. */
export async function findPayeesById(
  db: Database,
  ids: readonly bigint[],
): Promise<Map<bigint, Payee>> {
  const sql = `${SELECT_PAYEES} WHERE u.id IN (${list(ids.length)})`;
  const rows = await readRows(db, { sql, bindings: ids });
  return new Map(rows.map((row) => [row.id as bigint, payeeFromRow(row)]));
}

/** The payees with these e-mails, given and returned as {@link userEmailKey}. One statement for all. */
export async function findPayeesByEmail(
  db: Database,
  keys: readonly string[],
): Promise<Map<string, Payee>> {
  const byMaster = emailsByMaster(keys);
  const conditions = [...byMaster.values()].map(
    (emails) => `u.master_id = ? AND u.email_key IN (${list(emails.length)})`,
  );
  const bindings = [...byMaster].flatMap(([masterId, emails]): Value[] => [masterId, ...emails]);
  const sql = `${SELECT_PAYEES} WHERE ${conditions.join(' OR ')}`;
  const rows = await readRows(db, { sql, bindings });
  return new Map(
    rows.map((row) => {
      const payee = payeeFromRow(row);
      return [userEmailKey({ ...payee, emailKey: row.email_key as Buffer }), payee];
    }),
  );
}

/** A user's e-mail as a key of a map. */
export function userEmailKey({ masterId, emailKey }: UserEmail): string {
  return `${masterId}:${emailKey.toString('latin1')}`;
}

function emailsByMaster(keys: readonly string[]): Map<bigint, Buffer[]> {
  const byMaster = new Map<bigint, Buffer[]>();
  for (const key of keys) {
    const end = key.indexOf(':');
    const masterId = BigInt(key.slice(0, end));
    const emailKey = Buffer.from(key.slice(end + 1), 'latin1');
    const emails = byMaster.get(masterId);
    if (emails) emails.push(emailKey);
    else byMaster.set(masterId, [emailKey]);
  }
  return byMaster;
}

function payeeFromRow(row: Row): Payee {
  return {
    userId: row.id as bigint,
    masterId: row.master_id as bigint,
    wallet: row.wallet_id === null ? null : partyWalletFromRow(row),
  };
}

/** The wallet of a row with the columns of {@link PARTY_WALLET_COLUMNS}. */
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
