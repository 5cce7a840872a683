import { expect, test } from 'vitest';
import { contacts } from '../../migrations/0016_contacts.js';
import { migrations } from '../../migrations/index.js';
import { migrate } from '../../src/storage/migrate.js';
import { openTestDatabase } from '../support/test-database.js';

const USERS = 900;

/** A user as the release before wrote it. */
function user(id: number) {
  const key = Buffer.from(`user ${id}`);
  return {
    id,
    master_id: 5,
    name: `User ${id}`,
    name_key: key,
    email: '',
    email_key: key,
    phone: '',
    alias: '',
    password_hash: '',
    create_time: id,
    update_time: id,
  };
}

test('accounts that exist get a list each, active, also when the migration was cut off in between', async () => {
  const db = await openTestDatabase({ migrated: false });
  await migrate(db, { migrations: migrations.filter(({ name }) => name < contacts.name) });
  for (let id = 10_000; id < 10_000 + USERS; id += 100) {
    await db.knex('users').insert(Array.from({ length: 100 }, (_, index) => user(id + index)));
  }
  await migrate(db);
  const lists = await db.knex('contact_lists').orderBy('user_id').select('*');
  expect(lists).toHaveLength(USERS);
  expect(new Set(lists.map(({ id }) => id)).size).toBe(USERS);
  expect(lists[7]).toMatchObject({
    reference: 'Contact List',
    record_count: 0n,
    create_time: 10_007n,
  });
  const users = await db.knex('users').orderBy('id').select('active_contact_list_id as id');
  expect(users).toEqual(lists.map(({ id }) => ({ id })));
  // Ids that it took are nobody else's.
  const { next_value: next } = await db
    .knex('sequences')
    .where({ name: Buffer.from('id') })
    .first();
  expect(lists.every(({ id }) => id < next)).toBe(true);
  // Cut off between the lists and the users: none gets a second one.
  await db.knex('users').where('id', '>', 10_500).update({ active_contact_list_id: null });
  await db.knex('contact_lists').where('user_id', '>', 10_800).delete();
  await contacts.up(db.knex);
  const again = await db.knex('contact_lists').orderBy('user_id').select('id', 'user_id');
  expect(again.map(({ user_id }) => user_id)).toEqual(lists.map(({ user_id }) => user_id));
  expect(again.slice(0, 800).map(({ id }) => id)).toEqual(lists.slice(0, 800).map(({ id }) => id));
  const active = await db.knex('users').orderBy('id').select('active_contact_list_id as id');
  expect(active).toEqual(again.map(({ id }) => ({ id })));
}, 120_000);
