import { expect, test } from 'vitest';
import {
  type ArgumentType,
  optional,
  readArguments,
  required,
} from '../../src/transport/rest/arguments.js';
import { fieldsOf, mapOf, writeReply } from '../../src/transport/rest/reply-shape.js';
import { dateText, minutesLeft, minutesSpent } from '../../src/transport/rest/values.js';

function read(type: ArgumentType, value: unknown): unknown {
  return readArguments({ it: required(type) }, { it: value }).it;
}

test.each<[ArgumentType, unknown, unknown]>([
  ['credits', 10, 10n],
  ['credits', '10', 10n],
  ['credits', '10.0', 10n],
  ['credits', 10.0, 10n],
  ['credits', -3, -3n],
  ['credits', '9223372036854775807', 9_223_372_036_854_775_807n],
  ['minutes', 5, 300_000n],
  ['minutes', '5', 300_000n],
  ['minutes', '0.5', 30_000n],
  ['minutes', 14.5, 870_000n],
  ['cost', 4.5, '4.500000000'],
  ['cost', 0.1, '0.100000000'],
  ['cost', '0.25', '0.25'],
  ['int', 7, 7n],
  ['int', '7', 7n],
  ['bool', false, false],
  ['string', '', ''],
])('%s takes %j', (type, value, expected) => {
  expect(read(type, value)).toEqual(expected);
});

test.each<[ArgumentType, unknown]>([
  ['credits', 1.5],
  ['credits', '1.5'],
  ['credits', '1e3'],
  ['credits', '0x10'],
  ['credits', ' 1'],
  ['credits', '9223372036854775808'],
  ['credits', 2 ** 53],
  ['credits', true],
  ['credits', [1]],
  ['minutes', 'long'],
  ['minutes', 1e300],
  ['cost', '1.0000000001'],
  ['int', -1],
  ['int', 1.5],
  ['bool', 'true'],
  ['bool', 1],
  ['string', 1],
  ['object', []],
  ['object', 'x'],
])('%s does not take %j', (type, value) => {
  expect(() => read(type, value)).toThrow(/^it must be /);
});

test('what is missing is named, and null counts as missing', () => {
  expect(() => readArguments({ it: required('int') }, { it: null })).toThrow('it is missing');
  expect(readArguments({ it: optional('int') }, { it: null })).toEqual({ it: undefined });
  expect(() => readArguments({ toString: required('string') }, {})).toThrow('missing');
});

test('replies have their keys and no other, and floats always a fraction', () => {
  const shape = fieldsOf({ id: 'int', left: 'float', names: mapOf('string'), none: 'string' });
  const value = { id: 2n ** 60n, left: 0, names: new Map([[7n, 'seven "7"']]), more: 'hidden' };
  expect(writeReply(shape, value)).toBe(
    '{"id":1152921504606846976,"left":0.0,"names":{"7":"seven \\"7\\""},"none":null}',
  );
  expect(writeReply('float', 13.25)).toBe('13.25');
});

test('times are in UTC, and minutes never show more than there is', () => {
  expect(dateText(Date.UTC(2024, 1, 29, 23, 59, 59, 999))).toBe('29-02-2024 23:59:59');
  expect(dateText(null)).toBeNull();
  const almost = { seconds: 59n, nanos: 999_000_000 };
  expect([minutesLeft(almost), minutesSpent(almost)]).toEqual([0.99, 1]);
});
