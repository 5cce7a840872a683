import { createChannel, createClient } from 'nice-grpc';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  SystemServiceDefinition,
  WatchWorkersResponse,
} from '../../generated/ewallet/system/v1/system_service.js';
import { createWorkerWatch, type WorkerWatch } from '../../src/domain/sessions/worker-watch.js';
import { createWatches } from '../../src/domain/watches/watches.js';
import { createLogger } from '../../src/lib/logger.js';
import { anonymousCaller } from '../../src/model/caller.js';
import { DomainError } from '../../src/model/errors.js';
import type { Reason } from '../../src/model/reasons.js';
import type { Database } from '../../src/storage/database.js';
import { loadDescriptors } from '../../src/transport/descriptors.js';
import { createWorkerWatchHandlers } from '../../src/transport/handlers/worker-watch.js';
import { createListener, type Listener } from '../../src/transport/listener.js';
import { createFakeTime, type FakeTime } from '../support/fake-time.js';
import { openTestDatabase } from '../support/test-database.js';
import { type WorkerWatcher, watchWorkers } from '../support/worker-watcher.js';
import { createWorkerWriter } from '../support/worker-writer.js';

const { watchWorkers: method } = SystemServiceDefinition.methods;
/** What is tested here, and no other method. */
const definition = { ...SystemServiceDefinition, methods: { watchWorkers: method } };

let db: Database;
let time: FakeTime;
let watch: WorkerWatch;
let listener: Listener;
let revoked: Reason | undefined;
let watchers: () => WorkerWatcher;
let closeChannel = () => {};

const settings = { pollIntervalMs: 10, lifeMs: 1_800_000, maxPerCaller: 10, maxPerServer: 10 };
const logger = createLogger({ level: 'silent' });

/** A server of a later release: it sends an event that today's clients do not know instead of a heartbeat. */
const laterResponse = {
  ...method.responseType,
  encode(response: WatchWorkersResponse) {
    if (response.event?.$case !== 'heartbeat') return WatchWorkersResponse.encode(response);
    const writer = WatchWorkersResponse.encode({ ...response, event: undefined });
    // Field 1,000, a message of two bytes.
    return writer.uint32((1_000 << 3) | 2).bytes(Buffer.from([8, 1]));
  },
};
const laterDefinition = {
  ...definition,
  methods: { watchWorkers: { ...method, responseType: laterResponse } },
} as unknown as typeof definition;

beforeAll(async () => {
  db = await openTestDatabase();
  time = createFakeTime();
  const watches = createWatches({ time, settings });
  watch = createWorkerWatch({ db, time, logger, watches, settings });
  listener = createListener({
    name: 'operator',
    descriptors: loadDescriptors('operator'),
    admit: async () => {
      const caller = { ...anonymousCaller('127.0.0.1'), operator: true };
      async function readmit() {
        if (revoked) throw new DomainError(revoked, 'Not any more.');
        return caller;
      }
      const none = { clientId: null, bearer: null, backendKey: null, onBehalfOf: null };
      const credentials = { ...none, registrationKey: null, source: '127.0.0.1' };
      return { caller, credentials, readmit };
    },
    deadlines: { defaultMs: 20, maxMs: 20 },
    reflection: false,
    logger,
  });
  listener.add(laterDefinition, createWorkerWatchHandlers({ workerWatch: watch }));
  const channel = createChannel(`127.0.0.1:${await listener.listen('127.0.0.1:0')}`);
  const system = createClient(SystemServiceDefinition, channel);
  watchers = () => watchWorkers({ system }, { heartbeatInterval: { seconds: 5n, nanos: 0 } });
  closeChannel = () => channel.close();
});

afterAll(async () => {
  await listener.shutdown(1_000);
  closeChannel();
});

async function start(): Promise<WorkerWatcher> {
  const watcher = watchers();
  await watcher.until(() => watcher.position() !== '');
  return watcher;
}

describe('a caller that lost its right', () => {
  test.each([
    ['OPERATOR_KEY_REFUSED', 'UNAUTHENTICATED'],
    ['PERMISSION_DENIED', 'PERMISSION_DENIED'],
  ] as const)('by %s is cut off within an interval on a quiet server', async (reason, code) => {
    const watcher = await start();
    time.advance(5_000);
    await watcher.until(() => watcher.events.length === 2);
    revoked = reason;
    time.advance(5_000);
    expect(await watcher.ended).toMatchObject({ code, reason });
    expect(watcher.events.length).toBe(2);
    revoked = undefined;
    expect(watch.stats()).toMatchObject({ watches: 0, subscriptions: 0, alarms: 0 });
  });

  test('is cut off within an interval on a busy server too', async () => {
    const writer = createWorkerWriter(db);
    await writer.create(11n);
    const watcher = await start();
    let over = false;
    watcher.ended.then(() => {
      over = true;
    });
    revoked = 'PERMISSION_DENIED';
    let changes = 0;
    // There is never a second without a change.
    for (; !over && changes < 1_000; changes += 1) {
      const before = watcher.events.length;
      await writer.count([11n, changes % 2 === 0 ? 1 : -1]);
      await watcher.until(() => watcher.events.length > before).catch(() => {});
      if (changes % 10 === 0) time.advance(1_000);
    }
    expect(await watcher.ended).toMatchObject({ code: 'PERMISSION_DENIED' });
    expect(watcher.story()).not.toContain('heartbeat');
    revoked = undefined;
  });
});

test('an event that the client does not know is ignored, and the watch goes on', async () => {
  const watcher = await start();
  time.advance(5_000);
  await watcher.until(() => watcher.events.length === 3);
  expect(watcher.story().at(-1)).toBe('unknown');
  await createWorkerWriter(db).create(12n);
  await watcher.until(() => watcher.cache.has('wrk_c'));
  watcher.cancel();
});

test('a watch is not ended by the deadline of unary calls', async () => {
  const watcher = await start();
  const begin = performance.now();
  const writer = createWorkerWriter(db);
  // Longer than the deadline of 20 ms.
  for (let id = 50n; performance.now() - begin < 100; id += 1n) await writer.create(id);
  const before = watcher.events.length;
  await writer.create(40n);
  await watcher.until(() => watcher.events.length > before);
  watcher.cancel();
});
