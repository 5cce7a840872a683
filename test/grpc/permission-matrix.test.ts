import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type ApiMethod,
  createRawClient,
  listMethods,
  type RawClient,
} from '../support/api-methods.js';
import { type Cast, createCast, type Identity } from '../support/identities.js';
import { brokenRequest, minimalRequest } from '../support/minimal-request.js';
import { startServer, type TestServer } from '../support/start-server.js';

/** How a caller is told that a method is not for him, or not now. Everything else comes from beyond the access rules. */
const notForYou = [
  'CREDENTIALS_MISSING',
  'CLIENT_TOKEN_INVALID',
  'SESSION_TOKEN_INVALID',
  'MASTER_KEY_REFUSED',
  'OPERATOR_KEY_REFUSED',
  'ACCOUNT_NOT_FOUND',
  'NOT_LOGGED_IN',
  'MASTER_NOT_ACQUIRED',
  'PERMISSION_DENIED',
];
const notNow = ['ACCOUNT_PENDING_REMOVAL', 'MASTER_PENDING_REMOVAL', 'MASTER_FROZEN'];

const methods = [...listMethods('public'), ...listMethods('operator')];

let server: TestServer;
let cast: Cast;
let raw: Record<'public' | 'operator', RawClient>;

beforeAll(async () => {
  server = await startServer({
    env: {
      EWALLET_DEFAULT_SUBORDINATE_LIMIT: '100000',
      EWALLET_NEW_MASTER_SELF_SUPPLY: 'true',
      EWALLET_NEW_MASTER_CREDIT_LIMIT: '1000000',
    },
  });
  cast = await createCast(server);
  raw = {
    public: createRawClient(server.publicAddress),
    operator: createRawClient(server.operatorAddress),
  };
});

afterAll(() => {
  raw.public.close();
  raw.operator.close();
});

type Verdict = 'passes' | 'not for him' | 'not now';

/** What the sheet says, read by nothing of ours. */
function sheetSays({ callers, ...rule }: ApiMethod, { is, standing }: Identity): Verdict {
  if (callers.has('ANYONE')) return 'passes';
  if (!is.some((caller) => callers.has(caller))) return 'not for him';
  if (standing === 'frozen' && !rule.whileFrozen) return 'not now';
  if (standing === 'pending removal' && !rule.whilePendingRemoval) return 'not now';
  return 'passes';
}

function verdictOf(reason: string, expected: Verdict): Verdict {
  if (notNow.includes(reason)) return 'not now';
  // The same words may come from beyond: a wrong acquire key, a user that is not there. Then the sheet lets pass.
  if (notForYou.includes(reason))
    return expected === 'passes' && beyond(reason) ? 'passes' : 'not for him';
  return 'passes';
}

function beyond(reason: string): boolean {
  return ['MASTER_KEY_REFUSED', 'ACCOUNT_NOT_FOUND'].includes(reason);
}

test.each(methods.map((method) => [method.name, method] as const))(
  '%s lets in whom the sheet says, and nobody else, whatever the request says',
  async (_name, method) => {
    const client = raw[method.listener];
    const found: Record<string, string> = {};
    const said: Record<string, string> = {};
    const broken = method.kind === 'unary' ? brokenRequest(method.input) : undefined;
    for (const name of cast.names) {
      const identity = await cast.get(name);
      const { sent, given } = identity;
      const expected = sheetSays(method, identity);
      if (broken) {
        const { reason } = await client.call(method, broken, sent);
        // A refusal for the standing comes after the request id was looked up, so after its rules.
        const last = expected === 'not now' && method.standingLast;
        said[`${name}, broken`] = expected === 'passes' || last ? 'VALIDATION_FAILED' : expected;
        found[`${name}, broken`] =
          reason === 'VALIDATION_FAILED' ? reason : verdictOf(reason, expected);
      }
      const request = minimalRequest(method.input, method.registry, given);
      const { reason } = await client.call(method, request, sent);
      said[name] = expected;
      found[name] = verdictOf(reason, expected);
      if (expected === 'passes' && !method.readsOnly) await cast.spend(name);
    }
    expect(found).toEqual(said);
    expect(Object.keys(found).length).toBeGreaterThanOrEqual(cast.names.length);
  },
);

test('the sheet has every method that the servers serve', () => {
  expect(methods.length).toBeGreaterThan(50);
  expect(new Set(methods.map(({ path }) => path)).size).toBe(methods.length);
});
