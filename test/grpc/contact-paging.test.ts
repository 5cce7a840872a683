import { expect, test } from 'vitest';
import { as } from '../support/clients.js';
import { makeShop } from '../support/money.js';
import { startServer } from '../support/start-server.js';
import { testEngine } from '../support/test-database.js';

const BEFORE = 40;

/** SQLite has one server per file: there, two callers of one server write. */
test('pages hold what was there at the start once, in order, while two instances write and delete', async () => {
  const one = await startServer();
  const other =
    testEngine() === 'mysql'
      ? await startServer({ databaseUrl: one.databaseUrl, time: one.time })
      : one;
  const { payer } = await makeShop(one);
  const caller = as(payer.session);
  const before: string[] = [];
  for (let index = 0; index < BEFORE; index += 1) {
    // Some at the same moment: their ids order them.
    if (index % 3 === 0) one.time.advance(1);
    const { contacts } = (index % 2 === 0 ? one : other).clients;
    const { contactRecord } = await contacts.createContactRecord({ name: `Old ${index}` }, caller);
    before.push(contactRecord?.contactRecordId ?? '');
  }
  one.time.advance(1);
  let reading = true;
  async function write(server: typeof one): Promise<number> {
    let count = 0;
    for (; reading; count += 1) {
      one.time.advance(1);
      const made = await server.clients.contacts.createContactRecord({ name: 'New' }, caller);
      const contactRecordId = made.contactRecord?.contactRecordId ?? '';
      if (count % 2 === 0)
        await server.clients.contacts.unlinkContactRecord({ contactRecordId }, caller);
    }
    return count;
  }
  const writers = [write(one), write(other)];
  for (const search of ['', 'OLD']) {
    const seen: string[] = [];
    let pageToken = '';
    for (let page = 0; page === 0 || pageToken !== ''; page += 1) {
      const { contacts } = (page % 2 === 0 ? one : other).clients;
      const request = { search, pageSize: 7, pageToken };
      const listed = await contacts.listContactRecords(request, caller);
      seen.push(
        ...listed.contactRecords.map(({ contactRecordId, name }) =>
          name === 'New' ? 'new' : contactRecordId,
        ),
      );
      pageToken = listed.nextPageToken;
    }
    const old = seen.filter((id) => id !== 'new');
    expect(new Set(old)).toEqual(new Set(before));
    expect(old).toHaveLength(BEFORE);
    // New ones are before all old ones.
    expect(seen.slice(-BEFORE)).toEqual(old);
  }
  reading = false;
  const counts = await Promise.all(writers);
  const made = counts.reduce((sum, count) => sum + count - Math.ceil(count / 2), BEFORE);
  const { contactList } = await other.clients.contacts.getContactList({}, caller);
  expect(contactList?.recordCount).toBe(made);
  expect(Math.min(...counts)).toBeGreaterThan(1);
});
