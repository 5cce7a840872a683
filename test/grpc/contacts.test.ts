import { beforeAll, describe, expect, test } from 'vitest';
import type { CreateContactRecordRequest } from '../../generated/ewallet/v1/contact_service.js';
import { parseId } from '../../src/model/public-id.js';
import { errorOf } from '../support/call-error.js';
import { as, type CallerCredentials } from '../support/clients.js';
import { type LoggedInUser, makeShop } from '../support/money.js';
import { makeMaster, openAcquiredSession } from '../support/people.js';
import { startServer, type TestServer } from '../support/start-server.js';
import { DAY_MS, findPlanted, operator } from '../support/tenancy.js';

let server: TestServer;

beforeAll(async () => {
  server = await startServer({
    env: {
      EWALLET_CONTACT_LISTS: '4',
      EWALLET_CONTACT_RECORDS: '50',
      EWALLET_SESSION_TOKEN_MINUTES: '43200',
      EWALLET_CLIENT_TOKEN_MINUTES: '43200',
    },
  });
});

const contacts = () => server.clients.contacts;

/** Writes contacts down, each a second after the one before. */
async function write(
  user: LoggedInUser,
  ...texts: Partial<CreateContactRecordRequest>[]
): Promise<string[]> {
  const ids: string[] = [];
  for (const text of texts) {
    server.time.advance(1_000);
    const { contactRecord } = await contacts().createContactRecord(text, as(user.session));
    ids.push(contactRecord?.contactRecordId ?? '');
  }
  return ids;
}

async function namesFound(user: LoggedInUser, search: string): Promise<string[]> {
  const { contactRecords } = await contacts().listContactRecords({ search }, as(user.session));
  return contactRecords.map(({ name }) => name);
}

async function refused(call: (options: object) => Promise<unknown>, user: CallerCredentials) {
  return errorOf((options) => call({ ...options, ...as(user) }));
}

describe('OK: contact lists', () => {
  test('a new account has one, active and empty, which its account tells', async () => {
    const { payer } = await makeShop(server);
    const { contactList } = await contacts().getContactList({}, as(payer.session));
    expect(contactList).toMatchObject({
      accountId: payer.accountId,
      reference: 'Contact List',
      active: true,
      recordCount: 0,
    });
    const { account } = await server.clients.accounts.getAccount({}, as(payer.session));
    expect(account?.activeContactListId).toBe(contactList?.contactListId);
  });

  test('are made, listed newest first, switched and unlinked with what is on them', async () => {
    const { payer } = await makeShop(server);
    const caller = as(payer.session);
    const [first] = await write(payer, { name: 'On the first' });
    server.time.advance(1_000);
    const made = await contacts().createContactList({ reference: 'Work' }, caller);
    expect(made.contactList).toMatchObject({ reference: 'Work', active: false });
    const work = made.contactList?.contactListId ?? '';
    const listed = (await contacts().listContactLists({}, caller)).contactLists;
    expect(listed.map(({ reference, active }) => [reference, active])).toEqual([
      ['Work', false],
      ['Contact List', true],
    ]);
    await contacts().switchContactList({ contactListId: work }, caller);
    await write(payer, { name: 'At work' });
    expect(await namesFound(payer, '')).toEqual(['At work']);
    const old = listed[1]?.contactListId ?? '';
    const { contactRecords } = await contacts().listContactRecords({ contactListId: old }, caller);
    expect(contactRecords.map(({ name }) => name)).toEqual(['On the first']);
    // The other stays as it is, also while it is not active.
    const kept = await contacts().getContactList({ contactListId: old }, caller);
    expect(kept.contactList).toMatchObject({ active: false, recordCount: 1 });
    const unlinked = await contacts().unlinkContactList({ contactListId: work }, caller);
    expect(unlinked.activeContactListId).toBe(old);
    expect(await namesFound(payer, '')).toEqual(['On the first']);
    const { contactRecord } = await contacts().getContactRecord({ contactRecordId: first }, caller);
    expect(contactRecord?.contactListId).toBe(old);
  });

  test('without any, reading finds none, and the next contact opens one', async () => {
    const { payer } = await makeShop(server);
    const caller = as(payer.session);
    const { contactList } = await contacts().getContactList({}, caller);
    const contactListId = contactList?.contactListId ?? '';
    const { activeContactListId } = await contacts().unlinkContactList({ contactListId }, caller);
    expect(activeContactListId).toBe('');
    const none = await refused((o) => contacts().listContactRecords({}, o), payer.session);
    expect(none).toMatchObject({ code: 'NOT_FOUND', reason: 'CONTACT_LIST_NOT_FOUND' });
    await Promise.all([write(payer, { name: 'One' }), write(payer, { name: 'Two' })]);
    const { contactLists } = await contacts().listContactLists({}, caller);
    expect(contactLists).toMatchObject([{ active: true, recordCount: 2 }]);
  });

  test('a first list is active at once', async () => {
    const { payer } = await makeShop(server);
    const caller = as(payer.session);
    const { contactList } = await contacts().getContactList({}, caller);
    const contactListId = contactList?.contactListId ?? '';
    await contacts().unlinkContactList({ contactListId }, caller);
    expect((await contacts().createContactList({}, caller)).contactList).toMatchObject({
      active: true,
      reference: 'Contact List',
    });
  });
});

