import type { Knex } from 'knex';
import {
  addColumnIfMissing,
  createIndexIfMissing,
  createTableIfMissing,
  type Migration,
  takeIds,
} from './schema.js';

/** Users that lists are opened for at once: SQLite binds no more values in a statement than these take. */
const BATCH = 400;

type User = { id: Knex.Value; create_time: Knex.Value; list_id: Knex.Value | null };

/**
 * Contact lists and what is on them. A user of whom nothing is active yet, because the previous program made it, gets its list with its
 * first contact.
 */
export const contacts: Migration = {
  name: '0016_contacts',
  async up(knex) {
    await createTableIfMissing(knex, 'contact_lists', (columns) => {
      columns.id();
      columns.bigint('user_id');
      columns.text('reference', 100);
      columns.bigint('record_count');
      columns.time('create_time');
      columns.time('update_time');
    });
    await createIndexIfMissing(knex, 'contact_lists', ['user_id', 'create_time', 'id']);
    await createTableIfMissing(knex, 'contact_records', (columns) => {
      columns.id();
      columns.bigint('list_id');
      columns.bigint('user_id');
      columns.text('reference', 100);
      columns.text('name', 100);
      columns.text('email', 254);
      columns.text('phone', 40);
      columns.text('notes', 1000);
      // What a search looks in: reference, name and e-mail, normalised, with a byte between them that is in no text.
      columns.varbinary('search_key', 6000);
      columns.time('create_time');
      columns.time('update_time');
    });
    await createIndexIfMissing(knex, 'contact_records', ['list_id', 'create_time', 'id']);
    await createIndexIfMissing(knex, 'contact_records', ['user_id']);
    await addColumnIfMissing(knex, 'users', 'active_contact_list_id', (columns) => {
      columns.bigint('active_contact_list_id').nullable();
    });
    await openLists(knex);
  },
};

/**
 * Gives each user that has none its list, active. A run that was cut off between the two statements has left a list: the next one finds
 * it.
 */
async function openLists(knex: Knex): Promise<void> {
  for (;;) {
    const users: User[] = await knex('users')
      .leftJoin('contact_lists', 'contact_lists.user_id', 'users.id')
      .whereNull('users.active_contact_list_id')
      .groupBy('users.id', 'users.create_time')
      .orderBy('users.id')
      .limit(BATCH)
      .select('users.id', 'users.create_time', knex.raw('min(contact_lists.id) as list_id'));
    if (users.length === 0) return;
    const first = await takeIds(knex, users.length);
    const lists = users.map((user, index) => newList(user, first + BigInt(index)));
    const missing = lists.filter((_, index) => users[index]?.list_id === null);
    if (missing.length > 0) await knex('contact_lists').insert(missing);
    for (const [index, { id, list_id }] of users.entries()) {
      await knex('users')
        .where({ id })
        .update({ active_contact_list_id: list_id ?? lists[index]?.id });
    }
  }
}

function newList({ id, create_time }: User, listId: bigint) {
  return {
    id: listId,
    user_id: id,
    reference: 'Contact List',
    record_count: 0,
    create_time,
    update_time: create_time,
  };
}
