import { type Clock, TimerState } from '../../../generated/ewallet/v1/clock_service.js';
import { newestOf } from './account-data.js';
import type { InstructionCall } from './instruction.js';
import { fieldsOf, mapOf } from './reply-shape.js';
import { byId, dateText, minutesLeft, numberOf } from './values.js';
import { referenceOf } from './wallet-data.js';

/** A clock as the predecessor shows it. */
export const clockShape = fieldsOf({
  id: 'int',
  ewallet: 'int',
  reference: 'string',
  create_date: 'string',
  write_date: 'string',
  credit_clock: 'float',
  clock_state: 'string',
  time_sheet: 'int',
  time_sheet_archive: mapOf('string'),
  conversion_sheet: 'int',
  conversion_sheet_archive: mapOf('string'),
});

const states: Partial<Record<TimerState, string>> = {
  [TimerState.TIMER_STATE_INACTIVE]: 'inactive',
  [TimerState.TIMER_STATE_ACTIVE]: 'active',
  [TimerState.TIMER_STATE_PAUSED]: 'pending',
};

/** The data of a clock of the caller. */
export async function clockData({ services }: InstructionCall, clock: Clock) {
  const { clockId } = clock;
  const [timeSheets, conversionSheets] = await Promise.all([
    newestOf(
      (page) => services.timeSheets.listTimeSheets({ ...page, clockId }),
      (reply) => reply.timeSheets,
    ),
    newestOf(
      (page) => services.conversionSheets.listConversionSheets({ ...page, clockId }),
      (reply) => reply.conversionSheets,
    ),
  ]);
  return {
    id: numberOf('clock', clockId),
    ewallet: numberOf('wallet', clock.walletId),
    reference: clock.reference,
    create_date: dateText(clock.createTime),
    write_date: dateText(clock.updateTime),
    credit_clock: minutesLeft(clock.remaining),
    clock_state: states[clock.timerState] ?? null,
    time_sheet: numberOf('timeSheet', clock.activeTimeSheetId),
    time_sheet_archive: byId('timeSheet', timeSheets, (row) => row.timeSheetId, referenceOf),
    conversion_sheet: numberOf('conversionSheet', clock.activeConversionSheetId),
    conversion_sheet_archive: byId(
      'conversionSheet',
      conversionSheets,
      (row) => row.conversionSheetId,
      referenceOf,
    ),
  };
}
