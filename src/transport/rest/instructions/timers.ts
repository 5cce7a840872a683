import { asUser } from '../../../model/caller.js';
import { type InstructionCall, instruction } from '../instruction.js';
import { timeRecordData, timeRecordShape } from '../time-record-data.js';
import { dateText, minutesSpent, numberOf, present } from '../values.js';

/** The timer of the active clock. */
export const timerInstructions = [
  instruction({
    name: 'StartClockTimer',
    chain: ['start', 'clock_timer'],
    reply: { clock: 'int', start_timestamp: 'string' },
    method: 'ClockService/StartTimer',
    async run(_, { services, requestId }) {
      const { clock, operation } = await services.clocks.startTimer({ requestId });
      return {
        clock: numberOf('clock', present(clock).clockId),
        start_timestamp: dateText(clock?.run?.startTime ?? operation?.createTime),
      };
    },
  }),
  instruction({
    name: 'PauseClockTimer',
    chain: ['pause', 'clock_timer'],
    reply: {
      clock: 'int',
      start_timestamp: 'string',
      pause_timestamp: 'string',
      pending_time: 'float',
      pending_count: 'int',
    },
    method: 'ClockService/PauseTimer',
    async run(_, { services, requestId }) {
      const { clock, operation } = await services.clocks.pauseTimer({ requestId });
      const { clockId, run } = present(clock);
      return {
        clock: numberOf('clock', clockId),
        start_timestamp: dateText(run?.startTime),
        pause_timestamp: dateText(operation?.createTime),
        pending_time: minutesSpent(run?.paused),
        pending_count: run?.pauseCount ?? 0,
      };
    },
  }),
  instruction({
    name: 'ResumeClockTimer',
    chain: ['resume', 'clock_timer'],
    reply: {
      clock: 'int',
      pending_time: 'float',
      pending_count: 'int',
      pause_timestamp: 'string',
      resume_timestamp: 'string',
    },
    method: 'ClockService/ResumeTimer',
    async run(_, call) {
      const pauseTime = await findPauseTime(call);
      const { requestId, services } = call;
      const { clock, operation } = await services.clocks.resumeTimer({ requestId });
      const { clockId, run } = present(clock);
      return {
        clock: numberOf('clock', clockId),
        pending_time: minutesSpent(run?.paused),
        pending_count: run?.pauseCount ?? 0,
        pause_timestamp: dateText(pauseTime),
        resume_timestamp: dateText(operation?.createTime),
      };
    },
  }),
  instruction({
    name: 'StopClockTimer',
    chain: ['stop', 'clock_timer'],
    reply: {
      clock: 'int',
      start_timestamp: 'string',
      stop_timestamp: 'string',
      minutes_spent: 'float',
      pending_count: 'int',
      pending_time: 'float',
      time_record: 'int',
      record_data: timeRecordShape,
    },
    method: 'ClockService/StopTimer',
    async run(_, { services, requestId }) {
      const { clock, timeRecord } = await services.clocks.stopTimer({ requestId });
      const record = present(timeRecord);
      const data = timeRecordData(record);
      return {
        clock: numberOf('clock', present(clock).clockId),
        start_timestamp: data.time_start,
        stop_timestamp: data.time_stop,
        minutes_spent: data.time_spent,
        pending_count: data.pending_count,
        pending_time: data.time_pending,
        time_record: data.id,
        record_data: data,
      };
    },
  }),
];

/** Since when the active clock is paused: the API tells only for how long. */
async function findPauseTime({ domain, inPlaceOf }: InstructionCall) {
  const { timer } = await inPlaceOf('clocks', 'getClock', {}, ({ caller }) =>
    domain.clocks.getClock(asUser(caller), null),
  );
  return timer.pauseTime;
}
