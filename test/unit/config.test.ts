import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  ConfigError,
  describeConfig,
  developmentSecrets,
  loadConfig,
  unknownVariables,
} from '../../src/config.js';
import { configurationTable } from '../support/configuration-table.js';

const production = {
  EWALLET_OPERATOR_KEY: 'an-operator-key-of-our-own',
  EWALLET_REGISTRATION_KEY: 'a-registration-key-of-our-own',
  EWALLET_AUDIT_KEY: 'an-audit-key-of-our-own',
  EWALLET_SECRETS_KEYS: `2026:${Buffer.alloc(32, 'of-our-own').toString('base64')}`,
};

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('production', () => {
  test('is the profile when none is said, and is strict by default', () => {
    const config = loadConfig(production);
    expect(config).toMatchObject({
      profile: 'production',
      publicAddress: '127.0.0.1:50051',
      operatorAddress: '127.0.0.1:50052',
      openRegistration: false,
      newMasterCreditLimit: 0n,
      newMasterSelfSupply: false,
      defaultAcquireKey: null,
      reflection: false,
      migrate: 'auto',
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  test('demands an operator key, an audit key, keys for secrets and a registration key', () => {
    expect(problemsOf({})).toEqual([
      'EWALLET_OPERATOR_KEY must be set.',
      'EWALLET_AUDIT_KEY must be set.',
      'EWALLET_SECRETS_KEYS must be set.',
      'EWALLET_REGISTRATION_KEY must be set, unless registration is open.',
    ]);
  });

  test('needs no registration key when registration is open', () => {
    const { EWALLET_REGISTRATION_KEY: _, ...others } = production;
    expect(problemsOf({ ...others, EWALLET_OPEN_REGISTRATION: 'true' })).toEqual([]);
  });

  test.each([
    ['EWALLET_OPERATOR_KEY', developmentSecrets.operatorKey],
    ['EWALLET_REGISTRATION_KEY', developmentSecrets.operatorKey],
    ['EWALLET_DEFAULT_ACQUIRE_KEY', developmentSecrets.acquireKey],
    ['EWALLET_AUDIT_KEY', developmentSecrets.auditKey],
  ])('refuses a secret of the development profile as %s', (name, value) => {
    expect(problemsOf({ ...production, [name]: value })).toEqual([
      `${name} is a secret of the development profile: make your own.`,
    ]);
  });

  test("refuses the development profile's key for secrets, also as an old one", () => {
    const EWALLET_SECRETS_KEYS = `${production.EWALLET_SECRETS_KEYS},${developmentSecrets.secretsKeys}`;
    expect(problemsOf({ ...production, EWALLET_SECRETS_KEYS })).toEqual([
      'EWALLET_SECRETS_KEYS has the key of the development profile: make your own.',
    ]);
  });

  test.each(['', ':', 'a', 'a:c2hvcnQ=', 'a b:c2hvcnQ=', 'x:'])(
    'refuses %j as keys for secrets, without repeating it',
    (text) => {
      const [problem] = problemsOf({ ...production, EWALLET_SECRETS_KEYS: text });
      expect(problem).toMatch(/^EWALLET_SECRETS_KEYS must be (set\.|id:key)/);
      expect(problem).not.toContain('c2hvcnQ');
    },
  );

  test('refuses one key for two purposes', () => {
    const key = production.EWALLET_OPERATOR_KEY;
    expect(problemsOf({ ...production, EWALLET_REGISTRATION_KEY: key })).toEqual([
      'EWALLET_REGISTRATION_KEY must differ from EWALLET_OPERATOR_KEY.',
    ]);
  });
});

describe('development', () => {
  const development = { EWALLET_PROFILE: 'development' };

  test('opens what is needed to try things out', () => {
    expect(loadConfig(development)).toMatchObject({
      openRegistration: true,
      newMasterCreditLimit: 1_000_000n,
      newMasterSelfSupply: true,
      operatorKey: developmentSecrets.operatorKey,
      defaultAcquireKey: developmentSecrets.acquireKey,
      reflection: true,
    });
  });

  test.each(['0.0.0.0:50051', '[::]:50051', '192.168.1.2:1', 'example.org:1', '128.0.0.1:1'])(
    'refuses %s, which other machines reach, unless told otherwise',
    (address) => {
      const env = { ...development, EWALLET_PUBLIC_ADDRESS: address };
      expect(problemsOf(env)).toEqual([
        expect.stringContaining('EWALLET_PUBLIC_ADDRESS is not a loopback address'),
      ]);
      expect(problemsOf({ ...env, EWALLET_ALLOW_NON_LOOPBACK: 'true' })).toEqual([]);
    },
  );

  test('refuses to serve REST there, too; off is served nowhere', () => {
    expect(problemsOf({ ...development, EWALLET_REST_ADDRESS: '0.0.0.0:8080' })).toEqual([
      expect.stringContaining('EWALLET_REST_ADDRESS is not a loopback address'),
    ]);
    expect(problemsOf({ ...development, EWALLET_REST_ADDRESS: 'off' })).toEqual([]);
  });

  test.each(['127.0.0.1:0', '127.9.9.9:1', 'localhost:50051', '[::1]:50051'])(
    'listens on %s',
    (address) => {
      expect(problemsOf({ ...development, EWALLET_OPERATOR_ADDRESS: address })).toEqual([]);
    },
  );
});

test('every problem is listed at once, and no secret with it', () => {
  const problems = problemsOf({
    EWALLET_PROFILE: 'staging',
    EWALLET_DATABASE_URL: 'postgres://user:hunter2hunter2@db/x',
    EWALLET_PUBLIC_ADDRESS: '127.0.0.1',
    EWALLET_OPERATOR_ADDRESS: '127.0.0.1:99999',
    EWALLET_OPERATOR_KEY: 'too short',
    EWALLET_REGISTRATION_KEY: 'has spaces, which no metadata keeps apart',
    EWALLET_OPEN_REGISTRATION: 'yes',
    EWALLET_AUDIT_KEY: 'also short',
    EWALLET_SECRETS_KEYS: 'short:c2hvcnQ=',
    EWALLET_CLIENT_TOKEN_MINUTES: '0',
    EWALLET_LEDGER_BATCH_SIZE: '1e3',
    EWALLET_NEW_MASTER_CREDIT_LIMIT: '-1',
  });
  expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
    'EWALLET_PROFILE',
    'EWALLET_DATABASE_URL',
    'EWALLET_PUBLIC_ADDRESS',
    'EWALLET_OPERATOR_ADDRESS',
    'EWALLET_OPERATOR_KEY',
    'EWALLET_REGISTRATION_KEY',
    'EWALLET_OPEN_REGISTRATION',
    'EWALLET_NEW_MASTER_CREDIT_LIMIT',
    'EWALLET_CLIENT_TOKEN_MINUTES',
    'EWALLET_AUDIT_KEY',
    'EWALLET_SECRETS_KEYS',
    'EWALLET_LEDGER_BATCH_SIZE',
  ]);
  expect(problems.join()).not.toMatch(/hunter2|too short|also short|has spaces/);
});

test('an empty variable counts as unset', () => {
  expect(loadConfig({ ...production, EWALLET_MIGRATE: ' ' }).migrate).toBe('auto');
});

test('the settings are shown with every secret masked', () => {
  const shown = describeConfig({
    ...production,
    EWALLET_DEFAULT_ACQUIRE_KEY: 'an-acquire-key-of-our-own',
    EWALLET_DATABASE_URL: 'mysql://ewallet:hunter2@db.example:3307/book',
  });
  expect(shown).toMatchObject({
    EWALLET_OPERATOR_KEY: '***',
    EWALLET_DATABASE_URL: 'mysql://ewallet:***@db.example:3307/book',
    EWALLET_LOG_LEVEL: 'info',
  });
  expect(JSON.stringify(shown)).not.toMatch(/of-our-own|hunter2/);
});

test('a mistyped variable is found', () => {
  const env = { ...production, EWALLET_OPERATER_KEY: 'x', EWALLET_TEST_MYSQL_URL: 'x', PATH: 'x' };
  expect(unknownVariables(env)).toEqual(['EWALLET_OPERATER_KEY']);
});

test('docs/configuration.md holds the table of the settings as they are', () => {
  expect(readFileSync('docs/configuration.md', 'utf8')).toContain(configurationTable());
});
