import { beforeEach, expect, test } from 'vitest';
import type { Database } from '../../src/storage/database.js';
import { createIds } from '../../src/storage/ids.js';
import { openTestDatabase } from '../support/test-database.js';

let db: Database & { url: string };

beforeEach(async () => {
  db = await openTestDatabase();
});

async function reserved(): Promise<bigint> {
  const row = await db
    .knex('sequences')
    .where({ name: Buffer.from('id') })
    .first('next_value');
  return row.next_value;
}

test('ids start above the reserved ones and ascend without gaps within a block', async () => {
  const ids = createIds(db, { blockSize: 10 });
  expect(await ids.next()).toBe(1001n);
  expect(await ids.take(3)).toEqual([1002n, 1003n, 1004n]);
});

test('concurrent callers on several instances never get the same id', async () => {
  const instances = [7, 100, 1].map((blockSize) => createIds(db, { blockSize }));
  const taken = await Promise.all(
    instances.flatMap((ids) =>
      Array.from({ length: 40 }, (_, index) => (index % 2 ? ids.take(5) : ids.next())),
    ),
  );
  const flat = taken.flat();
  expect(flat.length).toBe(3 * (20 + 100));
  expect(new Set(flat).size).toBe(flat.length);
});

test('the next block is reserved when half of the current one is used', async () => {
  const ids = createIds(db, { blockSize: 10 });
  const start = await reserved();
  await ids.take(4);
  expect(await reserved()).toBe(start + 10n);
  await ids.next();
  await expect.poll(reserved, { interval: 5 }).toBe(start + 20n);
  expect(await ids.take(15)).toEqual(Array.from({ length: 15 }, (_, i) => start + 5n + BigInt(i)));
});

test('a block that cannot be reserved fails its callers, and later ones try again', async () => {
  const sequence = (name: string) => db.knex('sequences').where({ name: Buffer.from(name) });
  const ids = createIds(db, { blockSize: 4 });
  await sequence('id').update({ name: Buffer.from('x') });
  await expect(Promise.all([ids.next(), ids.next()])).rejects.toMatchObject({ kind: 'schema' });
  await sequence('x').update({ name: Buffer.from('id') });
  expect(await ids.next()).toBe(1001n);
});

test('every running server gets a number of its own', async () => {
  const instances = [createIds(db), createIds(db), createIds(db)];
  const numbers = await Promise.all(instances.map((ids) => ids.nextInstanceNumber()));
  expect([...numbers].sort()).toEqual([1n, 2n, 3n]);
});