describe('OK: contacts', () => {
  test('are written, shown, edited by mask and unlinked; the list tells when', async () => {
    const { payer } = await makeShop(server);
    const caller = as(payer.session);
    const texts = {
      reference: 'Baker',
      name: 'Ana Pop',
      email: 'ana@example.com',
      phone: '+40 7',
      notes: 'Rye.',
    };
    const [contactRecordId = ''] = await write(payer, texts);
    const before = (await contacts().getContactRecord({ contactRecordId }, caller)).contactRecord;
    expect(before).toMatchObject({ ...texts, contactRecordId });
    server.time.advance(5_000);
    const edit = { contactRecordId, updateMask: ['phone', 'notes'], phone: '+40 8', name: 'No' };
    const { contactRecord } = await contacts().editContactRecord(edit, caller);
    expect(contactRecord).toMatchObject({ ...texts, phone: '+40 8', notes: '' });
    expect(contactRecord?.createTime).toEqual(before?.createTime);
    const { contactList } = await contacts().getContactList({}, caller);
    expect(contactList?.updateTime).toEqual(contactRecord?.updateTime);
    const unlinked = await contacts().unlinkContactRecord({ contactRecordId }, caller);
    expect(unlinked.contactListId).toBe(contactList?.contactListId);
    const gone = await refused(
      (o) => contacts().getContactRecord({ contactRecordId }, o),
      payer.session,
    );
    expect(gone).toMatchObject({ reason: 'CONTACT_RECORD_NOT_FOUND' });
    expect((await contacts().getContactList({}, caller)).contactList?.recordCount).toBe(0);
  });

  test('are found by reference, name and e-mail, in whatever case and form, every character for itself', async () => {
    const { payer } = await makeShop(server);
    await write(
      payer,
      { name: 'Ștefan Öz', email: 'stefan@example.com' },
      { name: 'Plain', reference: '100% sure', phone: '555', notes: 'Stefan' },
      { name: 'Under_score', reference: 'x' },
      { name: 'UnderXscore', email: 'Back.Slash@example.com' },
    );
    // With the comma as a mark of its own, and in capitals.
    expect(await namesFound(payer, 'S\u0326TEFAN')).toEqual(['Ștefan Öz']);
    expect(await namesFound(payer, 'o\u0308z')).toEqual(['Ștefan Öz']);
    expect(await namesFound(payer, 'STEFAN@')).toEqual(['Ștefan Öz']);
    expect(await namesFound(payer, '%')).toEqual(['Plain']);
    expect(await namesFound(payer, 'r_s')).toEqual(['Under_score']);
    expect(await namesFound(payer, 'back.slash')).toEqual(['UnderXscore']);
    expect(await namesFound(payer, '\\')).toEqual([]);
    // Phone and notes are not searched, and nothing is found across two texts.
    expect(await namesFound(payer, '555')).toEqual([]);
    expect(await namesFound(payer, 'xunder')).toEqual([]);
    expect(await namesFound(payer, '')).toHaveLength(4);
  });

  test('a backend keeps the address book of its user', async () => {
    const { master, payer } = await makeShop(server);
    const backend = as({ backendKey: master.backendKey, onBehalfOf: payer.accountId });
    await contacts().createContactRecord({ name: 'By the backend' }, backend);
    expect(await namesFound(payer, 'BY THE')).toEqual(['By the backend']);
  });

  test('pages of a search go on where they were, on the list that they began with', async () => {
    const { payer } = await makeShop(server);
    const caller = as(payer.session);
    const names = Array.from({ length: 7 }, (_, index) => `Match ${index}`);
    await write(payer, ...names.flatMap((name) => [{ name }, { name: 'Other' }]));
    const { contactList } = await contacts().createContactList({}, caller);
    const seen: string[] = [];
    let pageToken = '';
    do {
      const request = { search: 'match', pageSize: 3, pageToken };
      const page = await contacts().listContactRecords(request, caller);
      seen.push(...page.contactRecords.map(({ name }) => name));
      pageToken = page.nextPageToken;
      await contacts().switchContactList(
        { contactListId: contactList?.contactListId ?? '' },
        caller,
      );
    } while (pageToken !== '');
    expect(seen).toEqual([...names].reverse());
  });
});

