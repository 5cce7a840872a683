import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseId } from '../../src/model/public-id.js';
import { type Row, runSql } from '../support/alter-database.js';
import { errorOf } from '../support/call-error.js';
import { as, type CallerCredentials, type Clients } from '../support/clients.js';
import { type Answer, type Payment, pay } from '../support/pay.js';
import { startServerProcess } from '../support/server-process.js';
import type { ServingProcess } from '../support/server-program.js';
import {
  balanceOf,
  type Customer,
  entriesOf,
  expectVerified,
  logInAgain,
  onBehalfOf,
  paymentBetween,
  supply,
  tellStory,
} from '../support/story.js';
import { testEngine } from '../support/test-database.js';
import { waitUntil } from '../support/wait-until.js';

const TIMES = 100;
const CREDITS = 1_000n;

let server: ServingProcess;
let made = 0;

beforeAll(async () => {
  server = await startServerProcess();
});

/** A shop with a payer, a payee and somebody else; and a payment from one to the other. */
async function tellOfPayment(credits = 300n, clients: Clients = server.clients) {
  made += 1;
  const story = await tellStory(clients, { name: `shop-${made}`, customers: 3, credits: CREDITS });
  const [payer, payee, other] = story.customers as [Customer, Customer, Customer];
  return { story, payer, payee, other, payment: paymentBetween(payer, payee, credits) };
}

/** The same payment, sent by somebody else or by the same one in another way. */
function sentBy(caller: CallerCredentials, { request }: Payment): Payment {
  return { caller, request };
}

/** The same request under a request id of its own. */
function asNew({ caller, request }: Payment): Payment {
  return { caller, request: { ...request, requestId: randomUUID() } };
}

/** Sends one payment many times at once, turn by turn through each of the clients. */
function payManyTimes(payment: Payment, ...clients: Clients[]): Promise<Answer[]> {
  return Promise.all(
    Array.from({ length: TIMES }, (_, at) =>
      waitUntil('an answer', () => pay(clients[at % clients.length] as Clients, payment)),
    ),
  );
}

/** The first answer again, to everybody, marked as what it is. */
async function expectReplayed(payment: Payment, first: Answer, clients = server.clients) {
  for (const answer of await payManyTimes(payment, clients)) {
    expect(answer).toEqual({ outcome: first.outcome, replayed: true });
  }
}

/** Pays for the first time and holds the answer against the request. */
async function payFirst(payment: Payment, clients = server.clients): Promise<Answer> {
  const first = await pay(clients, payment);
  if (!first) throw new Error('The first attempt was not answered.');
  expect(first.replayed).toBe(false);
  return first;
}

function refusalOf({ caller, request }: Payment, clients = server.clients) {
  return errorOf((options) => clients.wallets.payCredits(request, { ...as(caller), ...options }));
}

function alter(sql: string, ...bindings: (bigint | number | string | Buffer | null)[]) {
  return runSql(server.databaseUrl, sql, bindings);
}

function userIdOf({ accountId }: Customer): bigint {
  return parseId('account', accountId) ?? 0n;
}

/** Gives the customer a second wallet and makes it the active one. */
async function switchToNewWallet(customer: Customer): Promise<void> {
  const from = parseId('wallet', customer.walletId) ?? 0n;
  const id = from + 1_000_000_000n;
  const copies: [table: string, key: string, columns: string, values: string][] = [
    [
      'ledger_accounts',
      'id',
      'kind, unit, master_id, balance, floor, state, version, refusals, create_time, update_time',
      'kind, unit, master_id, 0, floor, state, 0, 0, create_time, create_time',
    ],
    [
      'wallets',
      'id',
      'user_id, master_id, reference, active_transfer_sheet_id, active_invoice_sheet_id, create_time, update_time',
      'user_id, master_id, reference, NULL, NULL, create_time, update_time',
    ],
  ];
  await alter(
    `INSERT INTO ledger_account_changes (account_id, version, operation_id, floor, state, create_time)
     SELECT ?, 0, 0, floor, state, create_time FROM ledger_account_changes WHERE account_id = ? AND version = 0`,
    id,
    from,
  );
  for (const [table, key, columns, values] of copies) {
    await alter(
      `INSERT INTO ${table} (${key}, ${columns}) SELECT ?, ${values} FROM ${table} WHERE ${key} = ?`,
      id,
      from,
    );
  }
  await alter('UPDATE users SET active_wallet_id = ? WHERE id = ?', id, userIdOf(customer));
}

