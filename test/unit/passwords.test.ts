import { describe, expect, test } from 'vitest';
import { checkPasswordPolicy } from '../../src/domain/accounts/password-policy.js';
import { createPasswords, hashOfNothing } from '../../src/lib/passwords.js';
import { DomainError } from '../../src/model/errors.js';

const cheap = { memoryKib: 64, iterations: 1 };

describe('the policy', () => {
  test.each(['abcdef1!', 'пароль-7', 'correct horse 7', 'a1 '.repeat(85), '\u{1F600}1aaaaaa'])(
    'takes %j',
    (password) => {
      expect(() => checkPasswordPolicy(password)).not.toThrow();
    },
  );

  test.each([
    ['too short', 'abc1!aa'],
    ['too short, counted in characters', 'a1\u{1F600}\u{1F600}\u{1F600}'],
    ['too long', 'a1!'.repeat(86)],
    ['without a letter', '1234567!'],
    ['without a digit', 'abcdefg!'],
    ['without another character', 'abcdefg1'],
  ])('refuses one %s', (_, password) => {
    expect(() => checkPasswordPolicy(password)).toThrow(
      expect.objectContaining({ reason: 'PASSWORD_TOO_WEAK' }),
    );
  });
});

describe('hashing', () => {
  test('a password fits its own hash and no other', async () => {
    const passwords = createPasswords(cheap);
    const hash = await passwords.hash('pass-1');
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=64,t=1,p=1\$/);
    expect(await passwords.hash('pass-1')).not.toBe(hash);
    expect(await passwords.verify(hash, 'pass-1')).toBe(true);
    expect(await passwords.verify(hash, 'pass-2')).toBe(false);
  });

  test('how the keyboard composes a letter makes no difference', async () => {
    const passwords = createPasswords(cheap);
    const hash = await passwords.hash('caf\u00e9-1234');
    expect(await passwords.verify(hash, 'cafe\u0301-1234')).toBe(true);
  });

  // The time follows from the cost. That a whole login takes it is in test/grpc/login-time.test.ts.
  test('where there is no account, a hash of the same cost is checked', async () => {
    const cost = { memoryKib: 128, iterations: 2 };
    const [, , , ...made] = (await createPasswords(cost).hash('pass-1')).split('$');
    const [, , , ...nobodys] = hashOfNothing(cost).split('$');
    expect(nobodys[0]).toBe(made[0]);
    expect(nobodys[0]).toBe('m=128,t=2,p=1');
    expect(nobodys.map((part) => part.length)).toEqual(made.map((part) => part.length));
    // It is well-formed: the library works on it and does not throw.
    expect(await createPasswords(cost).verify(hashOfNothing(cost), 'pass-1')).toBe(false);
  });

  test('nothing fits where there is no account', async () => {
    expect(await createPasswords(cheap).verify(undefined, '')).toBe(false);
  });

  test('a flood is refused with advice instead of queueing without bound', async () => {
    const passwords = createPasswords(cheap);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 400 }, () => passwords.verify(undefined, 'x')),
    );
    const refused = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [outcome.reason as DomainError] : [],
    );
    expect(refused.length).toBeGreaterThan(100);
    expect(refused.every((error) => error instanceof DomainError)).toBe(true);
    expect(refused[0]).toMatchObject({ reason: 'OVERLOADED', details: { retryAfterMs: 1000 } });
    expect(await passwords.verify(undefined, 'x')).toBe(false);
  });
});
