import { createClient } from 'nice-grpc';
import { HealthDefinition } from 'nice-grpc-server-health';
import { describe, expect, test } from 'vitest';
import { errorOf } from '../support/call-error.js';
import { publicServices, systemServices } from '../support/service-names.js';
import { startServer, type TestServer } from '../support/start-server.js';

const SERVING = 1;
const NOT_SERVING = 2;

function healthOf(server: TestServer, listener: 'publicAddress' | 'operatorAddress') {
  return createClient(HealthDefinition, server.connect(server[listener]));
}

describe.each([
  ['public', 'publicAddress', publicServices],
  ['operator', 'operatorAddress', systemServices],
] as const)('the %s listener', (_name, address, services) => {
  test('is SERVING as a whole and with every service', async () => {
    const health = healthOf(await startServer(), address);
    for (const service of ['', ...services]) {
      expect([service, await health.check({ service })]).toEqual([service, { status: SERVING }]);
    }
  });

  test('does not know services of the other listener or of nobody', async () => {
    const health = healthOf(await startServer(), address);
    const foreign =
      address === 'publicAddress' ? 'ewallet.system.v1.SystemService' : 'ewallet.v1.WalletService';
    for (const service of [foreign, 'x']) {
      const error = await errorOf((options) => health.check({ service }, options));
      expect(error.code).toBe('NOT_FOUND');
    }
  });

  test('tells its watchers first thing when it stops, and ends their streams', async () => {
    const server = await startServer();
    const health = healthOf(server, address);
    const statuses: number[] = [];
    let started = () => {};
    const watching = new Promise<void>((resolve) => {
      started = resolve;
    });
    const watch = (async () => {
      for await (const { status } of health.watch({ service: services[0] ?? '' })) {
        statuses.push(status);
        started();
      }
    })();
    watch.catch(() => {});
    await watching;
    await server.stop();
    await expect(watch).rejects.toThrow('UNAVAILABLE');
    expect(statuses).toEqual([SERVING, NOT_SERVING]);
  });
});

test('a database that is lost makes both listeners NOT_SERVING', async () => {
  const server = await startServer({ readinessIntervalMs: 20 });
  const healths = [healthOf(server, 'publicAddress'), healthOf(server, 'operatorAddress')];
  await server.db.close();
  for (const health of healths) {
    for await (const { status } of health.watch({ service: '' })) {
      if (status === NOT_SERVING) break;
    }
    expect(await health.check({ service: '' })).toEqual({ status: NOT_SERVING });
  }
});

test('fifty watchers are no leak', async () => {
  const server = await startServer();
  const health = healthOf(server, 'publicAddress');
  const warnings: string[] = [];
  const onWarning = (warning: Error) => warnings.push(warning.name);
  process.on('warning', onWarning);
  const watchers = Array.from({ length: 50 }, () => {
    const abort = new AbortController();
    const updates = health.watch({ service: '' }, { signal: abort.signal })[Symbol.asyncIterator]();
    return { abort, updates };
  });
  await Promise.all(watchers.map(({ updates }) => updates.next()));
  for (const { abort, updates } of watchers) {
    abort.abort();
    await updates.next().catch(() => {});
  }
  process.off('warning', onWarning);
  expect(warnings).toEqual([]);
});
