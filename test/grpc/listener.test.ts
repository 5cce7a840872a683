import { createChannel, createClient, Metadata } from 'nice-grpc';
import { afterEach, describe, expect, test } from 'vitest';
import { SystemServiceDefinition } from '../../generated/ewallet/system/v1/system_service.js';
import { SessionServiceDefinition } from '../../generated/ewallet/v1/session_service.js';
import { createLogger } from '../../src/lib/logger.js';
import { sleep } from '../../src/lib/sleep.js';
import { anonymousCaller } from '../../src/model/caller.js';
import { loadDescriptors } from '../../src/transport/descriptors.js';
import { createListener } from '../../src/transport/listener.js';
import { errorOf } from '../support/call-error.js';

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const { getServerInfo } = SessionServiceDefinition.methods;
/** One method is enough for what a listener does with all of them. */
const definition = { ...SessionServiceDefinition, methods: { getServerInfo } };

const caller = anonymousCaller('127.0.0.1');

type Handler = (request: unknown, context: { signal: AbortSignal }) => Promise<object>;

function createTestListener(logs: string[], deadlines = { defaultMs: 10_000, maxMs: 60_000 }) {
  return createListener({
    name: 'public',
    descriptors: loadDescriptors('public'),
    admit: async () => ({
      caller,
      credentials: {
        clientId: null,
        bearer: null,
        backendKey: null,
        onBehalfOf: null,
        registrationKey: null,
        source: caller.source,
      },
      readmit: async () => caller,
    }),
    deadlines,
    reflection: false,
    logger: createLogger({
      level: 'debug',
      destination: { write: (line) => void logs.push(line) },
    }),
  });
}

async function serve(handler: Handler, deadlines?: { defaultMs: number; maxMs: number }) {
  const logs: string[] = [];
  const listener = createTestListener(logs, deadlines);
  listener.add(definition, { getServerInfo: handler });
  const channel = createChannel(`127.0.0.1:${await listener.listen('127.0.0.1:0')}`);
  closers.push(async () => {
    channel.close();
    await listener.shutdown(1_000);
  });
  return { client: createClient(definition, channel), logs };
}

describe('a call that takes too long', () => {
  test.each([
    ['without a deadline, after the default', {}, { defaultMs: 30, maxMs: 60_000 }],
    [
      'with a longer deadline, after the limit',
      { 'grpc-timeout': '50S' },
      { defaultMs: 1, maxMs: 30 },
    ],
  ])('is ended %s, and its handler is told', async (_name, metadata, deadlines) => {
    let aborted = false;
    const { client } = await serve(async (_, { signal }) => {
      await sleep(30_000, signal).finally(() => {
        aborted = signal.aborted;
      });
      return {};
    }, deadlines);
    const error = await errorOf((options) =>
      client.getServerInfo({}, { ...options, metadata: Metadata(metadata) }),
    );
    expect(error).toMatchObject({ code: 'DEADLINE_EXCEEDED', reason: 'DEADLINE_EXCEEDED' });
    await expect.poll(() => aborted).toBe(true);
  });
});

test('a fault tells the caller nothing but an incident, and the log what it was', async () => {
  const { client, logs } = await serve(async () => {
    throw new TypeError('the text of a defect in /srv/secret/path');
  });
  const error = await errorOf((options) => client.getServerInfo({}, options));
  expect(error).toMatchObject({ code: 'INTERNAL', reason: 'INTERNAL' });
  expect(error.details).toEqual(['google.rpc.ErrorInfo', 'google.rpc.RequestInfo']);
  expect(JSON.stringify(error)).not.toMatch(/defect|TypeError|srv/);
  const event = logs.map((line) => JSON.parse(line)).find(({ level }) => level === 'error');
  expect(event).toMatchObject({
    msg: 'fault',
    method: 'ewallet.v1.SessionService/GetServerInfo',
    incident: error.metadata.incident_id,
    error: { type: 'TypeError', message: 'the text of a defect in /srv/secret/path' },
  });
});

test('what a handler returns wrong is a fault too, not a crash', async () => {
  const { client } = await serve(async () => undefined as unknown as object);
  expect((await errorOf((options) => client.getServerInfo({}, options))).code).toBe('INTERNAL');
});

test('a service of the other listener is not taken: the server does not start', () => {
  const listener = createTestListener([]);
  expect(() => listener.add(SystemServiceDefinition, {} as never)).toThrow(
    'is not in the descriptor set of public',
  );
});

test('a stop cuts off what takes longer than its limit', async () => {
  const logs: string[] = [];
  const listener = createTestListener(logs);
  let begun = () => {};
  const inFlight = new Promise<void>((resolve) => {
    begun = resolve;
  });
  listener.add(definition, {
    getServerInfo: async (_, { signal }) => {
      begun();
      await sleep(30_000, signal);
      return {};
    },
  });
  const channel = createChannel(`127.0.0.1:${await listener.listen('127.0.0.1:0')}`);
  const call = errorOf((options) => createClient(definition, channel).getServerInfo({}, options));
  await inFlight;
  await listener.shutdown(30);
  expect(await call).toMatchObject({ code: 'UNAVAILABLE', reason: 'SERVER_DRAINING' });
  channel.close();
});
