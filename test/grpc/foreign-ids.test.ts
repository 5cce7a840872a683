import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { IdKind } from '../../src/model/public-id.js';
import {
  type ApiMethod,
  createRawClient,
  listMethods,
  type RawClient,
} from '../support/api-methods.js';
import { type Cast, createCast } from '../support/identities.js';
import { idFields, minimalRequest, missingId } from '../support/minimal-request.js';
import { startServer, type TestServer } from '../support/start-server.js';
import { makeVictim, type Victim } from '../support/victim.js';

/** Callers of another tenant, in good standing. */
const strangers = [
  'a session',
  'a session with an acquired master',
  'a user',
  'a master',
  'a backend',
  'a backend for a user',
];

/** Every field of a public method that takes an id. */
const cases = listMethods('public').flatMap((method) =>
  [...idFields(method.input, method.registry)].map(
    ([field, kind]) => [`${method.name} ${field}`, method, field, kind] as const,
  ),
);

let server: TestServer;
let cast: Cast;
let victim: Victim;
let raw: RawClient;

beforeAll(async () => {
  server = await startServer({
    env: {
      EWALLET_DEFAULT_SUBORDINATE_LIMIT: '100000',
      EWALLET_NEW_MASTER_SELF_SUPPLY: 'true',
      EWALLET_NEW_MASTER_CREDIT_LIMIT: '1000000',
    },
  });
  victim = await makeVictim(server);
  cast = await createCast(server);
  raw = createRawClient(server.publicAddress);
});

afterAll(() => raw.close());

function realId(kind: IdKind): string {
  const id = victim.ids.get(kind);
  if (id === undefined) throw new Error(`The victim has no ${kind}: give it one.`);
  return id;
}

describe.each(cases)('%s', (_name, method: ApiMethod, field, kind) => {
  test('of another tenant answers as one that nobody has', async () => {
    const { callers } = method;
    let count = 0;
    for (const name of strangers) {
      const { is, sent, given } = await cast.get(name);
      if (!is.some((caller) => callers.has(caller))) continue;
      count += 1;
      const ask = async (id: string) => {
        const request = minimalRequest(method.input, method.registry, { ...given, [field]: id });
        const { reason, text } = await raw.call(method, request, sent);
        return { reason, text: text.replaceAll(id, 'ID') };
      };
      const answer = await ask(realId(kind));
      expect(answer, name).toEqual(await ask(missingId(kind)));
      expect(answer.reason, name).toMatch(/_NOT_FOUND$/);
    }
    expect(count).toBeGreaterThan(0);
  });
});

test.each([...new Set(cases.filter(([, method]) => method.readsOnly).map(([, , , kind]) => kind))])(
  'the %s that strangers do not find is there for its owner',
  async (kind) => {
    const reasons: string[] = [];
    for (const [, method, field, own] of cases) {
      if (own !== kind || !method.readsOnly) continue;
      const request = minimalRequest(method.input, method.registry, { [field]: realId(kind) });
      for (const sent of victim.owners) {
        reasons.push((await raw.call(method, request, sent)).reason);
      }
    }
    expect(reasons).toContain('OK');
  },
);
