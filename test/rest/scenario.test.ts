import { expect, test } from 'vitest';
import {
  createRestClient,
  documented,
  type RestClient,
  type Tokens,
} from '../support/rest-client.js';
import { defaultKey, developmentSettings } from '../support/rest-people.js';
import { startServer, type TestServer } from '../support/start-server.js';
import { expectVerified } from '../support/story.js';

const master = {
  user_name: 'Old Shop',
  user_email: 'shop@example.com',
  user_pass: 'abc123!@#Secret',
  user_phone: '555 555 555',
  user_alias: 'shop',
  company: 'Shop INC',
  address: 'Main Street 1',
};
const alice = {
  user_name: 'Alice',
  user_email: 'alice@example.com',
  user_pass: '1234abcs!@#$',
  user_phone: '555 1',
  user_alias: 'al',
};
const bob = {
  user_name: 'Bob',
  user_email: 'bob@example.com',
  user_pass: 'abcs!@#$1234',
  user_phone: '555 2',
  user_alias: 'bo',
};

test('every instruction of the predecessor answers with what it documents', async () => {
  const server = await startServer({ env: developmentSettings });
  const rest = createRestClient(server.restAddress);
  const tokens = await beginSession(rest);
  await logIn(rest, tokens);
  await useMoney(rest, tokens);
  await useClock(server, rest, tokens);
  await useContacts(rest, tokens);
  await useUpkeep(rest, tokens);
  await useMaster(rest, tokens);
  await leave(rest, tokens);
  const served = documented.filter(({ controller }) => controller !== 'system');
  expect([...rest.sent].sort()).toEqual(served.map(({ name }) => name).sort());
  expect(rest.sent.size).toBe(86);
  await expectVerified(server.clients);
});

test('system instructions are refused', async () => {
  const server = await startServer({ env: developmentSettings });
  const rest = createRestClient(server.restAddress);
  const system = documented.filter(({ controller }) => controller === 'system');
  expect(system).toHaveLength(26);
  for (const { name } of system) await rest.fail(name, {}, 'ILLEGAL_PORTAL');
});

async function beginSession(rest: RestClient): Promise<Tokens> {
  const { client_id } = await rest.succeed('RequestClientID');
  const { session_token } = await rest.succeed('RequestSessionToken', { client_id });
  const tokens = { client_id, session_token };
  const created = await rest.succeed('CreateMaster', { ...tokens, ...master });
  expect(created).toMatchObject({ account_data: { key_code: expect.stringMatching(/^\S{43}$/) } });
  const acquired = await rest.succeed('AcquireMaster', {
    ...tokens,
    master: master.user_email,
    key: defaultKey,
  });
  expect(acquired).toMatchObject({ client_id, master: master.user_email });
  const status = await rest.succeed('CheckCTokenStatus', { client_id });
  expect(status).toMatchObject({ master: true, acquired: master.user_email, plugged: true });
  for (const name of ['CheckCTokenValid', 'CheckCTokenLinked', 'CheckCTokenSession']) {
    await rest.succeed(name, { client_id });
  }
  for (const name of [
    'CheckSTokenValid',
    'CheckSTokenLinked',
    'CheckSTokenSession',
    'CheckSTokenStatus',
  ]) {
    const answer = await rest.succeed(name, { session_token });
    expect(JSON.stringify(answer)).not.toContain(client_id);
  }
  const kept = await rest.succeed('CTokenKeepAlive', tokens);
  expect(kept).toMatchObject({ ctoken: client_id, extended: 30, time_unit: 'minutes' });
  await rest.succeed('STokenKeepAlive', tokens);
  return tokens;
}