test('a payment sent 100 times at once moves the credits once, and all 100 get the same answer', async () => {
  const { payer, payee, payment } = await tellOfPayment();
  const answers = await payManyTimes(payment, server.clients);
  const first = answers.find(({ replayed }) => !replayed);
  expect(first?.outcome).toMatchObject({
    operation: { credits: 300n, balanceCredits: 700n },
    transferRecord: { credits: 300n, balanceCredits: 700n },
    invoiceRecord: { credits: 300n },
  });
  for (const { outcome } of answers) expect(outcome).toEqual(first?.outcome);
  expect(answers.filter(({ replayed }) => replayed)).toHaveLength(TIMES - 1);
  expect(await balanceOf(server.clients, payer)).toBe(700n);
  expect(await balanceOf(server.clients, payee)).toBe(1_300n);
  expect(await entriesOf(server.clients, payer)).toHaveLength(2);
  await expectVerified(server.clients);
});

describe('a payment that was made gives its first outcome to 100 callers at once', () => {
  test('after its payer has logged in again, on a session of a new program', async () => {
    const { story, payer, payment } = await tellOfPayment();
    const first = await payFirst(payment);
    const again = await logInAgain(server.clients, story, payer);
    await expectReplayed(sentBy(again.session, payment), first);
    expect(await balanceOf(server.clients, payer)).toBe(700n);
  });

  test('from the backend that acts for its payer', async () => {
    const { story, payer, payment } = await tellOfPayment();
    const first = await payFirst(payment);
    await expectReplayed(sentBy(onBehalfOf(story, payer), payment), first);
  });

  test('from its payer, when the backend has made it', async () => {
    const { story, payer, payment } = await tellOfPayment();
    const first = await payFirst(sentBy(onBehalfOf(story, payer), payment));
    await expectReplayed(payment, first);
  });

  test('after the payer has switched to another wallet', async () => {
    const { payer, payment } = await tellOfPayment();
    const first = await payFirst(payment);
    await switchToNewWallet(payer);
    await expectReplayed(payment, first);
    expect(await refusalOf(asNew(payment))).toMatchObject({ reason: 'INSUFFICIENT_CREDITS' });
    await expectVerified(server.clients);
  });

  test('after the payee has switched to another wallet', async () => {
    const { payee, payment } = await tellOfPayment();
    const first = await payFirst(payment);
    await switchToNewWallet(payee);
    await expectReplayed(payment, first);
    expect(await balanceOf(server.clients, payee)).toBe(1_300n);
  });

  test('after the payee has changed its e-mail address', async () => {
    const { payee, payment } = await tellOfPayment();
    const first = await payFirst(payment);
    const email = `new-${payee.email}`;
    await alter(
      'UPDATE users SET email = ?, email_key = ? WHERE id = ?',
      email,
      Buffer.from(email),
      userIdOf(payee),
    );
    await expectReplayed(payment, first);
    expect(await refusalOf(asNew(payment))).toMatchObject({ reason: 'PAYEE_NOT_FOUND' });
  });

  test('after somebody else has taken the e-mail address of the payee', async () => {
    const { payee, other, payment } = await tellOfPayment();
    const first = await payFirst(payment);
    await alter('UPDATE users SET email_key = ? WHERE id = ?', Buffer.from('x'), userIdOf(payee));
    const key = Buffer.from(payee.email);
    await alter('UPDATE users SET email_key = ? WHERE id = ?', key, userIdOf(other));
    await expectReplayed(payment, first);
    expect(await balanceOf(server.clients, other)).toBe(CREDITS);
  });

  test('after its payer has taken the e-mail address of the payee', async () => {
    const { payer, payee, payment } = await tellOfPayment();
    const first = await payFirst(payment);
    await alter('UPDATE users SET email_key = ? WHERE id = ?', Buffer.from('y'), userIdOf(payee));
    const key = Buffer.from(payee.email);
    await alter('UPDATE users SET email_key = ? WHERE id = ?', key, userIdOf(payer));
    await expectReplayed(payment, first);
    expect(await refusalOf(asNew(payment))).toMatchObject({ reason: 'SELF_PAYMENT' });
  });

  test('after its payer has spent the rest', async () => {
    const { payer, payee, payment } = await tellOfPayment();
    const first = await payFirst(payment);
    await payFirst(paymentBetween(payer, payee, 700n));
    await expectReplayed(payment, first);
    expect(await balanceOf(server.clients, payer)).toBe(0n);
  });

  test('while its payer is pending removal, when a new one is refused', async () => {
    const { story, payer, payment } = await tellOfPayment();
    const first = await payFirst(payment);
    await alter('UPDATE users SET unlink_time = 1 WHERE id = ?', userIdOf(payer));
    await expectReplayed(payment, first);
    await expectReplayed(sentBy(onBehalfOf(story, payer), payment), first);
    expect(await refusalOf(asNew(payment))).toMatchObject({ reason: 'ACCOUNT_PENDING_REMOVAL' });
    expect(await balanceOf(server.clients, payer)).toBe(700n);
  });

  test.each([
    ['frozen', 'frozen_time', 'MASTER_FROZEN'],
    ['pending removal', 'unlink_time', 'MASTER_PENDING_REMOVAL'],
  ])('while its master is %s, when a new one is refused', async (_state, column, reason) => {
    const { story, payer, payment } = await tellOfPayment();
    const first = await payFirst(payment);
    const masterId = parseId('master', story.masterId) ?? 0n;
    await alter(`UPDATE masters SET ${column} = 1 WHERE id = ?`, masterId);
    await expectReplayed(payment, first);
    await expectReplayed(sentBy(onBehalfOf(story, payer), payment), first);
    expect(await refusalOf(asNew(payment))).toMatchObject({ reason });
    expect(await balanceOf(server.clients, payer)).toBe(700n);
  });
});

