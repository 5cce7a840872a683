import { expect, test } from 'vitest';
import { createQuota } from '../../src/lib/quota.js';

test('places are limited for each key and in all, and can be taken again', () => {
  const quota = createQuota({ perKey: 2, total: 3 });
  const first = quota.take('a') as () => void;
  quota.take('a');
  expect(quota.take('a')).toBe('key');
  const other = quota.take('b') as () => void;
  expect(quota.take('c')).toBe('total');
  expect(quota.size()).toBe(3);
  first();
  first();
  expect(quota.size()).toBe(2);
  expect(quota.take('c')).toBeTypeOf('function');
  other();
  expect(quota.take('a')).toBeTypeOf('function');
  expect(quota.take('b')).toBe('total');
});