async function logIn(rest: RestClient, tokens: Tokens): Promise<void> {
  const created = await rest.succeed('CreateAccount', { ...tokens, ...alice });
  expect(created).toMatchObject({ account_data: { state: 0, to_unlink: false } });
  await rest.succeed('CreateAccount', { ...tokens, ...bob });
  await rest.succeed('AccountLogin', { ...tokens, ...bob });
  const loggedIn = await rest.succeed('AccountLogin', { ...tokens, ...alice });
  expect(loggedIn).toMatchObject({
    account: alice.user_email,
    session_data: {
      session_user_account: alice.user_email,
      session_account_archive: { [alice.user_email]: 'Alice', [bob.user_email]: 'Bob' },
    },
  });
  const switched = await rest.succeed('SwitchAccount', { ...tokens, account: bob.user_email });
  expect(switched).toMatchObject({ account: bob.user_email });
  await rest.succeed('SwitchAccount', { ...tokens, account: alice.user_email });
  const viewed = await rest.succeed('ViewAccount', tokens);
  expect(viewed).toMatchObject({ account_data: { state: 1, to_unlink_timestamp: null } });
  const edited = await rest.succeed('EditAccount', {
    ...tokens,
    user_alias: 'ally',
    user_pass: 'Another-1234!',
  });
  expect(edited).toMatchObject({
    edit: { name: false, pass: true, alias: true, email: false, phone: false },
    account_data: { alias: 'ally' },
  });
  await rest.succeed('ViewLoginRecords', tokens);
  await rest.succeed('UnlinkAccount', tokens);
  await rest.fail('SupplyCredits', { ...tokens, credits: 1 }, 'ACCOUNT_PENDING_REMOVAL');
  await rest.succeed('RecoverAccount', tokens);
}

async function useMoney(rest: RestClient, tokens: Tokens): Promise<void> {
  const supplied = await rest.succeed('SupplyCredits', {
    ...tokens,
    credits: 100,
    cost: 4.5,
    currency: 'EUR',
    notes: 'first',
  });
  expect(supplied).toMatchObject({ ewallet_credits: 100, supplied_credits: 100 });
  const paid = await rest.succeed('PayCredits', {
    ...tokens,
    pay: bob.user_email,
    credits: '10',
  });
  expect(paid).toMatchObject({ paid: bob.user_email, ewallet_credits: 90, spent_credits: 10 });
  const transfer = { ...tokens, transfer_to: bob.user_email, credits: 5 };
  const transferred = await rest.succeed('TransferCredits', transfer);
  expect(transferred).toMatchObject({ transfered_to: bob.user_email, ewallet_credits: 85 });

  const record = await rest.succeed('ViewTransferRecord', {
    ...tokens,
    record_id: paid.transfer_record,
  });
  expect(record).toMatchObject({
    record_data: {
      transfer_type: 'payment',
      transfer_from: alice.user_email,
      transfer_to: bob.user_email,
      credits: 10,
      reference: 'TransferRecord',
    },
  });
  const invoice = await rest.succeed('ViewInvoiceRecord', {
    ...tokens,
    record_id: supplied.invoice_record,
  });
  expect(invoice).toMatchObject({ record_data: { currency: 'EUR', cost: 4.5, notes: 'first' } });
  const sheet = await rest.succeed('ViewTransferSheet', tokens);
  expect(Object.keys(sheet.sheet_data.records)).toHaveLength(3);
  await rest.succeed('ViewInvoiceSheet', tokens);
  await rest.succeed('UnlinkTransferRecord', { ...tokens, record_id: paid.transfer_record });
  await rest.fail(
    'ViewTransferRecord',
    { ...tokens, record_id: paid.transfer_record },
    'TRANSFER_RECORD_NOT_FOUND',
  );
  await rest.succeed('UnlinkInvoiceRecord', { ...tokens, record_id: supplied.invoice_record });
}

