import type { Wallet } from '../model/wallet.js';
import type { Row } from './batch-transaction.js';
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

/** The wallet of this id with what its ledger account holds. */
export async function findWallet(reader: Reader, id: bigint): Promise<Wallet | undefined> {
  const row: Row | undefined = await reader('wallets as w')
    .join('ledger_accounts as a', 'a.id', 'w.id')
    .where('w.id', sqlValue(id))
    .first(
      'w.id',
      'w.user_id',
      'w.reference',
      'w.active_transfer_sheet_id',
      'w.active_invoice_sheet_id',
      'w.create_time',
      'w.update_time',
      'a.balance',
      'a.version',
      'a.update_time as ledger_time',
    );
  return row && toWallet(row);
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
    createTime: Number(row.create_time),
    updateTime: Math.max(Number(row.update_time), Number(row.ledger_time)),
  };
}
