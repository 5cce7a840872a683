import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  fromDuration,
  fromTimestamp,
  toDuration,
  toOptionalTimestamp,
  toTimestamp,
} from '../../src/transport/convert.js';

test('milliseconds and timestamps convert without loss, before 1970 too', () => {
  fc.assert(
    fc.property(fc.integer({ min: -8_640_000_000_000, max: 8_640_000_000_000_000 }), (ms) => {
      const timestamp = toTimestamp(ms);
      expect(timestamp.nanos).toBeGreaterThanOrEqual(0);
      expect(timestamp.nanos).toBeLessThan(1_000_000_000);
      expect(fromTimestamp(timestamp)).toBe(ms);
    }),
  );
});

test('an absent time stays absent', () => {
  expect(toOptionalTimestamp(null)).toBeUndefined();
  expect(toOptionalTimestamp(0)).toEqual({ seconds: 0n, nanos: 0 });
});

test('milliseconds and durations convert without loss; seconds and nanos have one sign', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n }), (ms) => {
      const duration = toDuration(ms);
      expect(duration.seconds * BigInt(Math.sign(duration.nanos))).toBeGreaterThanOrEqual(0n);
      expect(fromDuration(duration)).toBe(ms);
    }),
  );
});

test('parts of a millisecond are dropped', () => {
  expect(fromTimestamp({ seconds: 1n, nanos: 999_999_999 })).toBe(1_999);
  expect(fromDuration({ seconds: 0n, nanos: -1_999_999 })).toBe(-1n);
});
