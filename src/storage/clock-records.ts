import type { TimeRecord } from '../model/clockwork.js';
import { conversions, type ToldConversion, toldConversionFromRow } from './clock-outcomes.js';
import { TIME_RECORD_COLUMNS, timeRecordFromRow } from './clock-rows.js';
import type { RecordReading } from './sheet-records.js';

/** How conversion records are read. */
export const conversionReading: RecordReading<ToldConversion, ''> = {
  kind: 'CONVERSION',
  sides: [''],
  query: (reader) => conversions(reader).select('r.unlink_time'),
  fromRow: toldConversionFromRow,
};

/** How time records are read. */
export const timeReading: RecordReading<TimeRecord, ''> = {
  kind: 'TIME',
  sides: [''],
  query: (reader) =>
    reader('time_records as r').select([
      ...TIME_RECORD_COLUMNS.map((column) => `r.${column}`),
      'r.unlink_time',
    ]),
  fromRow: timeRecordFromRow,
};
