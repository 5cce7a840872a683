import type { IdKind } from '../../model/public-id.js';
import type { Reason } from '../../model/reasons.js';
import type { SheetKind } from '../../model/sheet.js';

/** A sheet or record in words of the API: its type, the kind of its id, and what is told when it is not there. */
export type SheetWord = { readonly type: string; readonly id: IdKind; readonly missing: Reason };

/** What the API calls the sheets and records of a kind, and what a sheet is called that nobody named. */
export type SheetWords = {
  readonly sheet: SheetWord;
  readonly record: SheetWord;
  readonly reference: string;
};

/** The words of the kinds. */
export const sheetWords: Readonly<Record<SheetKind, SheetWords>> = {
  TRANSFER: {
    sheet: { type: 'transfer_sheet', id: 'transferSheet', missing: 'TRANSFER_SHEET_NOT_FOUND' },
    record: { type: 'transfer_record', id: 'transferRecord', missing: 'TRANSFER_RECORD_NOT_FOUND' },
    reference: 'Transfer Sheet',
  },
  INVOICE: {
    sheet: { type: 'invoice_sheet', id: 'invoiceSheet', missing: 'INVOICE_SHEET_NOT_FOUND' },
    record: { type: 'invoice_record', id: 'invoiceRecord', missing: 'INVOICE_RECORD_NOT_FOUND' },
    reference: 'Invoice Sheet',
  },
  CONVERSION: {
    sheet: {
      type: 'conversion_sheet',
      id: 'conversionSheet',
      missing: 'CONVERSION_SHEET_NOT_FOUND',
    },
    record: {
      type: 'conversion_record',
      id: 'conversionRecord',
      missing: 'CONVERSION_RECORD_NOT_FOUND',
    },
    reference: 'Conversion Sheet',
  },
  TIME: {
    sheet: { type: 'time_sheet', id: 'timeSheet', missing: 'TIME_SHEET_NOT_FOUND' },
    record: { type: 'time_record', id: 'timeRecord', missing: 'TIME_RECORD_NOT_FOUND' },
    reference: 'Time Sheet',
  },
};
