import type { Clock } from '../../../../generated/ewallet/v1/clock_service.js';
import { formatId } from '../../../model/public-id.js';
import { toDuration } from '../../convert.js';
import { optional, required } from '../arguments.js';
import { clockData, clockShape } from '../clock-data.js';
import { type InstructionCall, instruction } from '../instruction.js';
import { minutesLeft, minutesSpent, numberOf, present } from '../values.js';

const reply = { clock: 'int', clock_data: clockShape } as const;

/** Clocks of wallets. */
export const clockInstructions = [
  instruction({
    name: 'CreateCreditClock',
    chain: ['new', 'credit', 'clock'],
    reply,
    method: 'ClockService/CreateClock',
    async run(_, call) {
      return showClock(call, (await call.services.clocks.createClock({})).clock);
    },
  }),
  instruction({
    name: 'ViewCreditClock',
    chain: ['view', 'credit', 'clock'],
    reply,
    method: 'ClockService/GetClock',
    async run(_, call) {
      return showClock(call, (await call.services.clocks.getClock({})).clock);
    },
  }),
  instruction({
    name: 'SwitchCreditClock',
    chain: ['switch', 'credit', 'clock'],
    args: { clock_id: required('int') },
    reply,
    method: 'ClockService/SwitchClock',
    async run({ clock_id: id }, call) {
      const clockId = formatId('clock', id);
      return showClock(call, (await call.services.clocks.switchClock({ clockId })).clock);
    },
  }),
  instruction({
    name: 'UnlinkCreditClock',
    chain: ['unlink', 'credit', 'clock'],
    args: { clock_id: required('int') },
    reply: { credit_clock: 'int' },
    method: 'ClockService/UnlinkClock',
    async run({ clock_id: id }, { services, requestId }) {
      await services.clocks.unlinkClock({ requestId, clockId: formatId('clock', id) });
      return { credit_clock: id };
    },
  }),
];

/** Credits to time, and time to credits. */
export const conversionInstructions = [
  instruction({
    name: 'ConvertCreditsToClock',
    chain: ['convert', 'credits2clock'],
    args: { credits: required('credits'), notes: optional('string') },
    reply: {
      conversion_record: 'int',
      ewallet_credits: 'int',
      credit_clock: 'float',
      converted_credits: 'int',
    },
    method: 'ClockService/ConvertCreditsToClock',
    async run({ credits, notes = '' }, { services, requestId }) {
      const done = await services.clocks.convertCreditsToClock({ requestId, credits, notes });
      return {
        conversion_record: numberOf('operation', present(done.operation).operationId),
        ewallet_credits: done.balanceCredits,
        credit_clock: minutesLeft(done.clock?.remaining),
        converted_credits: credits,
      };
    },
  }),
  instruction({
    name: 'ConvertClockToCredits',
    chain: ['convert', 'clock2credits'],
    args: { minutes: required('minutes'), notes: optional('string') },
    reply: {
      conversion_record: 'int',
      ewallet_credits: 'int',
      credit_clock: 'float',
      converted_minutes: 'float',
    },
    method: 'ClockService/ConvertClockToCredits',
    async run({ minutes: ms, notes = '' }, { services, requestId }) {
      const time = toDuration(ms);
      const done = await services.clocks.convertClockToCredits({ requestId, time, notes });
      return {
        conversion_record: numberOf('operation', present(done.operation).operationId),
        ewallet_credits: done.balanceCredits,
        credit_clock: minutesLeft(done.clock?.remaining),
        converted_minutes: minutesSpent(done.conversionRecord?.time),
      };
    },
  }),
];

async function showClock(call: InstructionCall, clock: Clock | undefined) {
  const data = await clockData(call, present(clock));
  return { clock: data.id, clock_data: data };
}
