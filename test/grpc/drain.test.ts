import { randomUUID } from 'node:crypto';
import { createClient } from 'nice-grpc';
import { HealthDefinition } from 'nice-grpc-server-health';
import { describe, expect, test } from 'vitest';
import type {
  DeepPartial,
  StreamPaymentsRequest,
} from '../../generated/ewallet/v1/wallet_service.js';
import { errorOf } from '../support/call-error.js';
import { as } from '../support/clients.js';
import { balanceOf, makeShop, paymentTo } from '../support/money.js';
import { createQueue } from '../support/queue.js';
import { startServer, type TestServer } from '../support/start-server.js';
import { operator } from '../support/tenancy.js';
import { waitUntil } from '../support/wait-until.js';
import { watchWorkers } from '../support/worker-watcher.js';

const SERVING = 1;
const NOT_SERVING = 2;

function healthOf(server: TestServer, listener: 'publicAddress' | 'operatorAddress') {
  return createClient(HealthDefinition, server.connect(server[listener]));
}

/** The health of a service as a watcher is told, for as long as the server lives. */
function watchHealth(server: TestServer, service: string): number[] {
  const statuses: number[] = [];
  const watch = (async () => {
    for await (const { status } of healthOf(server, 'publicAddress').watch({ service })) {
      statuses.push(status);
    }
  })();
  watch.catch(() => {});
  return statuses;
}

async function refusedCall({ clients }: TestServer) {
  return errorOf((options) => clients.sessions.requestClientId({}, options));
}

describe('OK', () => {
  test('Drain refuses further calls with retry advice, and Undrain lets them in again', async () => {
    const server = await startServer();
    const { payer, payee } = await makeShop(server);
    const { system, sessions, wallets } = server.clients;
    const { instanceNumber } = await sessions.getServerInfo({});
    expect(await system.drain({}, operator)).toEqual({ instanceNumber, openCallCount: 0 });
    const refused = await errorOf((options) =>
      wallets.payCredits(paymentTo(payee, 1n), { ...options, ...as(payer.session) }),
    );
    expect(refused).toMatchObject({ code: 'UNAVAILABLE', reason: 'SERVER_DRAINING' });
    expect(refused.retryAfterMs).toBeGreaterThan(0);
    expect(refused.trailer.get('grpc-retry-pushback-ms')).toBeDefined();
    // Whoever asks is refused before anything else is said.
    expect(await refusedCall(server)).toMatchObject({ reason: 'SERVER_DRAINING' });
    // The operator is served on.
    expect((await system.listCleaners({}, operator)).cleaners.length).toBeGreaterThan(0);
    await system.drain({}, operator);
    expect(await system.undrain({}, operator)).toEqual({ instanceNumber });
    await system.undrain({}, operator);
    await wallets.payCredits(paymentTo(payee, 1n), as(payer.session));
    expect(await balanceOf(server, payee)).toBe(1n);
  });

  test('health of the public listener tells its watchers, and stays as it is while the database answers', async () => {
    const server = await startServer({ readinessIntervalMs: 10 });
    const { system } = server.clients;
    const whole = watchHealth(server, '');
    const service = watchHealth(server, 'ewallet.v1.WalletService');
    await waitUntil('the watchers', () => whole.length === 1 && service.length === 1);
    await system.drain({}, operator);
    await waitUntil('the news', () => whole.length === 2 && service.length === 2);
    const own = healthOf(server, 'operatorAddress');
    expect(await own.check({ service: '' })).toEqual({ status: SERVING });
    // The database is asked several times meanwhile.
    await waitUntil('another look', async () => (await system.drain({}, operator)) && true);
    const health = healthOf(server, 'publicAddress');
    expect(await health.check({ service: '' })).toEqual({ status: NOT_SERVING });
    await system.undrain({}, operator);
    await waitUntil('the news', () => whole.length === 3 && service.length === 3);
    expect(whole).toEqual([SERVING, NOT_SERVING, SERVING]);
    expect(service).toEqual(whole);
  });

  test('a stream answers what it took and ends; Drain tells how many calls are left', async () => {
    const server = await startServer();
    const { payer, payee } = await makeShop(server);
    const { system, wallets } = server.clients;
    const requests = createQueue<DeepPartial<StreamPaymentsRequest>>();
    const { payee: to } = paymentTo(payee, 1n);
    const pay = { $case: 'pay' as const, value: { payee: to, credits: 1n } };
    let answers = 0;
    const stream = errorOf(async (options) => {
      const call = { ...options, ...as(payer.session) };
      for await (const answer of wallets.streamPayments(requests, call)) {
        expect(answer.outcome?.$case).toBe('applied');
        answers += 1;
      }
    });
    requests.push({ requestId: randomUUID(), order: pay });
    await waitUntil('an answer', () => answers === 1);
    const { openCallCount } = await system.drain({}, operator);
    expect(openCallCount).toBe(1);
    expect(await stream).toMatchObject({ code: 'UNAVAILABLE', reason: 'SERVER_DRAINING' });
    await waitUntil(
      'the last call',
      async () => (await system.drain({}, operator)).openCallCount === 0,
    );
    await system.undrain({}, operator);
    // Streams that begin now are not told what those were.
    const again = createQueue<DeepPartial<StreamPaymentsRequest>>();
    const second = wallets.streamPayments(again, as(payer.session))[Symbol.asyncIterator]();
    again.push({ requestId: randomUUID(), order: pay });
    expect((await second.next()).value?.outcome?.$case).toBe('applied');
    again.end();
    expect((await second.next()).done).toBe(true);
    expect(await balanceOf(server, payee)).toBe(2n);
  });

  test('watches of the operator go on', async () => {
    const server = await startServer({ env: { EWALLET_WATCH_POLL_MS: '10' } });
    const watcher = watchWorkers(server.clients);
    await watcher.until(() => watcher.position() !== '');
    await server.clients.system.drain({}, operator);
    const change = watcher.next('change');
    await server.clients.system.createWorker({}, operator);
    await change;
    watcher.cancel();
    await watcher.ended;
  });

  test('a server that is out of service stops as any other', async () => {
    const server = await startServer();
    await server.clients.system.drain({}, operator);
    await server.stop();
  });
});

test('StartCleaner without a name starts all that were stopped', async () => {
  const { system } = (await startServer()).clients;
  const stopped = await system.stopCleaner({}, operator);
  expect(stopped.cleaners.every(({ started }) => !started)).toBe(true);
  const started = await system.startCleaner({}, operator);
  expect(started.cleaners.length).toBe(stopped.cleaners.length);
  expect(started.cleaners.every((cleaner) => cleaner.started)).toBe(true);
});