describe('INVALID_ARGUMENT', () => {
  test.each([
    ['nothing told', {}],
    ['no e-mail address', { email: 'nobody' }],
    ['a long name', { name: 'x'.repeat(101) }],
    ['long notes', { notes: 'x'.repeat(1_001) }],
  ])('CreateContactRecord with %s', async (_, request) => {
    const { payer } = await makeShop(server);
    const error = await refused((o) => contacts().createContactRecord(request, o), payer.session);
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'VALIDATION_FAILED' });
  });

  test.each([
    ['no mask', {}],
    ['a field that is none', { updateMask: ['user_id'] }],
    ['nothing left', { updateMask: ['name'] }],
  ])('EditContactRecord with %s', async (_, request) => {
    const { payer } = await makeShop(server);
    const [contactRecordId = ''] = await write(payer, { name: 'Only a name' });
    const edit = { contactRecordId, ...request };
    const error = await refused((o) => contacts().editContactRecord(edit, o), payer.session);
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'VALIDATION_FAILED' });
    expect(await namesFound(payer, '')).toEqual(['Only a name']);
  });

  test('a page token of another search', async () => {
    const { payer } = await makeShop(server);
    await write(payer, { name: 'One' }, { name: 'Another one' });
    const first = { search: 'one', pageSize: 1 };
    const { nextPageToken } = await contacts().listContactRecords(first, as(payer.session));
    const other = { search: 'on', pageToken: nextPageToken };
    const error = await refused((o) => contacts().listContactRecords(other, o), payer.session);
    expect(error).toMatchObject({ reason: 'PAGE_TOKEN_MISMATCH' });
  });
});

