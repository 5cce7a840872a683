import { integer, type Variable } from '../lib/setting-texts.js';

/** Settings of streams that watch. */
export const watchVariables = {
  watches: {
    name: 'EWALLET_WATCHES',
    description: 'Watch streams that one server carries at most.',
    default: '2000',
    read: integer(1, 1_000_000),
  },
  watchesPerCaller: {
    name: 'EWALLET_WATCHES_PER_CALLER',
    description:
      'Watch streams from one caller at most: for the operator, from one address; of clocks, for one master.',
    default: '1000',
    read: integer(1, 1_000_000),
  },
  clockWatchesPerAccount: {
    name: 'EWALLET_CLOCK_WATCHES_PER_ACCOUNT',
    description: 'Watch streams of clocks for one account at most.',
    default: '20',
    read: integer(1, 1_000_000),
  },
  watchLifeMinutes: {
    name: 'EWALLET_WATCH_LIFE_MINUTES',
    description:
      'After how long, give or take a tenth, a watch stream ends, so that its client opens another one.',
    default: '30',
    read: integer(1, 1_440),
  },
  watchPollMs: {
    name: 'EWALLET_WATCH_POLL_MS',
    description: 'How often a server looks for changes by others while somebody watches.',
    default: '200',
    read: integer(10, 60_000),
  },
} as const satisfies Record<string, Variable<unknown>>;
