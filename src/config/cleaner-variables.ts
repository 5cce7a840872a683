import { boolean, integer, type Variable } from '../lib/setting-texts.js';

/** The settings of cleaners, and of how long what they remove is kept. */
export const cleanerVariables = {
  sessionCleanerMinutes: {
    name: 'EWALLET_SESSION_CLEANER_MINUTES',
    description: 'How often expired sessions are removed.',
    default: '30',
    read: integer(1, 10_080),
  },
  clientTokenCleanerMinutes: {
    name: 'EWALLET_CLIENT_TOKEN_CLEANER_MINUTES',
    description: 'How often expired client tokens are removed.',
    default: '30',
    read: integer(1, 10_080),
  },
  sessionTokenCleanerMinutes: {
    name: 'EWALLET_SESSION_TOKEN_CLEANER_MINUTES',
    description: 'How often expired session tokens are removed.',
    default: '30',
    read: integer(1, 10_080),
  },
  workerCleanerMinutes: {
    name: 'EWALLET_WORKER_CLEANER_MINUTES',
    description: 'How often vacant workers are removed. Each server keeps one in reserve.',
    default: '60',
    read: integer(1, 10_080),
  },
  accountCleanerMinutes: {
    name: 'EWALLET_ACCOUNT_CLEANER_MINUTES',
    description: 'How often accounts and masters are removed whose time to recover is over.',
    default: '1440',
    read: integer(1, 10_080),
  },
  removalDays: {
    name: 'EWALLET_REMOVAL_DAYS',
    description: 'How long accounts and masters that are marked for removal can be recovered.',
    default: '30',
    read: integer(1, 3_650),
  },
  forcedRemoval: {
    name: 'EWALLET_FORCED_REMOVAL',
    description: 'Whether they may be removed at once instead.',
    default: { production: 'false', development: 'true' },
    read: boolean,
  },
  loginRecordDays: {
    name: 'EWALLET_LOGIN_RECORD_DAYS',
    description: 'How long records of logins and logouts are kept, with the addresses in them.',
    default: '730',
    read: integer(1, 36_500),
  },
  cleanerBatchSize: {
    name: 'EWALLET_CLEANER_BATCH_SIZE',
    description: 'What one transaction of a cleaner removes, at most.',
    default: '100',
    read: integer(1, 500),
  },
} as const satisfies Record<string, Variable<unknown>>;
