import { networks } from '../lib/network-texts.js';
import { integer, mask, secret, secretsKeys, type Variable } from '../lib/setting-texts.js';

/** Keys of the development profile. They are public, so production refuses them. */
export const developmentSecurityKeys = {
  auditKey: 'development-audit-key',
  secretsKeys: 'development:ZGV2ZWxvcG1lbnQtc2VjcmV0cy1rZXktMzItYnl0ZXM=',
} as const;

/** The settings of passwords, throttling, the audit trail and secrets at rest. */
export const securityVariables = {
  passwordMemoryKib: {
    name: 'EWALLET_PASSWORD_MEMORY_KIB',
    description: 'Memory that hashing one password takes (argon2id).',
    default: '19456',
    read: integer(8, 1_048_576),
  },
  passwordIterations: {
    name: 'EWALLET_PASSWORD_ITERATIONS',
    description: 'Rounds of hashing a password.',
    default: '2',
    read: integer(1, 100),
  },
  passwordHistory: {
    name: 'EWALLET_PASSWORD_HISTORY',
    description: 'How many passwords before the present one may not be used again.',
    default: '5',
    read: integer(0, 24),
  },
  throttleMinutes: {
    name: 'EWALLET_THROTTLE_MINUTES',
    description: 'Span of time in which failed logins and wrong keys are counted.',
    default: '15',
    read: integer(1, 1_440),
  },
  loginFailuresPerPair: {
    name: 'EWALLET_LOGIN_FAILURES_PER_PAIR',
    description: 'Failed logins to one account from one source in such a span. 0 means no limit.',
    default: { production: '10', development: '1000' },
    read: integer(0, 1_000_000_000),
  },
  loginFailuresPerAccount: {
    name: 'EWALLET_LOGIN_FAILURES_PER_ACCOUNT',
    description:
      'The same to one account from all sources together. Sources that it was logged in to from before are let in above it.',
    default: { production: '50', development: '10000' },
    read: integer(0, 1_000_000_000),
  },
  loginFailuresPerSource: {
    name: 'EWALLET_LOGIN_FAILURES_PER_SOURCE',
    description: 'The same from one source to all accounts together, with the same exception.',
    default: { production: '200', development: '10000' },
    read: integer(0, 1_000_000_000),
  },
  keyFailuresPerSource: {
    name: 'EWALLET_KEY_FAILURES_PER_SOURCE',
    description: 'Wrong keys of one kind from one source in such a span. 0 means no limit.',
    default: { production: '50', development: '10000' },
    read: integer(0, 1_000_000_000),
  },
  trustedProxies: {
    name: 'EWALLET_TRUSTED_PROXIES',
    description:
      'Addresses and networks (`10.0.0.0/8`), with commas between, whose `x-forwarded-for` counts, over gRPC and REST.',
    default: '',
    read: networks,
  },
  auditKey: {
    name: 'EWALLET_AUDIT_KEY',
    description:
      'Secret: e-mails of failed logins are kept as hashes under this key. Change it and they match no later ones.',
    default: { development: developmentSecurityKeys.auditKey },
    read: secret,
    show: mask,
  },
  secretsKeys: {
    name: 'EWALLET_SECRETS_KEYS',
    description:
      'Secret: what the secrets of one-time passwords are encrypted with: `id:key`, several with commas between. The first encrypts, all decrypt.',
    default: { development: developmentSecurityKeys.secretsKeys },
    read: secretsKeys,
    show: mask,
  },
} as const satisfies Record<string, Variable<unknown>>;
