import { expect, test } from 'vitest';
import { createRandom } from '../support/random.js';
import { createRestClient, documented, send } from '../support/rest-client.js';
import { developmentSettings, openAccount } from '../support/rest-people.js';
import { startServer } from '../support/start-server.js';
import { expectVerified } from '../support/story.js';

const BODIES = 6_000;
const AT_ONCE = 32;

test('thousands of malformed bodies get JSON and change nothing', async () => {
  const server = await startServer({ env: developmentSettings });
  const rest = createRestClient(server.restAddress);
  const tokens = await openAccount(rest, 'alice', 'Secret-of-alice-1!');
  await openAccount(rest, 'bob', 'Secret-of-bob-1!');
  await rest.succeed('SupplyCredits', { ...tokens, credits: 500 });
  await rest.succeed('ConvertCreditsToClock', { ...tokens, credits: 100 });
  const before = await rest.succeed('ViewCreditEWallet', tokens);

  const random = createRandom(1);
  const statuses = new Map<number, number>();
  let answered = 0;
  async function worker(): Promise<void> {
    while (answered < BODIES) {
      answered += 1;
      const body = malformedBody(random, tokens);
      const headers = { 'content-type': 'application/json' };
      const answer = await send(server.restAddress, { method: 'POST', headers, body });
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      expect([body, answer.json.failed]).toEqual([body, true]);
      expect(answer.status).toBeLessThan(500);
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker));

  const sum = [...statuses.values()].reduce((total, count) => total + count, 0);
  expect(sum).toBeGreaterThanOrEqual(5_000);
  expect([...statuses.keys()].sort()).toEqual([200, 400]);
  const after = await rest.succeed('ViewCreditEWallet', tokens);
  expect(after.ewallet_data).toEqual(before.ewallet_data);
  expect(server.logs.filter((line) => line.includes('"fault"'))).toEqual([]);
  await expectVerified(server.clients);
}, 170_000);

type Random = ReturnType<typeof createRandom>;

/** Values of no sensible type or size. None is one that an argument takes and that would do something. */
const nonsense: readonly unknown[] = [
  [],
  {},
  [[[]]],
  { credits: 1 },
  true,
  false,
  -1,
  0.5,
  1e308,
  -1e-7,
  '',
  ' ',
  '\u0000',
  '\ud800',
  'x'.repeat(5_000),
  '1e3',
  '0x10',
  'NaN',
  '٣',
  '__proto__',
  'constructor',
  "'; DROP TABLE users; --",
  '99999999999999999999999999',
  2 ** 53,
];

/** An instruction with each of its arguments, but the tokens, replaced by nonsense; or one that is cut, or mixed up. */
function malformedBody(random: Random, tokens: object): string {
  const { path, args } = pick(random, documented);
  const values = args
    .filter(({ name }) => name !== 'client_id' && name !== 'session_token')
    .map(({ name }) => [name, pick(random, nonsense)]);
  const body = JSON.stringify({ ...tokens, ...Object.fromEntries(values), ...path });
  const way = random(5);
  // An instruction without arguments would be a whole one.
  if (way === 0 && args.some(isDecisive)) return body;
  if (way === 1) return body.slice(0, random(body.length - 1) + 1).replace(/}$/, '');
  if (way === 2) return mangle(random, body);
  if (way === 3) return JSON.stringify({ ...tokens, ...path, action: pick(random, nonsense) });
  return JSON.stringify({ ...tokens, ...path, ctype: pick(random, nonsense) });
}

/** Whether nothing can be done without the argument. */
function isDecisive({ name, required }: { name: string; required: boolean }): boolean {
  return required && name !== 'client_id' && name !== 'session_token';
}

/** JSON no more: a character that it cannot do without is gone. */
function mangle(random: Random, body: string): string {
  const quotes = [...body.matchAll(/"/g)].map(({ index }) => index);
  const at = pick(random, quotes);
  return body.slice(0, at) + body.slice(at + 1);
}

function pick<T>(random: Random, from: readonly T[]): T {
  return from[random(from.length)] as T;
}
