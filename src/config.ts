import { cleanerVariables } from './config/cleaner-variables.js';
import { clockVariables } from './config/clock-variables.js';
import { limitVariables } from './config/limit-variables.js';
import { restVariables } from './config/rest-variables.js';
import { developmentSecurityKeys, securityVariables } from './config/security-variables.js';
import { sessionVariables } from './config/session-variables.js';
import { watchVariables } from './config/watch-variables.js';
import {
  address,
  boolean,
  credits,
  integer,
  isLoopback,
  mask,
  oneOf,
  optionalSecret,
  secret,
  type Variable,
} from './lib/setting-texts.js';
import { checkDatabaseUrl, hideDatabasePassword } from './storage/database-url.js';

/** How strict the server is: `production` unless the environment says `development`. */
export type Profile = 'production' | 'development';

/** Secrets of the development profile. They are public, so production refuses them. */
export const developmentSecrets = {
  operatorKey: 'development-operator-key',
  // What the predecessor gave every master, and its clients know.
  acquireKey: 'EWSC-Master-Key-Code',
  ...developmentSecurityKeys,
} as const;

/** Every setting, in the order of the documentation. Config has their values under the same names. */
export const variables = {
  profile: {
    name: 'EWALLET_PROFILE',
    description:
      '`production` is strict. `development` is for trying things out: it opens what other defaults say.',
    default: 'production',
    read: oneOf('production', 'development'),
  },
  databaseUrl: {
    name: 'EWALLET_DATABASE_URL',
    description:
      'The database: `sqlite://./relative/path`, `sqlite:///absolute/path` or `mysql://user:password@host:port/database`.',
    default: 'sqlite://./data/ewallet.sqlite',
    read: checkDatabaseUrl,
    show: hideDatabasePassword,
  },
  databaseConnections: {
    name: 'EWALLET_DATABASE_CONNECTIONS',
    description: 'Connections to MySQL at most, besides those of the ledger.',
    default: '10',
    read: integer(1, 1_000),
  },
  ledgerConnections: {
    name: 'EWALLET_LEDGER_CONNECTIONS',
    description: 'Connections to MySQL that only the ledger uses, at most.',
    default: '2',
    read: integer(1, 100),
  },
  migrate: {
    name: 'EWALLET_MIGRATE',
    description:
      '`auto` brings the schema up to date at start; `check` refuses to start when it is not.',
    default: 'auto',
    read: oneOf('auto', 'check'),
  },
  publicAddress: {
    name: 'EWALLET_PUBLIC_ADDRESS',
    description: 'Where clients and backends are served, as `host:port`. Port 0 takes a free one.',
    default: '127.0.0.1:50051',
    read: address,
  },
  operatorAddress: {
    name: 'EWALLET_OPERATOR_ADDRESS',
    description: 'Where the operator is served, as `host:port`.',
    default: '127.0.0.1:50052',
    read: address,
  },
  allowNonLoopback: {
    name: 'EWALLET_ALLOW_NON_LOOPBACK',
    description: 'Lets the development profile listen on addresses that other machines reach.',
    default: 'false',
    read: boolean,
  },
  operatorKey: {
    name: 'EWALLET_OPERATOR_KEY',
    description: 'Secret: proves the operator. At least 16 characters.',
    default: { development: developmentSecrets.operatorKey },
    read: secret,
    show: mask,
  },
  registrationKey: {
    name: 'EWALLET_REGISTRATION_KEY',
    description: 'Secret: registering a master takes it. Needed unless registration is open.',
    default: '',
    read: optionalSecret,
    show: mask,
  },
  openRegistration: {
    name: 'EWALLET_OPEN_REGISTRATION',
    description: 'Whether anyone may register a master.',
    default: { production: 'false', development: 'true' },
    read: boolean,
  },
  defaultAcquireKey: {
    name: 'EWALLET_DEFAULT_ACQUIRE_KEY',
    description: 'Secret: an acquire key that fits every master. Empty means none.',
    default: { production: '', development: developmentSecrets.acquireKey },
    read: optionalSecret,
    show: mask,
  },
  defaultSubordinateLimit: {
    name: 'EWALLET_DEFAULT_SUBORDINATE_LIMIT',
    description: 'How many users a new master may have.',
    default: '10',
    read: integer(1, 1_000_000_000),
  },
  walletsPerAccount: {
    name: 'EWALLET_WALLETS_PER_ACCOUNT',
    description: 'How many wallets a user may have.',
    default: '20',
    read: integer(1, 100),
  },
  clocksPerAccount: {
    name: 'EWALLET_CLOCKS_PER_ACCOUNT',
    description:
      'How many clocks a user may have, over all its wallets. Each wallet begins with one.',
    default: '50',
    read: integer(1, 200),
  },
  sheetsPerKind: {
    name: 'EWALLET_SHEETS_PER_KIND',
    description: 'How many sheets of one kind a wallet or clock may have.',
    default: '100',
    read: integer(1, 10_000),
  },
  newMasterCreditLimit: {
    name: 'EWALLET_NEW_MASTER_CREDIT_LIMIT',
    description: 'How many credits below zero the pool of a new master may go. 0 means prepaid.',
    default: { production: '0', development: '1000000' },
    read: credits,
  },
  newMasterSelfSupply: {
    name: 'EWALLET_NEW_MASTER_SELF_SUPPLY',
    description: 'Whether users of a new master may supply themselves from its pool.',
    default: { production: 'false', development: 'true' },
    read: boolean,
  },
  ...sessionVariables,
  ...cleanerVariables,
  ...watchVariables,
  ...securityVariables,
  ...clockVariables,
  ...limitVariables,
  ...restVariables,
  ledgerBatchSize: {
    name: 'EWALLET_LEDGER_BATCH_SIZE',
    description: 'Accounts that one transaction of the ledger locks, at most.',
    default: '400',
    read: integer(1, 900),
  },
  ledgerQueueSize: {
    name: 'EWALLET_LEDGER_QUEUE_SIZE',
    description:
      'Operations that wait for the ledger at most. Further ones are refused: OVERLOADED.',
    default: '5000',
    read: integer(1, 1_000_000),
  },
  reflection: {
    name: 'EWALLET_REFLECTION',
    description: 'Whether the listeners describe their services to grpcurl and the like.',
    default: { production: 'false', development: 'true' },
    read: boolean,
  },
  logLevel: {
    name: 'EWALLET_LOG_LEVEL',
    description: 'What is logged: faults at `error`, refusals at `info`, every call at `debug`.',
    default: 'info',
    read: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
  },
  drainDelaySeconds: {
    name: 'EWALLET_DRAIN_DELAY_SECONDS',
    description: 'How long a stopping server still serves, so that load balancers see it going.',
    default: { production: '5', development: '0' },
    read: integer(0, 300),
  },
  drainLimitSeconds: {
    name: 'EWALLET_DRAIN_LIMIT_SECONDS',
    description: 'How long a stopping server waits for calls in flight before it cuts them off.',
    default: '15',
    read: integer(1, 300),
  },
} as const satisfies Record<string, Variable<unknown>>;

