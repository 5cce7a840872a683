import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startServer } from '../../stand/test-servers.js';
import { temporaryFolder } from './support/run-cli.js';
import { balanceOf, openShop } from './support/shop.js';

const server = startServer();
const parse = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test('orders without request ids are refused, given ids, and then sent as often as one likes', async () => {
  const { alice, bob } = await openShop(await server);
  const orders = [1, 2, 3].map((credits) => ({
    pay: { payeeEmail: bob.email, credits: String(credits) },
  }));
  const input = `${orders.map((order) => JSON.stringify(order)).join('\n')}\n\n`;
  const refused = await alice.run(['wallet', 'stream'], { input });
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toContain('--make-ids');

  const withIds = await alice.must(['wallet', 'stream', '--make-ids'], { input });
  expect(parse(withIds).map(({ pay }) => pay.credits)).toEqual(['1', '2', '3']);
  for (const replayed of [false, true]) {
    const answers = parse(await alice.must(['wallet', 'stream'], { input: withIds }));
    expect(answers).toHaveLength(3);
    for (const answer of answers) expect(answer).toMatchObject({ outcome: 'applied', replayed });
  }
  expect(await balanceOf(bob)).toBe('6');
});

test('what is refused is told with its reason, and the exit code says so', async () => {
  const { alice, bob } = await openShop(await server);
  const order = (credits: string) =>
    JSON.stringify({ requestId: randomUUID(), transfer: { payeeEmail: bob.email, credits } });
  const path = join(temporaryFolder(), 'orders.jsonl');
  writeFileSync(path, [order('5'), order('100000')].join('\n'));
  const { code, stdout, stderr } = await alice.run(['wallet', 'stream', path]);
  expect(code).toBe(5);
  const answers = parse(stdout).map(({ outcome, reason }) => [outcome, reason]);
  expect(answers.sort()).toEqual([
    ['applied', undefined],
    ['refused', 'INSUFFICIENT_CREDITS'],
  ]);
  expect(stderr).toBe('1 applied, 1 refused\n');
});

test('a line that is no order, and a file that is not there, are named', async () => {
  const { alice } = await openShop(await server);
  const line = await alice.run(['wallet', 'stream'], { input: '[1]\n' });
  expect(line).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Line 1 is not a JSON object.'),
  });
  const file = await alice.run(['wallet', 'stream', '/nowhere.jsonl']);
  expect(file).toMatchObject({ code: 2, stderr: expect.stringContaining('ENOENT') });
});
