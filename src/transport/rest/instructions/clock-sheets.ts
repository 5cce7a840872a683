import {
  ConversionKind,
  type ConversionRecord,
  type ConversionSheet,
} from '../../../../generated/ewallet/v1/conversion_sheet_service.js';
import type { TimeSheet } from '../../../../generated/ewallet/v1/time_sheet_service.js';
import { formatId, parseId } from '../../../model/public-id.js';
import { newestOf } from '../account-data.js';
import { fieldsOf } from '../reply-shape.js';
import type { PlainSheet } from '../sheet-data.js';
import { timeRecordData, timeRecordShape } from '../time-record-data.js';
import { dateText, minutesSpent, numberOf, present } from '../values.js';
import { sheetInstructions } from './sheets.js';

const conversionShape = fieldsOf({
  id: 'int',
  conversion_sheet: 'int',
  reference: 'string',
  create_date: 'string',
  write_date: 'string',
  conversion_type: 'string',
  minutes: 'float',
  credits: 'int',
});

/** Conversion sheets and their records. */
export const conversionSheetInstructions = sheetInstructions({
  name: 'Conversion',
  word: 'conversion',
  owner: 'clock',
  record: conversionShape,
  create: async ({ services }) =>
    plainConversionSheet(
      (await services.conversionSheets.createConversionSheet({})).conversionSheet,
    ),
  get: async ({ services }) =>
    plainConversionSheet((await services.conversionSheets.getConversionSheet({})).conversionSheet),
  async switchTo({ services }, id) {
    const conversionSheetId = formatId('conversionSheet', id);
    const reply = await services.conversionSheets.switchConversionSheet({ conversionSheetId });
    return plainConversionSheet(reply.conversionSheet);
  },
  unlink: ({ services }, id) =>
    services.conversionSheets.unlinkConversionSheet({
      conversionSheetId: formatId('conversionSheet', id),
    }),
  async listRecords({ services }, sheetId) {
    const conversionSheetId = formatId('conversionSheet', sheetId);
    const records = await newestOf(
      (page) => services.conversionSheets.listConversionRecords({ ...page, conversionSheetId }),
      (reply) => reply.conversionRecords,
    );
    return records.map((record) => parseId('conversionRecord', record.conversionRecordId) ?? 0n);
  },
  async getRecord({ services }, id) {
    const conversionRecordId = formatId('conversionRecord', id);
    const reply = await services.conversionSheets.getConversionRecord({ conversionRecordId });
    return showConversion(present(reply.conversionRecord));
  },
  unlinkRecord: ({ services }, id) =>
    services.conversionSheets.unlinkConversionRecord({
      conversionRecordId: formatId('conversionRecord', id),
    }),
});

/** Time sheets and their records. */
export const timeSheetInstructions = sheetInstructions({
  name: 'Time',
  word: 'time',
  owner: 'clock',
  record: timeRecordShape,
  create: async ({ services }) =>
    plainTimeSheet((await services.timeSheets.createTimeSheet({})).timeSheet),
  get: async ({ services }) =>
    plainTimeSheet((await services.timeSheets.getTimeSheet({})).timeSheet),
  async switchTo({ services }, id) {
    const timeSheetId = formatId('timeSheet', id);
    return plainTimeSheet((await services.timeSheets.switchTimeSheet({ timeSheetId })).timeSheet);
  },
  unlink: ({ services }, id) =>
    services.timeSheets.unlinkTimeSheet({ timeSheetId: formatId('timeSheet', id) }),
  async listRecords({ services }, sheetId) {
    const timeSheetId = formatId('timeSheet', sheetId);
    const records = await newestOf(
      (page) => services.timeSheets.listTimeRecords({ ...page, timeSheetId }),
      (reply) => reply.timeRecords,
    );
    return records.map(({ timeRecordId }) => parseId('timeRecord', timeRecordId) ?? 0n);
  },
  async getRecord({ services }, id) {
    const timeRecordId = formatId('timeRecord', id);
    const { timeRecord } = await services.timeSheets.getTimeRecord({ timeRecordId });
    const record = present(timeRecord);
    return { sheetId: numberOf('timeSheet', record.timeSheetId), data: timeRecordData(record) };
  },
  unlinkRecord: ({ services }, id) =>
    services.timeSheets.unlinkTimeRecord({ timeRecordId: formatId('timeRecord', id) }),
});

function plainConversionSheet(sheet: ConversionSheet | undefined): PlainSheet {
  const { conversionSheetId, clockId, ...rest } = present(sheet);
  return {
    ...rest,
    id: parseId('conversionSheet', conversionSheetId) ?? 0n,
    ownerId: parseId('clock', clockId) ?? 0n,
  };
}

function plainTimeSheet(sheet: TimeSheet | undefined): PlainSheet {
  const { timeSheetId, clockId, ...rest } = present(sheet);
  return {
    ...rest,
    id: parseId('timeSheet', timeSheetId) ?? 0n,
    ownerId: parseId('clock', clockId) ?? 0n,
  };
}

function showConversion(record: ConversionRecord) {
  const sheetId = numberOf('conversionSheet', record.conversionSheetId);
  const toClock = record.kind === ConversionKind.CONVERSION_KIND_TO_CLOCK;
  const data = {
    id: numberOf('conversionRecord', record.conversionRecordId),
    conversion_sheet: sheetId,
    reference: 'ConversionRecord',
    create_date: dateText(record.createTime),
    write_date: dateText(record.createTime),
    conversion_type: toClock ? 'credits2clock' : 'clock2credits',
    minutes: minutesSpent(record.time),
    credits: record.credits,
  };
  return { sheetId, data };
}
