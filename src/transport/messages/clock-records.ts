import {
  ConversionKind,
  type ConversionRecord as ConversionMessage,
} from '../../../generated/ewallet/v1/conversion_sheet_service.js';
import {
  StopReason,
  type TimeRecord as TimeMessage,
} from '../../../generated/ewallet/v1/time_sheet_service.js';
import type { ConversionRecord, TimeRecord } from '../../model/clockwork.js';
import { formatId, formatOptionalId } from '../../model/public-id.js';
import type { ToldConversion } from '../../storage/clock-outcomes.js';
import { toDuration, toTimestamp } from '../convert.js';

const conversionKinds: Record<ConversionRecord['kind'], ConversionKind> = {
  TO_CLOCK: ConversionKind.CONVERSION_KIND_TO_CLOCK,
  FROM_CLOCK: ConversionKind.CONVERSION_KIND_FROM_CLOCK,
};

const stopReasons: Record<TimeRecord['stopReason'], StopReason> = {
  USER: StopReason.STOP_REASON_USER,
  EXHAUSTED: StopReason.STOP_REASON_EXHAUSTED,
  FROZEN: StopReason.STOP_REASON_FROZEN,
  UNLINKED: StopReason.STOP_REASON_UNLINKED,
};

/** A conversion record. */
export function toConversionRecord({
  record: { record, notes },
}: {
  readonly record: ToldConversion;
}): ConversionMessage {
  return {
    conversionRecordId: formatId('conversionRecord', record.operationId),
    conversionSheetId: formatOptionalId('conversionSheet', record.sheetId),
    operationId: formatId('operation', record.operationId),
    kind: conversionKinds[record.kind],
    clockId: formatId('clock', record.clockId),
    walletId: formatId('wallet', record.walletId),
    credits: record.credits,
    time: toDuration(record.timeMs),
    timePerCredit: toDuration(record.msPerCredit),
    notes,
    createTime: toTimestamp(record.createTime),
  };
}

/** A time record. */
export function toTimeRecord({ record }: { readonly record: TimeRecord }): TimeMessage {
  return {
    timeRecordId: formatId('timeRecord', record.runId),
    timeSheetId: formatOptionalId('timeSheet', record.timeSheetId),
    clockId: formatId('clock', record.clockId),
    operationId: formatId('operation', record.operationId),
    startTime: toTimestamp(record.startTime),
    stopTime: toTimestamp(record.stopTime),
    spent: toDuration(record.spentMs),
    paused: toDuration(record.pausedMs),
    pauseCount: record.pauseCount,
    stopReason: stopReasons[record.stopReason],
    createTime: toTimestamp(record.createTime),
  };
}