async function useClock(server: TestServer, rest: RestClient, tokens: Tokens): Promise<void> {
  const bought = await rest.succeed('ConvertCreditsToClock', { ...tokens, credits: '20' });
  expect(bought).toMatchObject({ ewallet_credits: 65, credit_clock: 20, converted_credits: 20 });
  const sold = await rest.succeed('ConvertClockToCredits', { ...tokens, minutes: '5' });
  expect(sold).toMatchObject({ ewallet_credits: 70, credit_clock: 15, converted_minutes: 5 });
  const started = await rest.succeed('StartClockTimer', tokens);
  expect(started.start_timestamp).toMatch(/^\d\d-\d\d-\d{4} \d\d:\d\d:\d\d$/);
  server.time.advance(90_000);
  const paused = await rest.succeed('PauseClockTimer', tokens);
  expect(paused).toMatchObject({ pending_count: 1, pending_time: 0 });
  server.time.advance(60_000);
  const resumed = await rest.succeed('ResumeClockTimer', tokens);
  expect(resumed).toMatchObject({
    pending_count: 1,
    pending_time: 1,
    pause_timestamp: paused.pause_timestamp,
  });
  server.time.advance(30_000);
  const stopped = await rest.succeed('StopClockTimer', tokens);
  expect(stopped).toMatchObject({ minutes_spent: 2, pending_time: 1, pending_count: 1 });
  const clock = await rest.succeed('ViewCreditClock', tokens);
  expect(clock).toMatchObject({ clock_data: { credit_clock: 13, clock_state: 'inactive' } });
  await rest.succeed('ViewTimeRecord', { ...tokens, record_id: stopped.time_record });
  await rest.succeed('ViewTimeSheet', tokens);
  const conversion = { ...tokens, record_id: sold.conversion_record };
  const converted = await rest.succeed('ViewConversionRecord', conversion);
  expect(converted).toMatchObject({
    record_data: { conversion_type: 'clock2credits', minutes: 5, credits: 5 },
  });
  await rest.succeed('ViewConversionSheet', tokens);
  await rest.succeed('UnlinkTimeRecord', { ...tokens, record_id: stopped.time_record });
  await rest.succeed('UnlinkConversionRecord', conversion);
  const all = { ...tokens, minutes: 13 };
  expect(await rest.succeed('ConvertClockToCredits', all)).toMatchObject({ credit_clock: 0 });
}

async function useContacts(rest: RestClient, tokens: Tokens): Promise<void> {
  const added = await rest.succeed('AddContactRecord', {
    ...tokens,
    ...bob,
    user_reference: 'My friend',
    notes: 'owes me',
  });
  const record = { ...tokens, record_id: added.contact_record };
  expect(await rest.succeed('ViewContactRecord', record)).toMatchObject({
    record_data: { email: bob.user_email, notes: 'owes me' },
  });
  const viewed = await rest.succeed('ViewContactList', tokens);
  expect(viewed).toMatchObject({
    list_data: { records: { [added.contact_record]: expect.any(String) } },
  });
  await rest.succeed('UnlinkContactRecord', record);
  const created = await rest.succeed('CreateContactList', tokens);
  await rest.succeed('SwitchContactList', { ...tokens, list_id: created.contact_list });
  await rest.succeed('UnlinkContactList', { ...tokens, list_id: created.contact_list });
  const issue = { name: 'It hangs', log: 'bG9n', email: alice.user_email, details: ['on Monday'] };
  expect(await rest.succeed('IssueReport', { ...tokens, issue })).toMatchObject({
    source: '127.0.0.1',
    contact: alice.user_email,
  });
}

/** The lenient habits: what is active or the only one may go, and what is made after it works. */
async function useUpkeep(rest: RestClient, tokens: Tokens): Promise<void> {
  for (const kind of ['Transfer', 'Invoice', 'Time', 'Conversion']) {
    const sheet = `${kind.toLowerCase()}_sheet`;
    const first = await rest.succeed(`View${kind}Sheet`, tokens);
    const second = await rest.succeed(`Create${kind}Sheet`, tokens);
    await rest.succeed(`Switch${kind}Sheet`, { ...tokens, sheet_id: second[sheet] });
    await rest.succeed(`Unlink${kind}Sheet`, { ...tokens, list_id: second[sheet] });
    await rest.succeed(`Unlink${kind}Sheet`, { ...tokens, list_id: first[sheet] });
    await rest.fail(`View${kind}Sheet`, tokens, `${kind.toUpperCase()}_SHEET_NOT_FOUND`);
    const third = await rest.succeed(`Create${kind}Sheet`, tokens);
    expect(await rest.succeed(`View${kind}Sheet`, tokens)).toEqual(third);
  }
  const wallet = await rest.succeed('CreateCreditEWallet', tokens);
  await rest.succeed('SwitchCreditEWallet', { ...tokens, ewallet_id: wallet.ewallet });
  const clock = await rest.succeed('CreateCreditClock', tokens);
  expect(clock).toMatchObject({ clock_data: { ewallet: wallet.ewallet, credit_clock: 0 } });
  await rest.succeed('SwitchCreditClock', { ...tokens, clock_id: clock.clock });
  await rest.succeed('UnlinkCreditClock', { ...tokens, clock_id: clock.clock });
  await rest.succeed('UnlinkCreditEWallet', { ...tokens, ewallet_id: wallet.ewallet });
  expect(await rest.succeed('ViewCreditEWallet', tokens)).toMatchObject({
    ewallet_data: { credits: 83 },
  });
}