describe('NOT_FOUND', () => {
  test("another user's contacts, of the same master, are as if they were not there", async () => {
    const { payer, payee } = await makeShop(server);
    const [contactRecordId = ''] = await write(payer, { name: 'Mine' });
    const { contactList } = await contacts().getContactList({}, as(payer.session));
    const contactListId = contactList?.contactListId ?? '';
    const list = { code: 'NOT_FOUND', reason: 'CONTACT_LIST_NOT_FOUND' };
    const record = { code: 'NOT_FOUND', reason: 'CONTACT_RECORD_NOT_FOUND' };
    const mask = { updateMask: ['name'], name: 'Yours' };
    const calls: [object, (options: object) => Promise<unknown>][] = [
      [list, (o) => contacts().getContactList({ contactListId }, o)],
      [list, (o) => contacts().listContactRecords({ contactListId }, o)],
      [list, (o) => contacts().switchContactList({ contactListId }, o)],
      [list, (o) => contacts().unlinkContactList({ contactListId }, o)],
      [list, (o) => contacts().createContactRecord({ contactListId, name: 'Yours' }, o)],
      [record, (o) => contacts().getContactRecord({ contactRecordId }, o)],
      [record, (o) => contacts().editContactRecord({ contactRecordId, ...mask }, o)],
      [record, (o) => contacts().unlinkContactRecord({ contactRecordId }, o)],
    ];
    for (const [answer, call] of calls) {
      expect(await refused(call, payee.session)).toMatchObject(answer);
    }
    expect(await namesFound(payer, '')).toEqual(['Mine']);
  });
});

describe('RESOURCE_EXHAUSTED', () => {
  test('lists and contacts are limited, also when many are made at once', async () => {
    const { payer } = await makeShop(server);
    const caller = as(payer.session);
    const tries = Array.from({ length: 8 }, () => contacts().createContactList({}, caller));
    const made = await Promise.allSettled(tries);
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    const error = await refused((o) => contacts().createContactList({}, o), payer.session);
    expect(error).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      reason: 'CONTACT_LIMIT_REACHED',
      metadata: { limit: '4' },
    });
    const many = Array.from({ length: 60 }, (_, index) =>
      contacts().createContactRecord({ name: `Contact ${index}` }, caller),
    );
    const written = await Promise.allSettled(many);
    expect(written.filter(({ status }) => status === 'fulfilled')).toHaveLength(50);
    const { contactList } = await contacts().getContactList({}, caller);
    expect(contactList?.recordCount).toBe(50);
  });
});

test("a removed user's contacts are erased; what others wrote about it is theirs", async () => {
  const { payer, payee } = await makeShop(server);
  await write(payer, { name: 'Planted-Friend', notes: 'planted-notes', email: 'pf@example.com' });
  await contacts().createContactList({ reference: 'planted-list' }, as(payer.session));
  await write(payee, { name: 'Whom payer was', email: payer.email, notes: 'theirs-to-keep' });
  const planted = ['planted-friend', 'planted-notes', 'planted-list', 'pf@example.com'];
  expect((await findPlanted(server, planted)).length).toBeGreaterThan(3);
  await server.clients.accounts.unlinkAccount({}, as(payer.session));
  const pending = await refused(
    (o) => contacts().createContactRecord({ name: 'More' }, o),
    payer.session,
  );
  expect(pending).toMatchObject({ reason: 'ACCOUNT_PENDING_REMOVAL' });
  expect(await namesFound(payer, 'planted')).toEqual(['Planted-Friend']);
  server.time.advance(30 * DAY_MS);
  await server.clients.system.cleanupAccounts({}, operator);
  expect(await findPlanted(server, planted)).toEqual([]);
  expect(await findPlanted(server, ['theirs-to-keep'])).not.toEqual([]);
  const userId = parseId('account', payer.accountId);
  for (const table of ['contact_lists', 'contact_records']) {
    expect(await server.db.knex(table).where({ user_id: userId })).toEqual([]);
  }
});

test('an account of before has no list until its first contact', async () => {
  const master = await makeMaster(server);
  const session = await openAcquiredSession(server, master);
  const name = 'Made by the release before';
  const password = 'correct-horse-7';
  const email = 'before@example.com';
  const made = await server.clients.accounts.createAccount({ name, email, password }, as(session));
  const id = parseId('account', made.account?.accountId ?? '');
  await server.db.knex('contact_lists').where({ user_id: id }).delete();
  await server.db.knex('users').where({ id }).update({ active_contact_list_id: null });
  await server.clients.accounts.login({ email, password }, as(session));
  await contacts().createContactRecord({ name: 'First' }, as(session));
  expect((await contacts().getContactList({}, as(session))).contactList?.recordCount).toBe(1);
});
