import { insertClock } from '../../storage/clocks.js';
import { insertLedgerAccounts } from '../../storage/ledger-accounts.js';
import { insertSheets } from '../../storage/sheets.js';
import type { Tx } from '../../storage/transaction.js';
import { sheetWords } from '../sheets/sheet-words.js';

/** How many ids a clock takes with its sheets. */
export const CLOCK_IDS = 3;

/** What a clock is called that nobody named. */
export const CLOCK_REFERENCE = 'Credit Clock';

/** A clock to open, and the two sheets that it begins with. */
export type ClockToOpen = {
  readonly id: bigint;
  readonly timeSheetId: bigint;
  readonly conversionSheetId: bigint;
  readonly userId: bigint;
  readonly masterId: bigint;
  readonly walletId: bigint;
  readonly reference: string;
  readonly msPerCredit: number;
  readonly createTime: number;
};

/** Opens a clock with its ledger account and an active time and conversion sheet. Making it the wallet's active one is the caller's. */
export async function openClock(tx: Tx, clock: ClockToOpen): Promise<void> {
  const { id, userId, masterId, createTime, timeSheetId, conversionSheetId } = clock;
  await insertClock(tx, {
    ...clock,
    activeTimeSheetId: timeSheetId,
    activeConversionSheetId: conversionSheetId,
  });
  const sheet = { ownerId: id, userId, createTime };
  await insertSheets(tx, [
    { ...sheet, id: timeSheetId, kind: 'TIME', reference: sheetWords.TIME.reference },
    {
      ...sheet,
      id: conversionSheetId,
      kind: 'CONVERSION',
      reference: sheetWords.CONVERSION.reference,
    },
  ]);
  const account = { id, kind: 'CLOCK', unit: 'MILLISECOND', masterId, floor: 0n } as const;
  await insertLedgerAccounts(tx, [account], createTime);
}
