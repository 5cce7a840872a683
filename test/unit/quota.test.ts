import { expect, test } from 'vitest';
import { createQuota } from '../../src/lib/quota.js';

const place = (key: string) => ({ key, limit: 2 });

test('places are limited for each key and in all, and can be taken again', () => {
  const quota = createQuota(3);
  const first = quota.take([place('a')]) as () => void;
  quota.take([place('a')]);
  expect(quota.take([place('a')])).toEqual(place('a'));
  const other = quota.take([place('b')]) as () => void;
  expect(quota.take([place('c')])).toBe('total');
  expect(quota.size()).toBe(3);
  first();
  first();
  expect(quota.size()).toBe(2);
  expect(quota.take([place('c')])).toBeTypeOf('function');
  other();
  expect(quota.take([place('a')])).toBeTypeOf('function');
  expect(quota.take([place('b')])).toBe('total');
});

test('who needs several places gets all or none', () => {
  const quota = createQuota(10);
  const user = { key: 'user', limit: 1 };
  const master = { key: 'master', limit: 3 };
  const first = quota.take([user, master]) as () => void;
  expect(quota.take([master, user])).toEqual(user);
  // The one that was refused took nothing of the master's.
  quota.take([master]);
  expect(quota.take([master])).toBeTypeOf('function');
  expect(quota.take([master])).toEqual(master);
  first();
  expect(quota.take([user, master])).toBeTypeOf('function');
  expect(quota.size()).toBe(3);
});
