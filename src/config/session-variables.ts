import { integer, type Variable } from '../lib/setting-texts.js';

/** Settings of tokens, sessions and session workers. */
export const sessionVariables = {
  clientTokenMinutes: {
    name: 'EWALLET_CLIENT_TOKEN_MINUTES',
    description: 'How long a client token is valid, and by how much a keep-alive extends it.',
    default: '30',
    read: integer(1, 43_200),
  },
  sessionTokenMinutes: {
    name: 'EWALLET_SESSION_TOKEN_MINUTES',
    description: 'The same for session tokens.',
    default: '30',
    read: integer(1, 43_200),
  },
  workerLimit: {
    name: 'EWALLET_WORKER_LIMIT',
    description: 'How many session workers one server may have.',
    default: '10',
    read: integer(1, 1_000),
  },
  sessionLimit: {
    name: 'EWALLET_SESSION_LIMIT',
    description: 'How many sessions one worker takes.',
    default: '1000',
    read: integer(1, 100_000),
  },
  anonymousSessionSeconds: {
    name: 'EWALLET_ANONYMOUS_SESSION_SECONDS',
    description: 'How long a session lives that has not acquired a master.',
    default: '120',
    read: integer(1, 86_400),
  },
  anonymousPercent: {
    name: 'EWALLET_ANONYMOUS_PERCENT',
    description: 'Percentage of the session capacity that such sessions take at most.',
    default: '50',
    read: integer(1, 100),
  },
  tokenRequestsPerMinute: {
    name: 'EWALLET_TOKEN_REQUESTS_PER_MINUTE',
    description: 'Token requests that one source address may make in a minute. 0 means no limit.',
    default: { production: '300', development: '600' },
    read: integer(0, 1_000_000_000),
  },
  leaseSeconds: {
    name: 'EWALLET_LEASE_SECONDS',
    description:
      'How long the lease on the workers of a server runs. Others adopt its sessions afterwards.',
    default: '15',
    read: integer(1, 3_600),
  },
} as const satisfies Record<string, Variable<unknown>>;
