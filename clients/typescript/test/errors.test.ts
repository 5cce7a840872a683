import { inspect } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { type Server, startServer } from '../../stand/test-servers.js';
import { connect, connectOperator, EWalletError } from '../src/index.js';
import { openShop, paymentTo, remember, type Shop } from './support/shop.js';

let server: Server;
let shop: Shop;

beforeAll(async () => {
  server = await startServer();
  shop = await openShop(server);
  await shop.addUser('alice', 10n);
  await shop.addUser('bob');
});

const failure = (call: PromiseLike<unknown>): Promise<EWalletError> =>
  Promise.resolve(call).then(
    () => Promise.reject(new Error('The call did not fail.')),
    (error) => error,
  );

test('a request that breaks rules names its fields', async () => {
  const alice = shop.connectAs('alice');
  await alice.wallets.getWallet();
  const error = await failure(
    alice.wallets.payCredits({ ...paymentTo('bob', 0n), notes: 'x'.repeat(281) }),
  );
  expect(error).toBeInstanceOf(EWalletError);
  expect(error).toMatchObject({
    code: 'INVALID_ARGUMENT',
    reason: 'VALIDATION_FAILED',
    metadata: { violation_count: '2' },
    attempts: 1,
    method: '/ewallet.v1.WalletService/PayCredits',
  });
  expect(error.fields.map(({ field, rule }) => [field, rule])).toEqual([
    ['credits', 'INT64_GT_LTE'],
    ['notes', 'STRING_MAX_LEN'],
  ]);
});

test('a refusal is told with its reason, its figures and its request id, and again when it is repeated', async () => {
  const alice = shop.connectAs('alice');
  const error = await failure(alice.wallets.payCredits(paymentTo('bob', 11n)));
  expect(error).toMatchObject({
    code: 'FAILED_PRECONDITION',
    reason: 'INSUFFICIENT_CREDITS',
    replayed: false,
    outcomeUnknown: false,
  });
  expect(error.metadata).toMatchObject({ balance_credits: '10', required_credits: '11' });
  const { requestId = '' } = error;
  const again = await failure(alice.wallets.payCredits({ ...paymentTo('bob', 11n), requestId }));
  expect(again).toMatchObject({ reason: 'INSUFFICIENT_CREDITS', replayed: true, requestId });
  const other = await failure(alice.wallets.payCredits({ ...paymentTo('bob', 1n), requestId }));
  expect(other.reason).toBe('REQUEST_ID_REUSED');
});

test('a payment that is repeated with its request id says that it was answered before', async () => {
  const alice = shop.connectAs('alice');
  const { operation, replayed } = await alice.wallets.payCredits(paymentTo('bob'));
  const { requestId = '' } = operation ?? {};
  const again = await alice.wallets.payCredits({ ...paymentTo('bob'), requestId });
  expect([replayed, again.replayed]).toEqual([false, true]);
  expect(again.operation).toEqual(operation);
  expect((await alice.wallets.getOperation({ requestId })).operation).toEqual(operation);
});

test('a server that is not there is tried for as long as the call may take', async () => {
  const nobody = remember(connect({ address: '127.0.0.1:1', timeoutMs: 700 }));
  const error = await failure(nobody.sessions.getServerInfo());
  expect(error).toMatchObject({ code: 'UNAVAILABLE', reason: undefined, outcomeUnknown: false });
  expect(error.attempts).toBeGreaterThan(1);
  const once = await failure(nobody.sessions.getServerInfo({}, { retry: false }));
  expect(once.attempts).toBe(1);
});

test('a call that does something again each time is sent once, and says that its outcome is unknown', async () => {
  const own = await startServer();
  const ownShop = await openShop(own);
  await ownShop.addUser('alice');
  const alice = ownShop.connectAs('alice');
  await alice.wallets.getWallet();
  await own.kill();
  const error = await failure(alice.wallets.createWallet());
  expect(error).toMatchObject({ code: 'UNAVAILABLE', attempts: 1, outcomeUnknown: true });
});

test('a deadline is sent to the server, and an aborted call throws the reason', async () => {
  const alice = shop.connectAs('alice');
  await alice.wallets.getWallet();
  const late = await failure(alice.wallets.getWallet({}, { timeoutMs: 1, retry: false }));
  expect(late.code).toBe('DEADLINE_EXCEEDED');
  const reason = new Error('changed my mind');
  await expect(alice.wallets.getWallet({}, { signal: AbortSignal.abort(reason) })).rejects.toBe(
    reason,
  );
  const abort = new AbortController();
  const paying = alice.wallets.payCredits(paymentTo('bob'), { signal: abort.signal });
  abort.abort(reason);
  await expect(paying).rejects.toBe(reason);
});

test('secrets show in nothing that is printed of a client or an error', async () => {
  const secret = 'operator-key-that-is-wrong';
  const operator = remember(
    connectOperator({ address: server.operatorAddress, operatorKey: secret }),
  );
  const error = await failure(operator.system.verifyLedger());
  expect(error.reason).toBe('OPERATOR_KEY_REFUSED');
  const alice = shop.connectAs('alice');
  await alice.wallets.getWallet();
  const { clientId = '', sessionToken = '' } = alice.credentials() ?? {};
  expect(sessionToken).not.toBe('');
  const lost = await failure(alice.wallets.getWallet({ walletId: 'wal_zzzz' }));
  for (const thing of [operator, alice, shop.backend, error, lost]) {
    const printed = inspect(thing, { depth: Infinity, showHidden: true }) + JSON.stringify(thing);
    for (const word of [secret, clientId, sessionToken, shop.backendKey]) {
      expect(printed).not.toContain(word);
    }
  }
});

test('options that cannot be used are refused with their name', () => {
  expect(() => connect({ address: [] })).toThrow(/^address: /);
  expect(() => connect({ address: ['a.example:1', 'b.example:1'] })).toThrow(/^address: /);
  expect(() => connect({ address: '127.0.0.1:1', tls: { privateKey: 'x' } })).toThrow(/^tls: /);
});
