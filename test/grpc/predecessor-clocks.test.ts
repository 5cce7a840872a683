/**
 * Faults of the system that this one succeeds, each numbered as there, that concern clocks, sheets and reports: none of them is here.
 */
import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { TimerState } from '../../generated/ewallet/v1/clock_service.js';
import { errorOf } from '../support/call-error.js';
import { as } from '../support/clients.js';
import { clockCalls, MINUTE } from '../support/clocks.js';
import { balanceOf, makeShop, paymentTo } from '../support/money.js';
import { openSession } from '../support/people.js';
import { startServer, type TestServer } from '../support/start-server.js';
import { expectLedgerVerified } from '../support/tenancy.js';

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});

test('B3: running time is taken off the clock, and ends with it', async () => {
  const { master, payer } = await makeShop(server, 10n);
  const caller = { backendKey: master.backendKey, onBehalfOf: payer.accountId };
  const { clocks } = server.clients;
  await clockCalls(server, caller).fill(10n);
  await clocks.startTimer({ requestId: randomUUID() }, as(caller));
  server.time.advance(4 * MINUTE);
  const { clock } = await clocks.stopTimer({ requestId: randomUUID() }, as(caller));
  expect(clock?.remaining?.seconds).toBe(360n);
  await clocks.startTimer({ requestId: randomUUID() }, as(caller));
  server.time.advance(60 * MINUTE);
  const { clock: later } = await clocks.getClock({}, as(caller));
  expect(later).toMatchObject({
    timerState: TimerState.TIMER_STATE_INACTIVE,
    remaining: { seconds: 0n, nanos: 0 },
  });
});

test('B8: who switches sheets, clocks, lists and wallets keeps the others, and what is on them', async () => {
  const { payer } = await makeShop(server, 10n);
  const { clocks, contacts, transferSheets, wallets } = server.clients;
  const me = as(payer.session);
  await clockCalls(server, payer.session).fill(3n);
  const first = await clocks.getClock({}, me);
  const made = await clocks.createClock({ reference: 'Second' }, me);
  await clocks.switchClock({ clockId: made.clock?.clockId ?? '' }, me);
  const { clocks: all } = await clocks.listClocks({}, me);
  expect(all).toHaveLength(2);
  const kept = all.find(({ clockId }) => clockId === first.clock?.clockId);
  expect(kept?.remaining?.seconds).toBe(180n);

  const { transferSheet } = await transferSheets.createTransferSheet({ reference: 'New' }, me);
  const transferSheetId = transferSheet?.transferSheetId ?? '';
  await transferSheets.switchTransferSheet({ transferSheetId }, me);
  expect((await transferSheets.listTransferSheets({}, me)).transferSheets).toHaveLength(2);

  const { contactList } = await contacts.createContactList({ reference: 'New' }, me);
  const contactListId = contactList?.contactListId ?? '';
  await contacts.switchContactList({ contactListId }, me);
  expect((await contacts.listContactLists({}, me)).contactLists).toHaveLength(2);

  const { wallet } = await wallets.createWallet({ reference: 'New' }, me);
  await wallets.switchWallet({ walletId: wallet?.walletId ?? '' }, me);
  expect((await wallets.getWallet({}, me)).wallet?.walletId).toBe(wallet?.walletId);
  const { wallets: both } = await wallets.listWallets({}, me);
  expect(both.map(({ balanceCredits }) => balanceCredits).sort()).toEqual([0n, 7n]);
});

test('B10: taking a record off a sheet takes nothing from the ledger, nor from the other party', async () => {
  const { payer, payee } = await makeShop(server, 10n);
  const { transferSheets, wallets } = server.clients;
  const { transferRecord } = await wallets.payCredits(paymentTo(payee, 4n), as(payer.session));
  const transferRecordId = transferRecord?.transferRecordId ?? '';
  await transferSheets.unlinkTransferRecord({ transferRecordId }, as(payer.session));
  const gone = await errorOf((options) =>
    transferSheets.getTransferRecord({ transferRecordId }, { ...options, ...as(payer.session) }),
  );
  expect(gone).toMatchObject({ reason: 'TRANSFER_RECORD_NOT_FOUND' });
  await transferSheets.getTransferRecord({ transferRecordId }, as(payee.session));
  expect((await wallets.listEntries({}, as(payer.session))).entries).toHaveLength(2);
  await expectLedgerVerified(server);
});

test('B15: all of the time converted back is gone from the clock, and no part of a credit is lost', async () => {
  const { payer } = await makeShop(server, 10n);
  const { clocks } = server.clients;
  const me = as(payer.session);
  await clockCalls(server, payer.session).fill(5n);
  const back = (seconds: bigint) =>
    clocks.convertClockToCredits({ requestId: randomUUID(), time: { seconds, nanos: 0 } }, me);
  const some = await back(150n);
  expect(some.clock?.remaining?.seconds).toBe(180n);
  expect(await balanceOf(server, payer)).toBe(7n);
  const rest = await back(180n);
  expect(rest.clock?.remaining).toEqual({ seconds: 0n, nanos: 0 });
  expect(await balanceOf(server, payer)).toBe(10n);
  expect(
    await errorOf((options) =>
      clocks.convertClockToCredits(
        { requestId: randomUUID(), time: { seconds: 60n, nanos: 0 } },
        { ...options, ...me },
      ),
    ),
  ).toMatchObject({ reason: 'INSUFFICIENT_TIME' });
  await expectLedgerVerified(server);
});

test('B24: a report needs a client token, and its name is text, never a path', async () => {
  const { issues } = server.clients;
  const report = { name: '../../pwn', log: Buffer.from('log'), contact: '', details: [] };
  const refused = await errorOf((options) => issues.reportIssue(report, options));
  expect(refused).toMatchObject({ reason: 'CREDENTIALS_MISSING' });
  const before = readdirSync('..');
  await issues.reportIssue(report, as(await openSession(server)));
  expect(readdirSync('..')).toEqual(before);
  const [row] = await server.db.knex('issue_reports').select('name');
  expect(row?.name).toBe('../../pwn');
});
