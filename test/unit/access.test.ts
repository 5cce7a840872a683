import { describe, expect, test } from 'vitest';
import { anonymousCaller, type Caller } from '../../src/model/caller.js';
import type { CallerKind } from '../../src/model/credentials.js';
import { DomainError } from '../../src/model/errors.js';
import { type AccessRule, authorize, readAccessRule } from '../../src/transport/access.js';
import { loadDescriptors } from '../../src/transport/descriptors.js';

const anonymous = anonymousCaller('127.0.0.1');
const clientToken = { id: 1n, masterId: null, expireTime: 1 };
const session = { id: 2n, tokenId: 3n, expireTime: 1, activeUserId: null, activeMasterId: null };
const master = {
  id: 4n,
  frozenTime: null,
  unlinkTime: null,
  poolAccountId: 5n,
  selfSupply: false,
};
const user = { id: 6n, masterId: 4n, unlinkTime: null, activeWalletId: null };

const callers = {
  anonymous,
  client: { ...anonymous, clientToken },
  session: { ...anonymous, clientToken, session },
  acquired: { ...anonymous, clientToken: { ...clientToken, masterId: 4n }, session, master },
  user: {
    ...anonymous,
    clientToken: { ...clientToken, masterId: 4n },
    session: { ...session, activeUserId: 6n },
    master,
    user,
  },
  master: { ...anonymous, clientToken, session: { ...session, activeMasterId: 4n }, master },
  backend: { ...anonymous, backendKeyId: 7n, master },
  backendForUser: { ...anonymous, backendKeyId: 7n, master, user },
  operator: { ...anonymous, operator: true },
} satisfies Record<string, Caller>;

function verdict(kinds: CallerKind[], caller: Caller): string {
  const rule = { callers: new Set(kinds) } as unknown as AccessRule;
  try {
    authorize(rule, caller);
    return 'passes';
  } catch (error) {
    if (error instanceof DomainError) return error.reason;
    throw error;
  }
}

const missing = 'CREDENTIALS_MISSING';
const denied = 'PERMISSION_DENIED';

/** In the order of `callers`: anonymous, client, session, acquired, user, master, backend, backendForUser, operator. */
const table: [CallerKind[], string[]][] = [
  [['ANYONE'], Array(9).fill('passes')],
  [['CLIENT'], [missing, ...Array(5).fill('passes'), denied, denied, missing]],
  [['SESSION'], [missing, missing, ...Array(4).fill('passes'), denied, denied, missing]],
  [
    ['ACQUIRED'],
    [
      ...[missing, missing, 'MASTER_NOT_ACQUIRED', 'passes', 'passes', 'MASTER_NOT_ACQUIRED'],
      ...[denied, denied, missing],
    ],
  ],
  [
    ['USER', 'BACKEND_FOR_USER'],
    [
      ...[missing, missing, 'MASTER_NOT_ACQUIRED', 'NOT_LOGGED_IN', 'passes', denied],
      ...[missing, 'passes', missing],
    ],
  ],
  [
    ['MASTER', 'BACKEND'],
    [
      ...[missing, missing, 'NOT_LOGGED_IN', 'NOT_LOGGED_IN', denied, 'passes'],
      ...['passes', denied, missing],
    ],
  ],
  [['BACKEND'], [...Array(6).fill(missing), 'passes', denied, missing]],
  [['OPERATOR'], [...Array(6).fill(missing), denied, denied, 'passes']],
];

describe.each(table)('a method open to %s', (kinds, verdicts) => {
  test.each(Object.keys(callers).map((name, index) => [name, verdicts[index]]))(
    'called by %s: %s',
    (name, expected) => {
      expect(verdict(kinds, callers[name as keyof typeof callers])).toBe(expected);
    },
  );
});

describe('the rules in the descriptors', () => {
  test.each([
    ['public', 'ewallet.v1.'],
    ['operator', 'ewallet.system.v1.'],
  ] as const)('cover every method of the %s listener', (listener, prefix) => {
    const descriptors = loadDescriptors(listener);
    const services = [...descriptors.registry].filter(
      (type) => type.kind === 'service' && type.typeName.startsWith(prefix),
    );
    expect(services.length).toBeGreaterThan(0);
    for (const service of services) {
      if (service.kind !== 'service') continue;
      for (const method of service.methods) {
        expect(readAccessRule(method, descriptors, listener).callers.size).toBeGreaterThan(0);
      }
    }
  });

  test('a method without a rule is refused', () => {
    const descriptors = loadDescriptors('public');
    const check = descriptors.registry.getService('grpc.health.v1.Health')?.method.check;
    if (!check) throw new Error('Health is not described.');
    expect(() => readAccessRule(check, descriptors, 'public')).toThrow('has no access rule');
  });

  test("a method on the other's listener is refused", () => {
    const descriptors = loadDescriptors('operator');
    const fund = descriptors.registry.getService('ewallet.system.v1.SystemService')?.method
      .fundMaster;
    if (!fund) throw new Error('SystemService is not described.');
    expect(() => readAccessRule(fund, descriptors, 'public')).toThrow('does not belong');
  });

  test('standing is left to the domain exactly where a request id is looked up first', () => {
    const descriptors = loadDescriptors('public');
    const service = descriptors.registry.getService('ewallet.v1.WalletService');
    const last = service?.methods
      .filter((method) => readAccessRule(method, descriptors, 'public').standingLast)
      .map(({ name }) => name);
    expect(last).toEqual([
      'UnlinkWallet',
      'SupplyCredits',
      'PayCredits',
      'TransferCredits',
      'StreamPayments',
      'GetOperation',
    ]);
  });
});