type Variables = typeof variables;

/** The validated settings, frozen: one value per variable. */
export type Config = { readonly [K in keyof Variables]: ReturnType<Variables[K]['read']> };

/** The environment does not make a configuration. Its message lists every problem. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration has problems:\n${problems.map((text) => `  - ${text}`).join('\n')}`);
    this.problems = problems;
  }
}

/** The environment of this process. */
export function processEnvironment(): NodeJS.ProcessEnv {
  return process.env;
}

/** Reads and checks the settings. @throws ConfigError listing everything that is wrong */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, variable] of entries()) {
    const text = textOf(variable, env);
    if (text === undefined) {
      problems.push(`${variable.name} must be set.`);
      continue;
    }
    try {
      values[key] = variable.read(text);
    } catch (error) {
      problems.push(`${variable.name} ${(error as Error).message}`);
    }
  }
  problems.push(...findConflicts(values as Partial<Config>));
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(values) as Config;
}

/** Names in the environment that look like settings and are none: mostly typing errors. */
export function unknownVariables(env: NodeJS.ProcessEnv): string[] {
  const known = new Set<string>(entries().map(([, { name }]) => name));
  return Object.keys(env).filter(
    (name) => name.startsWith('EWALLET_') && !name.startsWith('EWALLET_TEST_') && !known.has(name),
  );
}

/** The settings in force, by name, with secrets masked. */
export function describeConfig(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    entries().map(([, variable]) => {
      const text = textOf(variable, env) ?? '';
      return [variable.name, variable.show ? variable.show(text) : text];
    }),
  );
}

function entries(): [string, Variable<unknown>][] {
  return Object.entries(variables);
}

function textOf(variable: Variable<unknown>, env: NodeJS.ProcessEnv): string | undefined {
  const text = env[variable.name]?.trim();
  if (text) return text;
  if (typeof variable.default === 'string') return variable.default;
  const development = env[variables.profile.name]?.trim() === 'development';
  return variable.default[development ? 'development' : 'production'];
}

/** What is wrong about settings together. Those that could not be read are absent. */
function findConflicts(config: Partial<Config>): string[] {
  const problems =
    config.profile === 'development'
      ? findDevelopmentConflicts(config)
      : findProductionConflicts(config);
  if (config.registrationKey === null && config.openRegistration === false) {
    problems.push(`${variables.registrationKey.name} must be set, unless registration is open.`);
  }
  return problems;
}

function findDevelopmentConflicts(config: Partial<Config>): string[] {
  if (config.allowNonLoopback) return [];
  return (['publicAddress', 'operatorAddress', 'restAddress'] as const).flatMap((key) => {
    const value = config[key];
    return value === undefined || value === null || isLoopback(value)
      ? []
      : [
          `${variables[key].name} is not a loopback address, which the development profile refuses: anyone could get credits. ` +
            `Set ${variables.allowNonLoopback.name}=true if that is meant.`,
        ];
  });
}

function findProductionConflicts(config: Partial<Config>): string[] {
  const problems: string[] = [];
  const known = new Set<string>(Object.values(developmentSecrets));
  const ownKeys = config.secretsKeys?.map(({ id, key }) => `${id}:${key.toString('base64')}`) ?? [];
  if (ownKeys.some((key) => known.has(key))) {
    problems.push(
      `${variables.secretsKeys.name} has the key of the development profile: make your own.`,
    );
  }
  for (const key of ['operatorKey', 'registrationKey', 'defaultAcquireKey', 'auditKey'] as const) {
    if (known.has(config[key] ?? '')) {
      problems.push(
        `${variables[key].name} is a secret of the development profile: make your own.`,
      );
    }
  }
  if (config.operatorKey !== undefined && config.operatorKey === config.registrationKey) {
    problems.push(
      `${variables.registrationKey.name} must differ from ${variables.operatorKey.name}.`,
    );
  }
  return problems;
}
