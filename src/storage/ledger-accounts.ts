import type { LedgerAccount } from '../model/ledger.js';
import type { Tx } from './transaction.js';

/** A ledger account to open, at balance zero. */
export type NewLedgerAccount = Pick<LedgerAccount, 'id' | 'kind' | 'unit' | 'masterId' | 'floor'>;

/**
 * Opens ledger accounts, each with its opening change (version 0), in the transaction that makes their owner. Everything later
 * that happens to a ledger account goes through the committer in `domain/ledger`.
 */
export async function insertLedgerAccounts(
  tx: Tx,
  accounts: readonly NewLedgerAccount[],
  createTime: number,
): Promise<void> {
  const sorted = [...accounts].sort((a, b) => (a.id < b.id ? -1 : 1));
  await tx('ledger_accounts').insert(
    sorted.map(({ id, kind, unit, masterId, floor }) => ({
      id,
      kind,
      unit,
      master_id: masterId,
      balance: 0,
      floor,
      state: 'OPEN',
      version: 0,
      refusals: 0,
      create_time: createTime,
      update_time: createTime,
    })),
  );
  await tx('ledger_account_changes').insert(
    sorted.map(({ id, floor }) => ({
      account_id: id,
      version: 0,
      operation_id: 0,
      floor,
      state: 'OPEN',
      create_time: createTime,
    })),
  );
}
