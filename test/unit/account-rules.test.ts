import { describe, expect, test } from 'vitest';
import { normaliseKey, uniqueKeys } from '../../src/domain/accounts/normalise.js';
import { accountState } from '../../src/model/account.js';
import { masterState, poolFloor } from '../../src/model/master.js';

describe('unique names and e-mails', () => {
  test.each([
    ['case', 'Ana POP', 'ana pop'],
    ['composition', 'Jos\u00e9', 'JOSE\u0301'],
    ['a capital that has no composed small letter', '\u0130zmir', 'i\u0307zmir'],
  ])('are equal whatever the %s', (_, one, other) => {
    expect(normaliseKey(one)).toEqual(normaliseKey(other));
  });

  test.each([
    ['an accent', 'jose', 'jos\u00e9'],
    ['a trailing space', 'jose', 'jose '],
    ['another script', 'a', '\u0430'],
  ])('differ by %s', (_, one, other) => {
    expect(normaliseKey(one)).not.toEqual(normaliseKey(other));
  });

  test('of every length that the API takes fit their columns, or say that they do not', () => {
    const email = 'a@b.ro';
    expect(uniqueKeys({ name: '\u{1F600}'.repeat(100), email }).nameKey).toHaveLength(400);
    expect(() => uniqueKeys({ name: '\u{1D160}'.repeat(100), email })).toThrow(
      expect.objectContaining({ reason: 'VALIDATION_FAILED' }),
    );
  });
});

describe('states', () => {
  const fine = { frozenTime: null, unlinkTime: null };

  test.each([
    [fine, 'ACTIVE'],
    [{ ...fine, unlinkTime: 1 }, 'PENDING_REMOVAL'],
    [{ frozenTime: 1, unlinkTime: 1 }, 'FROZEN'],
  ] as const)('a master with %j is %s', (master, state) => {
    expect(masterState(master)).toBe(state);
  });

  test.each([
    [{ unlinkTime: null }, fine, 'ACTIVE'],
    [{ unlinkTime: 1 }, fine, 'PENDING_REMOVAL'],
    [{ unlinkTime: 1 }, { ...fine, frozenTime: 1 }, 'FROZEN'],
    [{ unlinkTime: null }, { ...fine, unlinkTime: 1 }, 'FROZEN'],
  ] as const)('a user with %j under a master with %j is %s', (user, master, state) => {
    expect(accountState(user, master)).toBe(state);
  });
});

test('the pool of a prepaid master stops at zero, that of another at its credit line', () => {
  const terms = { creditLimit: 500n, selfSupply: false };
  expect(poolFloor({ ...terms, funding: 'PREPAY' })).toBe(0n);
  expect(poolFloor({ ...terms, funding: 'CREDIT' })).toBe(-500n);
});
