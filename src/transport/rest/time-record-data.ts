import type { TimeRecord } from '../../../generated/ewallet/v1/time_sheet_service.js';
import { fieldsOf } from './reply-shape.js';
import { dateText, minutesSpent, numberOf } from './values.js';

/** A time record as the predecessor shows it. */
export const timeRecordShape = fieldsOf({
  id: 'int',
  time_sheet: 'int',
  reference: 'string',
  create_date: 'string',
  write_date: 'string',
  time_start: 'string',
  time_stop: 'string',
  time_spent: 'float',
  time_pending: 'float',
  pending_count: 'int',
});

/** The data of a time record of the caller. */
export function timeRecordData(record: TimeRecord) {
  return {
    id: numberOf('timeRecord', record.timeRecordId),
    time_sheet: numberOf('timeSheet', record.timeSheetId),
    reference: 'TimeRecord',
    create_date: dateText(record.createTime),
    write_date: dateText(record.createTime),
    time_start: dateText(record.startTime),
    time_stop: dateText(record.stopTime),
    time_spent: minutesSpent(record.spent),
    time_pending: minutesSpent(record.paused),
    pending_count: record.pauseCount,
  };
}