describe('a payment that was refused', () => {
  test('stays refused, for 100 callers at once, when credits have come since', async () => {
    const { story, payer, payment } = await tellOfPayment(1_500n);
    const first = await refusalOf(payment);
    expect(first).toMatchObject({
      reason: 'INSUFFICIENT_CREDITS',
      metadata: { balance_credits: '1000', required_credits: '1500' },
    });
    expect(first.trailer.get('ewallet-replayed')).toBeUndefined();
    await supply(server.clients, story, payer.accountId, 5_000n);
    const again = await Promise.all(Array.from({ length: TIMES }, () => refusalOf(payment)));
    for (const refusal of again) {
      expect(refusal.trailer.get('ewallet-replayed')).toBe('true');
      expect({ ...refusal, trailer: undefined }).toEqual({ ...first, trailer: undefined });
    }
    expect(await balanceOf(server.clients, payer)).toBe(6_000n);
    expect((await payFirst(asNew(payment))).outcome).toMatchObject({
      operation: { balanceCredits: 4_500n },
    });
  });

  test('is refused once when 100 send it at once', async () => {
    const { payer, payment } = await tellOfPayment(1_500n);
    const answers = await payManyTimes(payment, server.clients);
    expect(new Set(answers.map(({ outcome }) => JSON.stringify(outcome))).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    const rows: Row[] = await alter(
      'SELECT refusals, version FROM ledger_accounts WHERE id = ?',
      parseId('wallet', payer.walletId) ?? 0n,
    );
    expect(rows.map(({ refusals, version }) => [Number(refusals), Number(version)])).toEqual([
      [1, 1],
    ]);
  });
});

test('a server started later gives the first outcome of what an earlier one has decided', async () => {
  const earlier = await startServerProcess();
  const { payer, payment } = await tellOfPayment(300n, earlier.clients);
  const first = await payFirst(payment, earlier.clients);
  expect(await earlier.stop()).toEqual({ code: 0, signal: null });
  const later = await startServerProcess({ databaseUrl: earlier.databaseUrl });
  await expectReplayed(payment, first, later.clients);
  expect(await balanceOf(later.clients, payer)).toBe(700n);
});

test.runIf(testEngine() === 'mysql')(
  'a payment sent 100 times at once through two servers moves the credits once',
  async () => {
    const second = await startServerProcess({ databaseUrl: server.databaseUrl });
    const { payer, payment } = await tellOfPayment();
    const answers = await payManyTimes(payment, server.clients, second.clients);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    for (const { outcome } of answers) expect(outcome).toEqual(answers[0]?.outcome);
    expect(await balanceOf(second.clients, payer)).toBe(700n);
    await expectVerified(second.clients);
  },
);
