import type { Wallet } from '../model/wallet.js';
import type { Row } from './batch-transaction.js';
import { type ListPart, newestFirst } from './newest-first.js';
import { sqlValue } from './sql-values.js';
import type { Reader, Tx } from './transaction.js';

/** A wallet to store. Its ledger account, of the same id, is opened in the same transaction. */
export type NewWallet = {
  readonly id: bigint;
  readonly userId: bigint;
  readonly masterId: bigint;
  readonly reference: string;
  readonly activeTransferSheetId: bigint;
  readonly activeInvoiceSheetId: bigint;
  readonly activeClockId: bigint | null;
  readonly createTime: number;
};

/** Stores a new wallet. */
export async function insertWallet(tx: Tx, wallet: NewWallet): Promise<void> {
  await tx('wallets').insert({
    id: wallet.id,
    user_id: wallet.userId,
    master_id: wallet.masterId,
    reference: wallet.reference,
    active_transfer_sheet_id: wallet.activeTransferSheetId,
    active_invoice_sheet_id: wallet.activeInvoiceSheetId,
    active_clock_id: wallet.activeClockId,
    create_time: wallet.createTime,
    update_time: wallet.createTime,
  });
}

/** The wallet of this id with what its ledger account holds, unless it is unlinked. */
export async function findWallet(reader: Reader, id: bigint): Promise<Wallet | undefined> {
  const row: Row | undefined = await wallets(reader).where('w.id', sqlValue(id)).first();
  return row && toWallet(row);
}

/** The wallets of a user, newest first, but for those that are unlinked. */
export async function listWallets(
  reader: Reader,
  query: ListPart & { readonly userId: bigint },
): Promise<Wallet[]> {
  const own = wallets(reader).where('w.user_id', sqlValue(query.userId));
  return (await newestFirst(own, query, 'w')).map(toWallet);
}

/** How many wallets a user has that are not unlinked. */
export async function countWallets(tx: Tx, userId: bigint): Promise<number> {
  const row = await tx('wallets')
    .where('user_id', sqlValue(userId))
    .whereNull('unlink_time')
    .count({ count: '*' })
    .first();
  return Number(row?.count ?? 0);
}

/** Whether the user owns this wallet, and it is not unlinked. */
export async function ownsWallet(
  reader: Reader,
  wallet: { readonly id: bigint; readonly userId: bigint },
): Promise<boolean> {
  const row = await reader('wallets')
    .where({ id: sqlValue(wallet.id), user_id: sqlValue(wallet.userId), unlink_time: null })
    .first('id');
  return row !== undefined;
}

/** Locks a wallet that is not unlinked, so that its clocks change one after another. */
export async function lockWallet(
  tx: Tx,
  id: bigint,
): Promise<{ userId: bigint; masterId: bigint; activeClockId: bigint | null } | undefined> {
  const row = await tx('wallets')
    .where({ id: sqlValue(id), unlink_time: null })
    .forUpdate()
    .first('user_id', 'master_id', 'active_clock_id');
  return (
    row && { userId: row.user_id, masterId: row.master_id, activeClockId: row.active_clock_id }
  );
}

function wallets(reader: Reader) {
  return reader('wallets as w')
    .join('ledger_accounts as a', 'a.id', 'w.id')
    .whereNull('w.unlink_time')
    .select(
      'w.id',
      'w.user_id',
      'w.reference',
      'w.active_transfer_sheet_id',
      'w.active_invoice_sheet_id',
      'w.active_clock_id',
      'w.create_time',
      'w.update_time',
      'a.balance',
      'a.version',
      'a.update_time as ledger_time',
    );
}

function toWallet(row: Row): Wallet {
  return {
    id: row.id as bigint,
    userId: row.user_id as bigint,
    reference: row.reference as string,
    balance: row.balance as bigint,
    version: row.version as bigint,
    activeTransferSheetId: row.active_transfer_sheet_id as bigint | null,
    activeInvoiceSheetId: row.active_invoice_sheet_id as bigint | null,
    activeClockId: row.active_clock_id as bigint | null,
    createTime: Number(row.create_time),
    updateTime: Math.max(Number(row.update_time), Number(row.ledger_time)),
  };
}
