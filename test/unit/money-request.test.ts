import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  formatRequestId,
  hashRequest,
  requestIdOf,
} from '../../src/domain/ledger/money-request.js';

test('a request id is the 16 bytes of its UUID, in whatever case it is written', () => {
  fc.assert(
    fc.property(fc.uuid(), (uuid) => {
      const bytes = requestIdOf(uuid.toUpperCase());
      expect(bytes).toHaveLength(16);
      expect(bytes).toEqual(requestIdOf(uuid));
      expect(formatRequestId(bytes)).toBe(uuid.toLowerCase());
    }),
  );
});

test.each([
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  '27225c00-3f3b-4000-8000-275c22003f00',
])('the bytes of %s come back as they were', (uuid) => {
  expect(formatRequestId(requestIdOf(uuid))).toBe(uuid);
});

test('requests have the same hash exactly when kind and every part are the same', () => {
  const part = fc.oneof(
    fc.constant(null),
    fc.bigInt({ min: 0n, max: 30n }),
    fc.constantFrom('', '-', ';', ':', '0:;', '-:;', '1:1;', 'ä', '😀', '"', '\u0000', '12'),
    fc.string({ unit: 'grapheme', maxLength: 4 }),
  );
  const kind = fc.constantFrom('PAYMENT', 'TRANSFER', 'SUPPLY');
  const request = fc.tuple(kind, fc.array(part, { maxLength: 4 }));
  const textOf = (parts: readonly unknown[]) =>
    JSON.stringify(parts.map((value) => (value === null ? null : String(value))));
  fc.assert(
    fc.property(request, request, ([kindA, partsA], [kindB, partsB]) => {
      const same = kindA === kindB && textOf(partsA) === textOf(partsB);
      expect(hashRequest(kindA, partsA).equals(hashRequest(kindB, partsB))).toBe(same);
      expect(hashRequest(kindA, [...partsA])).toEqual(hashRequest(kindA, partsA));
    }),
    { numRuns: 2_000 },
  );
});

test('parts cannot be moved across their borders', () => {
  const variants = [
    ['ab', 'c'],
    ['a', 'bc'],
    ['abc'],
    ['abc', ''],
    ['abc', null],
    [null, 'abc'],
    ['', 'abc'],
    ['1:a;2:bc'],
    [],
    [null],
    [''],
  ];
  const hashes = variants.map((parts) => hashRequest('PAYMENT', parts).toString('hex'));
  expect(new Set(hashes).size).toBe(variants.length);
});

test('an amount is hashed digit by digit, also beyond what a double can tell apart', () => {
  const hash = (credits: bigint) => hashRequest('PAYMENT', [credits]).toString('hex');
  expect(hash(2n ** 53n)).not.toBe(hash(2n ** 53n + 1n));
});
