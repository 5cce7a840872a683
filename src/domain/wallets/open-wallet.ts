import { insertLedgerAccounts } from '../../storage/ledger-accounts.js';
import { insertSheets } from '../../storage/sheets.js';
import type { Tx } from '../../storage/transaction.js';
import { insertWallet } from '../../storage/wallets.js';
import { CLOCK_REFERENCE, openClock } from '../clocks/open-clock.js';
import { sheetWords } from '../sheets/sheet-words.js';

/** How many ids a wallet takes with all that it begins with. */
export const WALLET_IDS = 6;

/** A wallet to open. */
export type WalletToOpen = {
  /** {@link WALLET_IDS} ids, the first for the wallet itself. */
  readonly ids: readonly bigint[];
  readonly user: { readonly id: bigint; readonly masterId: bigint };
  /** Empty: it gets the usual one. */
  readonly reference: string;
  readonly msPerCredit: number;
  readonly createTime: number;
};

/** What a wallet is called that nobody named. */
const REFERENCE = 'Credit EWallet';

/** Opens a wallet with its ledger account, an active transfer and invoice sheet, and an active clock with all that it begins with. */
export async function openWallet(tx: Tx, wallet: WalletToOpen): Promise<void> {
  const { user, msPerCredit, createTime } = wallet;
  const [id, transferSheetId, invoiceSheetId, ...clockIds] = wallet.ids as Six;
  const { id: userId, masterId } = user;
  await insertWallet(tx, {
    id,
    userId,
    masterId,
    reference: wallet.reference || REFERENCE,
    activeTransferSheetId: transferSheetId,
    activeInvoiceSheetId: invoiceSheetId,
    activeClockId: clockIds[0],
    createTime,
  });
  const sheet = { ownerId: id, userId, createTime };
  await insertSheets(tx, [
    { ...sheet, id: transferSheetId, kind: 'TRANSFER', reference: sheetWords.TRANSFER.reference },
    { ...sheet, id: invoiceSheetId, kind: 'INVOICE', reference: sheetWords.INVOICE.reference },
  ]);
  const account = { id, kind: 'WALLET', unit: 'CREDIT', masterId, floor: 0n } as const;
  await insertLedgerAccounts(tx, [account], createTime);
  const [clockId, timeSheetId, conversionSheetId] = clockIds;
  const owner = { userId, masterId, walletId: id, msPerCredit, createTime };
  const reference = CLOCK_REFERENCE;
  await openClock(tx, { ...owner, id: clockId, timeSheetId, conversionSheetId, reference });
}

type Six = readonly [bigint, bigint, bigint, bigint, bigint, bigint];
