import type { SheetKind } from '../../model/sheet.js';
import type { MissableKind } from '../not-found.js';

/** What the API calls the sheets and records of a kind, and what a sheet is called that nobody named. */
export type SheetWords = {
  readonly sheet: MissableKind;
  readonly record: MissableKind;
  readonly reference: string;
};

/** The words of the kinds. */
export const sheetWords: Readonly<Record<SheetKind, SheetWords>> = {
  TRANSFER: { sheet: 'transferSheet', record: 'transferRecord', reference: 'Transfer Sheet' },
  INVOICE: { sheet: 'invoiceSheet', record: 'invoiceRecord', reference: 'Invoice Sheet' },
  CONVERSION: {
    sheet: 'conversionSheet',
    record: 'conversionRecord',
    reference: 'Conversion Sheet',
  },
  TIME: { sheet: 'timeSheet', record: 'timeRecord', reference: 'Time Sheet' },
};
