import { integer, type Variable } from '../lib/setting-texts.js';

/** Settings of clocks. */
export const clockVariables = {
  clockMsPerCredit: {
    name: 'EWALLET_CLOCK_MS_PER_CREDIT',
    description:
      'Milliseconds that one credit buys on a new clock. A clock keeps the rate that it was made with.',
    default: '60000',
    read: integer(1, 31_557_600_000),
  },
  clockPollMs: {
    name: 'EWALLET_CLOCK_POLL_MS',
    description:
      'How often a server looks for timers that have run out. What is charged is the same.',
    default: '200',
    read: integer(10, 60_000),
  },
} as const satisfies Record<string, Variable<unknown>>;
