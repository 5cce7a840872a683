import { expect, test } from 'vitest';
import { isAtLeast, missingTools } from '../../scripts/clients/missing-tools.js';

test.each([
  ['1.26', '1.26', true],
  ['1.26.8', '1.26', true],
  ['2', '1.26', true],
  ['17', '17.0.0', true],
  ['1.9.9', '1.26', false],
  ['1', '1.26', false],
])('version %s is at least %s: %s', (version, least, expected) => {
  expect(isAtLeast(version, least)).toBe(expected);
});

test('a tool that is missing or too old is named with the version that is wanted', () => {
  const node = (least: string) => ({ program: 'node', version: { args: ['--version'], least } });
  expect(missingTools([{ program: 'no-such-program' }, node('20')])).toEqual(['no-such-program']);
  expect(missingTools([node('9999')])).toEqual([
    `node 9999 (there is ${process.version.slice(1)})`,
  ]);
});
