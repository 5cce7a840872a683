import { beforeAll, describe, expect, test } from 'vitest';
import { callerKinds } from '../../src/model/credentials.js';
import { readAccessRule } from '../../src/transport/access.js';
import { loadDescriptors } from '../../src/transport/descriptors.js';
import { type CallError, errorOf } from '../support/call-error.js';
import { as, type Clients } from '../support/clients.js';
import {
  makeLoggedInUser,
  makeMaster,
  openSession,
  type SessionCredentials,
} from '../support/people.js';
import { startServer, type TestServer } from '../support/start-server.js';

const MINUTES = 60_000;
const descriptors = loadDescriptors('public');
const tokenKinds: readonly string[] = callerKinds.filter((kind) =>
  ['CLIENT', 'SESSION', 'ACQUIRED', 'USER', 'MASTER'].includes(kind),
);

/** Every method of the public listener that takes tokens, and whether a client token alone is enough. */
const methods = [...descriptors.registry]
  .flatMap((type) =>
    type.kind === 'service' && type.typeName.startsWith('ewallet.') ? type.methods : [],
  )
  .flatMap((method) => {
    const { callers } = readAccessRule(method, descriptors, 'public');
    const kinds = [...callers].filter((kind) => tokenKinds.includes(kind));
    if (kinds.length === 0) return [];
    const clientOnly = kinds.length === 1 && kinds[0] === 'CLIENT';
    return [{ name: `${method.parent.name}/${method.name}`, method, clientOnly }];
  });

type Call = (request: object, options: object) => Promise<unknown> | AsyncIterable<unknown>;

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});

/** Calls a method with an empty request: who is calling comes before what is asked. */
function refusalOf(
  { method }: (typeof methods)[number],
  session: SessionCredentials,
): Promise<CallError> {
  const services = server.clients as unknown as Record<keyof Clients, Record<string, Call>>;
  const call = Object.values(services).find((each) => method.localName in each)?.[method.localName];
  return errorOf(async (options) => {
    const given = { ...options, ...as(session) };
    const clientStream = /client|bidi/.test(method.methodKind);
    const answer = call?.(clientStream ? nothing() : {}, given);
    if (answer instanceof Promise) return answer;
    for await (const _ of answer ?? []) break;
    return undefined;
  });
}

async function* nothing(): AsyncGenerator<object> {}

async function expiredPair(): Promise<SessionCredentials> {
  const { session } = await makeLoggedInUser(server, await makeMaster(server));
  server.time.advance(20 * MINUTES);
  await server.clients.sessions.keepClientTokenAlive({}, as(session));
  server.time.advance(10 * MINUTES);
  return session;
}

describe('UNAUTHENTICATED', () => {
  test('there are methods that take tokens', () => {
    expect(methods.length).toBeGreaterThan(20);
    expect(methods.filter(({ clientOnly }) => clientOnly).length).toBeGreaterThan(1);
  });

  test('an expired session token, on every method that takes one', async () => {
    const session = await expiredPair();
    for (const each of methods.filter(({ clientOnly }) => !clientOnly)) {
      const { code, reason } = await refusalOf(each, session);
      expect([each.name, code, reason]).toEqual([
        each.name,
        'UNAUTHENTICATED',
        'SESSION_TOKEN_INVALID',
      ]);
    }
  });

  test('an expired client token, on every method that takes one', async () => {
    const session = await openSession(server);
    server.time.advance(30 * MINUTES);
    for (const each of methods) {
      const { code, reason } = await refusalOf(each, session);
      expect([each.name, code, reason]).toEqual([
        each.name,
        'UNAUTHENTICATED',
        'CLIENT_TOKEN_INVALID',
      ]);
    }
  });

  test('a session that a cleaner removed, on every method that takes one', async () => {
    const session = await expiredPair();
    await server.domain.cleaners.sweep('session_tokens', new AbortController().signal);
    for (const each of methods.filter(({ clientOnly }) => !clientOnly)) {
      const { code, reason } = await refusalOf(each, session);
      expect([each.name, code, reason]).toEqual([
        each.name,
        'UNAUTHENTICATED',
        'SESSION_TOKEN_INVALID',
      ]);
    }
  });
});
