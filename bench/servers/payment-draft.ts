import type { Connection } from 'mysql2/promise';
import { hashRequest } from '../../src/domain/ledger/money-request.js';
import type { OperationDraft } from '../../src/model/ledger.js';

/** A wallet with what a payment writes of it. */
export type BenchWallet = {
  readonly walletId: bigint;
  readonly userId: bigint;
  readonly masterId: bigint;
  readonly transferSheetId: bigint | null;
  readonly invoiceSheetId: bigint | null;
};

/** Every wallet of a database that MySQL keeps, in the order of their ids. */
export async function listWallets(connection: Connection): Promise<BenchWallet[]> {
  const [rows] = await connection.query(
    'SELECT id, user_id, master_id, active_transfer_sheet_id, active_invoice_sheet_id FROM wallets ORDER BY id',
  );
  return (rows as Record<string, bigint>[]).map((row) => ({
    walletId: row.id as bigint,
    userId: row.user_id as bigint,
    masterId: row.master_id as bigint,
    transferSheetId: row.active_transfer_sheet_id as bigint,
    invoiceSheetId: row.active_invoice_sheet_id as bigint,
  }));
}

/** The draft of a payment as PayCredits makes it for a user whom the master's backend acts for. */
export function draftPayment(
  id: bigint,
  requestId: Buffer,
  payer: BenchWallet,
  payee: BenchWallet,
  credits: bigint,
): OperationDraft {
  const hashed = [payer.userId, null, payee.userId, null, null, credits, ''];
  return {
    id,
    kind: 'PAYMENT',
    scope: payer.masterId,
    requestId,
    requestHash: hashRequest('PAYMENT', hashed),
    accountId: payer.walletId,
    credits,
    movements: [{ debit: payer.walletId, credit: payee.walletId, unit: 'CREDIT', amount: credits }],
    changes: [],
    transfer: {
      kind: 'PAYMENT',
      payer: side(payer, payer.transferSheetId),
      payee: side(payee, payee.transferSheetId),
      payerMasterId: null,
    },
    invoice: {
      seller: side(payee, payee.invoiceSheetId),
      sellerMasterId: null,
      buyer: side(payer, payer.invoiceSheetId),
      cost: null,
    },
    notes: '',
    actor: { userId: payer.userId, sessionId: null, keyId: null },
  };
}

function side({ userId, walletId }: BenchWallet, sheetId: bigint | null) {
  return { userId, walletId, sheetId };
}
