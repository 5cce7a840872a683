import { expect, test } from 'vitest';
import { describeSecret, newOneTimeSecret, stepOfCode } from '../../src/lib/one-time-codes.js';
import { createVault, type VaultKey } from '../../src/lib/vault.js';

const old: VaultKey = { id: 'old', key: Buffer.alloc(32, 1) };
const young: VaultKey = { id: 'young', key: Buffer.alloc(32, 2) };
const plain = Buffer.from('a secret of twenty b');

test('what was sealed is opened, and never sealed into the same bytes twice', () => {
  const vault = createVault([old]);
  const sealed = vault.seal(plain, 'of 1');
  expect(vault.open(sealed, 'of 1')).toEqual(plain);
  expect(sealed.bytes.includes(plain)).toBe(false);
  expect(vault.seal(plain, 'of 1').bytes).not.toEqual(sealed.bytes);
});

test("nobody else's context, no changed byte and no other key opens it", () => {
  const vault = createVault([old, young]);
  const sealed = vault.seal(plain, 'of 1');
  expect(() => vault.open(sealed, 'of 2')).toThrow();
  for (let index = 0; index < sealed.bytes.length; index += 1) {
    const bytes = Buffer.from(sealed.bytes);
    bytes[index] = (bytes[index] ?? 0) ^ 1;
    expect(() => vault.open({ ...sealed, bytes }, 'of 1')).toThrow();
  }
  expect(() => vault.open({ ...sealed, keyId: 'young' }, 'of 1')).toThrow();
  expect(() => createVault([young]).open(sealed, 'of 1')).toThrow('no key old');
});

test('the first key encrypts, the others still decrypt and say that they are old', () => {
  const before = createVault([old]).seal(plain, 'of 1');
  const vault = createVault([young, old]);
  expect(vault.open(before, 'of 1')).toEqual(plain);
  expect(vault.isOld(before)).toBe(true);
  expect(vault.isOld(vault.seal(plain, 'of 1'))).toBe(false);
});

test('there is a key to encrypt with', () => {
  expect(() => createVault([])).toThrow();
});

// RFC 6238, appendix B, its SHA-1 rows, of which six digits are the last six.
test.each([
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
])('at %d s the code of the RFC is %s', (seconds, code) => {
  const secret = Buffer.from('12345678901234567890');
  const step = Math.floor(seconds / 30);
  const at = (steps: number) => stepOfCode(secret, code, (seconds + 30 * steps) * 1_000);
  expect([-2, -1, 0, 1, 2].map(at)).toEqual([undefined, step, step, step, undefined]);
});

test.each(['', '28708', '2870822', '28708a', ' 87082', '٢٨٧٠٨٢'])('%j is no code', (code) => {
  expect(stepOfCode(Buffer.from('12345678901234567890'), code, 59_000)).toBeUndefined();
});

test('a secret is told in base32 and as a URI', () => {
  const secret = newOneTimeSecret();
  expect(secret).toHaveLength(20);
  const { base32, uri } = describeSecret(Buffer.from('12345678901234567890'), {
    issuer: 'EWallet',
    label: 'ann@example.com',
  });
  expect(base32).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
  expect(uri).toMatch(/^otpauth:\/\/totp\/EWallet:ann%40example.com\?/);
  expect(uri).toContain(`secret=${base32}`);
});
