import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { connect, connectOperator } from '../src/index.js';

/** The sheet of who may call what is made from the protos; a row of it with six cells is a method. */
const sheet = readFileSync(new URL('../../../docs/access.md', import.meta.url), 'utf8');
const methods = [...sheet.matchAll(/^\| ([A-Z]\w+) (?:\|[^|]*){5}\|$/gm)]
  .map(([, name = '']) => name.charAt(0).toLowerCase() + name.slice(1))
  .filter((name) => name !== 'method');

test('every method of every service can be called', async () => {
  await using client = connect({ address: '127.0.0.1:1' });
  await using operator = connectOperator({ address: '127.0.0.1:1', operatorKey: 'key' });
  const groups = [...Object.values(client), operator.system].filter((it) => typeof it === 'object');
  const callable = new Set(groups.flatMap((group) => Object.keys(group)));
  expect(methods.length).toBeGreaterThan(130);
  expect([...callable].sort()).toEqual([...new Set(methods)].sort());
});
