import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { createPerson } from './support/run-cli.js';

const person = createPerson();

test.each(['bash', 'zsh', 'fish'])('the completion script for %s is valid', async (shell) => {
  const script = await person.must(['completion', shell]);
  expect(script).toContain('ewallet');
  const { error, status, stderr } = spawnSync(shell, ['-n'], { input: script, encoding: 'utf8' });
  // Only bash is on every machine; the others are checked where they are.
  if (error && shell !== 'bash') {
    console.error(`${shell} is not here: its completion script is not checked.`);
    return;
  }
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

test.each([
  [['wal'], 'wallet'],
  [['wallet', 'p'], 'pay'],
  [['pay', '--req'], '--request-id'],
  [['system', 'start-cleaner', ''], 'client-tokens'],
])('%j is completed', async (words, completion) => {
  const lines = (await person.must(['complete', '--', ...words])).trimEnd().split('\n');
  expect(lines.map((line) => line.split('\t')[0])).toContain(completion);
  // One suggestion a line: shells read no others.
  for (const line of lines.slice(0, -1)) expect(line).toMatch(/^[\w-]+\t/);
  expect(lines.at(-1)).toMatch(/^:\d+$/);
});
