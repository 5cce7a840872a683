import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type {
  DeepPartial,
  StreamPaymentsRequest,
  StreamPaymentsResponse,
} from '../../generated/ewallet/v1/wallet_service.js';
import { ErrorInfo } from '../../generated/google/rpc/error_details.js';
import { errorOf } from '../support/call-error.js';
import { as, type CallerCredentials } from '../support/clients.js';
import { balanceOf, fund, makeShop } from '../support/money.js';
import { makeLoggedInUser, type UserCredentials } from '../support/people.js';
import { createQueue } from '../support/queue.js';
import { startServer, type TestServer } from '../support/start-server.js';

type Message = DeepPartial<StreamPaymentsRequest>;

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});

function pay(payee: UserCredentials, credits: bigint): Message {
  const to = { $case: 'payeeAccountId' as const, value: payee.accountId };
  return { requestId: randomUUID(), order: { $case: 'pay', value: { payee: to, credits } } };
}

function supply(account: UserCredentials, credits: bigint): Message {
  const order = { $case: 'supply' as const, value: { credits } };
  return { requestId: randomUUID(), accountId: account.accountId, order };
}

/** Sends all messages, ends the stream, and gives the answers by request id. */
async function streamAll(credentials: CallerCredentials, messages: Message[], options = {}) {
  const answers = new Map<string, StreamPaymentsResponse>();
  async function* requests() {
    yield* messages;
  }
  const call = { ...options, ...as(credentials) };
  for await (const answer of server.clients.wallets.streamPayments(requests(), call)) {
    answers.set(answer.requestId, answer);
  }
  return answers;
}

function reasonOf(answer: StreamPaymentsResponse | undefined): string {
  if (answer?.outcome?.$case !== 'error') return 'APPLIED';
  const info = answer.outcome.value.details.find(({ typeUrl }) => typeUrl.endsWith('ErrorInfo'));
  return info ? ErrorInfo.decode(info.value).reason : '';
}

describe('a user', () => {
  test('pays, transfers, and is told of each by its request id', async () => {
    const { payer, payee } = await makeShop(server, 1_000n);
    const payments = Array.from({ length: 60 }, () => pay(payee, 10n));
    const transfer: Message = {
      requestId: randomUUID(),
      order: {
        $case: 'transfer',
        value: { payee: { $case: 'payeeEmail', value: payee.email }, credits: 400n },
      },
    };
    const messages = [...payments, transfer];
    const answers = await streamAll(payer.session, messages);
    expect(answers.size).toBe(messages.length);
    expect([...answers.values()].map(reasonOf)).toEqual(messages.map(() => 'APPLIED'));
    expect(await balanceOf(server, payer)).toBe(0n);
    expect(await balanceOf(server, payee)).toBe(1_000n);
  });

  test('a refused, an invalid and a foreign message are answered, and the stream goes on', async () => {
    const { payer, payee } = await makeShop(server, 10n);
    const good = pay(payee, 3n);
    const tooMuch = pay(payee, 100n);
    const invalid = pay(payee, 0n);
    const foreign = { ...pay(payee, 1n), accountId: payee.accountId };
    const nobody = pay({ ...payee, accountId: 'usr_zzzz' }, 1n);
    const answers = await streamAll(payer.session, [tooMuch, invalid, foreign, nobody, good]);
    const reasons = [tooMuch, invalid, foreign, nobody, good].map(({ requestId }) =>
      reasonOf(answers.get(requestId ?? '')),
    );
    expect(reasons).toEqual([
      'INSUFFICIENT_CREDITS',
      'VALIDATION_FAILED',
      'ACCOUNT_NOT_FOUND',
      'PAYEE_NOT_FOUND',
      'APPLIED',
    ]);
    expect(await balanceOf(server, payer)).toBe(7n);
  });

  test('the same request id on the stream and by itself is one payment', async () => {
    const { payer, payee } = await makeShop(server, 10n);
    const message = pay(payee, 3n);
    const first = await streamAll(payer.session, [message, message]);
    const again = await streamAll(payer.session, [message]);
    expect(reasonOf(first.get(message.requestId ?? ''))).toBe('APPLIED');
    expect(again.get(message.requestId ?? '')?.replayed).toBe(true);
    let mark: unknown;
    await server.clients.wallets.payCredits(
      {
        requestId: message.requestId ?? '',
        payee: { $case: 'payeeAccountId', value: payee.accountId },
        credits: 3n,
      },
      {
        ...as(payer.session),
        onTrailer: (trailer) => {
          mark = trailer.get('ewallet-replayed');
        },
      },
    );
    expect(mark).toBe('true');
    expect(await balanceOf(server, payer)).toBe(7n);
  });

  test('another wallet than that of the first message is refused', async () => {
    const { payer, payee } = await makeShop(server, 10n);
    const first = { ...pay(payee, 1n), walletId: payer.walletId };
    const other = { ...pay(payee, 1n), walletId: payee.walletId };
    const answers = await streamAll(payer.session, [first, other]);
    expect(reasonOf(answers.get(first.requestId ?? ''))).toBe('APPLIED');
    expect(reasonOf(answers.get(other.requestId ?? ''))).toBe('VALIDATION_FAILED');
  });

  test('once the session has ended, the stream ends, and pays no more', async () => {
    const { payer, payee } = await makeShop(server, 10n);
    const requests = createQueue<Message>();
    const answers = server.clients.wallets.streamPayments(requests, as(payer.session));
    const reading = answers[Symbol.asyncIterator]();
    requests.push(pay(payee, 1n));
    expect(reasonOf((await reading.next()).value)).toBe('APPLIED');
    await server.clients.sessions.endSession({}, as(payer.session));
    requests.push(pay(payee, 1n));
    await expect(reading.next()).rejects.toMatchObject({ details: expect.any(String), code: 16 });
    requests.end();
    expect(await balanceOf(server, payee)).toBe(1n);
  });
});

