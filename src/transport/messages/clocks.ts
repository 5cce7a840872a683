import {
  type Clock as ClockMessage,
  type TimerRun,
  TimerState,
} from '../../../generated/ewallet/v1/clock_service.js';
import { type Clock, remaining, settle } from '../../model/clock.js';
import { formatId, formatOptionalId } from '../../model/public-id.js';
import { toDuration, toOptionalTimestamp, toTimestamp } from '../convert.js';

const timerStates: Record<Clock['timer']['state'], TimerState> = {
  INACTIVE: TimerState.TIMER_STATE_INACTIVE,
  ACTIVE: TimerState.TIMER_STATE_ACTIVE,
  PAUSED: TimerState.TIMER_STATE_PAUSED,
};

/** A clock as it is at `observeTime`: a timer that has run out by then is off, whether or not that is settled. */
export function toClock(clock: Clock, observeTime: number): ClockMessage {
  const { timer } = settle(clock.timer, clock.balance, observeTime);
  return {
    clockId: formatId('clock', clock.id),
    walletId: formatId('wallet', clock.walletId),
    reference: clock.reference,
    timerState: timerStates[timer.state],
    remaining: toDuration(remaining(clock, observeTime)),
    observeTime: toTimestamp(observeTime),
    runsOutTime: toOptionalTimestamp(timer.runsOutTime),
    timePerCredit: toDuration(clock.msPerCredit),
    run: toRun(timer, observeTime),
    activeTimeSheetId: formatOptionalId('timeSheet', clock.activeTimeSheetId),
    activeConversionSheetId: formatOptionalId('conversionSheet', clock.activeConversionSheetId),
    revision: clock.revision,
    createTime: toTimestamp(clock.createTime),
    updateTime: toTimestamp(clock.updateTime),
  };
}

function toRun(
  { startTime, pauseTime, spentMs, pausedMs, pauseCount }: Clock['timer'],
  observeTime: number,
): TimerRun | undefined {
  if (startTime === null) return undefined;
  const pausing = pauseTime === null ? 0 : Math.max(0, observeTime - pauseTime);
  return {
    startTime: toTimestamp(startTime),
    spent: toDuration(spentMs),
    paused: toDuration(pausedMs + pausing),
    pauseCount,
  };
}
