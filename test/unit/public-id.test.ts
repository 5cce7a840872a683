import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatId, parseId } from '../../src/model/public-id.js';

test('what is written is read again, over all sizes', () => {
  const ids = fc.oneof(
    fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }),
    fc.integer({ min: 0, max: 62 }).chain((bits) => fc.constantFrom(2n ** BigInt(bits))),
    fc.integer({ min: 1, max: 63 }).chain((bits) => fc.constantFrom(2n ** BigInt(bits) - 1n)),
  );
  fc.assert(
    fc.property(ids, (id) => {
      expect(parseId('wallet', formatId('wallet', id))).toBe(id);
    }),
  );
});

test.each([
  ['nothing', ''],
  ['a foreign prefix', 'usr_1'],
  ['no symbols', 'wal_'],
  ['a leading zero', 'wal_01'],
  ['zero', 'wal_0'],
  ['a symbol that is left out', 'wal_1l'],
  ['capital letters', 'wal_1A'],
  ['more than an integer holds', 'wal_8000000000000'],
  ['too many symbols', 'wal_10000000000000'],
  ['an emoji', 'wal_1😀'],
])('%s names nothing', (_, text) => {
  expect(parseId('wallet', text)).toBeUndefined();
});