describe("a master's backend", () => {
  test('settles for many users over one stream, and names them', async () => {
    const { master, payer, payee } = await makeShop(server, 10n);
    const more = await Promise.all([1, 2, 3].map(() => makeLoggedInUser(server, master)));
    await fund(server, master, 1_000n);
    const { backendKey } = master;
    const users = [payer, payee, ...more];
    const supplies = users.flatMap((user) => [supply(user, 5n), supply(user, 6n)]);
    const answers = await streamAll({ backendKey }, supplies);
    expect([...answers.values()].map(reasonOf)).toEqual(supplies.map(() => 'APPLIED'));
    const balances = await Promise.all(users.map((user) => balanceOf(server, user)));
    expect(balances).toEqual([21n, 11n, 11n, 11n, 11n]);
    const nameless = { ...supply(payer, 1n), accountId: '' };
    const strange = supply({ ...payer, accountId: (await makeShop(server)).payer.accountId }, 1n);
    const refused = await streamAll({ backendKey }, [nameless, strange]);
    expect(reasonOf(refused.get(nameless.requestId ?? ''))).toBe('VALIDATION_FAILED');
    expect(reasonOf(refused.get(strange.requestId ?? ''))).toBe('ACCOUNT_NOT_FOUND');
  });

  test('an acquire key opens no stream', async () => {
    const { master } = await makeShop(server);
    const error = await errorOf((options) =>
      streamAll({ backendKey: master.acquireKey }, [], options),
    );
    expect(error).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'MASTER_KEY_REFUSED' });
  });
});

test('a client that does not read is not read from', async () => {
  const { payer, payee } = await makeShop(server, 100_000n);
  let sent = 0;
  async function* requests() {
    for (; sent < 20_000; sent += 1) yield pay(payee, 1n);
  }
  const abort = new AbortController();
  const answers = server.clients.wallets.streamPayments(requests(), {
    ...as(payer.session),
    signal: abort.signal,
  });
  const reading = answers[Symbol.asyncIterator]();
  await reading.next();
  // Nothing is read from here on; whoever else calls is served all the same.
  let paid = -1n;
  for (let before = -2n; before !== paid; ) {
    before = paid;
    paid = await balanceOf(server, payee);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(paid).toBeLessThan(10_000n);
  abort.abort();
  await reading.next().catch(() => {});
});