async function useMaster(rest: RestClient, tokens: Tokens): Promise<void> {
  const login = { ...tokens, user_email: master.user_email, user_pass: master.user_pass };
  const loggedIn = await rest.succeed('MasterAccountLogin', login);
  expect(loggedIn).toMatchObject({ session_data: { master: master.user_email } });
  const viewed = await rest.succeed('MasterViewAccount', tokens);
  expect(viewed).toMatchObject({ account_data: { key_code: '', acquired_ctokens: 1 } });
  await rest.succeed('MasterEditAccount', {
    ...tokens,
    company: 'New INC',
    user_pass: 'Other-1234!',
    key: 'another-key',
  });
  const pool = await rest.succeed('InspectSubPool', tokens);
  expect(Object.values(pool.subpool).sort()).toEqual([alice.user_email, bob.user_email]);
  const [id] = Object.keys(pool.subpool);
  await rest.succeed('InspectSubordonate', { ...tokens, subordonate: Number(id) });
  const inspected = await rest.succeed('InspectCTokens', tokens);
  const [ctoken] = inspected.ctokens;
  await rest.succeed('InspectCToken', { ...tokens, ctoken });
  const own = await rest.succeed('InspectCToken', { ...tokens, ctoken: tokens.client_id });
  expect(own).toMatchObject({ ctoken: tokens.client_id });
  await rest.succeed('MasterViewLogin', tokens);
  await rest.succeed('MasterUnlinkAccount', tokens);
  await rest.succeed('MasterRecoverAccount', tokens);
  await rest.succeed('MasterAccountLogout', tokens);
  await rest.succeed('MasterAccountLogin', { ...login, user_pass: 'Other-1234!' });
  await rest.succeed('MasterViewLogout', tokens);
}

async function leave(rest: RestClient, tokens: Tokens): Promise<void> {
  await rest.succeed('SwitchAccount', { ...tokens, account: bob.user_email });
  await rest.succeed('UnlinkAccount', { ...tokens, forced_removal: true });
  await rest.succeed('AccountLogin', {
    ...tokens,
    user_email: alice.user_email,
    user_pass: 'Another-1234!',
  });
  await rest.succeed('ViewLogoutRecords', tokens);
  const out = await rest.succeed('AccountLogout', tokens);
  expect(out).toMatchObject({ account: alice.user_email });
  await rest.fail('ReleaseMaster', { ...tokens, key: 'wrong' }, 'MASTER_KEY_REFUSED');
  await rest.succeed('ReleaseMaster', { ...tokens, master: 'ignored', key: 'another-key' });
  const login = { ...tokens, user_email: master.user_email, user_pass: 'Other-1234!' };
  await rest.succeed('MasterAccountLogin', login);
  await rest.succeed('MasterUnlinkAccount', { ...tokens, forced_removal: true });
  // Everything is free again at once, also with users left behind.
  await rest.succeed('CreateMaster', { ...tokens, ...master, key: 'chosen-key' });
  await rest.succeed('AcquireMaster', { ...tokens, master: master.user_email, key: 'chosen-key' });
  await rest.succeed('CreateAccount', { ...tokens, ...alice });
}
