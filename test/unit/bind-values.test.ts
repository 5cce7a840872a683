import { format } from 'mysql2';
import { describe, expect, test } from 'vitest';
import type { Value } from '../../src/storage/batch-transaction.js';
import { bindValues } from '../../src/storage/bind-values.js';
import { withPlaceholders } from '../../src/storage/statements.js';

describe('every value is the literal that the driver would write', () => {
  const values: [string, Value][] = [
    ['null', null],
    ['a bigint beyond 2^53', 2n ** 63n - 1n],
    ['a negative bigint', -(2n ** 63n)],
    ['a number', 1_763_800_000_000],
    ['text', 'PAYMENT'],
    ['quotes and backslashes', `'"\\'; COMMIT; -- \``],
    ['placeholders', '? ?? :a'],
    ['control characters', '\0\n\r\t\b\u001a'],
    ['other scripts', 'zwölf € 🎟'],
    ['nothing', ''],
  ];
  test.each(values)('%s', (_, value) => {
    const text = bindValues({ sql: 'SELECT ?, ?', bindings: [value, 1n] });
    expect(text).toBe(format('SELECT ?, ?', [value, 1n]));
  });

  test('bytes', () => {
    const bytes = Buffer.from([0, 39, 92, 63, 255]);
    expect(bindValues({ sql: '(?)', bindings: [bytes] })).toBe("(X'00275c3fff')");
    expect(bindValues({ sql: '(?)', bindings: [Buffer.alloc(0)] })).toBe("(X'')");
  });
});

test('too few or too many values, and numbers that are not whole, are defects', () => {
  expect(() => bindValues({ sql: '?, ?', bindings: [1n] })).toThrow('differ');
  expect(() => bindValues({ sql: '?', bindings: [1n, 2n] })).toThrow('differ');
  expect(() => bindValues({ sql: '?', bindings: [0.5] })).toThrow('whole');
  expect(() => bindValues({ sql: '?', bindings: [2 ** 60] })).toThrow('whole');
});

test('rows follow the text, as literals and as placeholders', () => {
  const rows: Value[][] = [
    [1n, 'a b', null],
    [2n, "it's", Buffer.from([1])],
  ];
  const statement = { sql: 'INSERT INTO t (a, b, c) VALUES ', bindings: [], rows };
  expect(bindValues(statement)).toBe(
    `INSERT INTO t (a, b, c) VALUES (1, 'a b', NULL), (2, 'it\\'s', X'01')`,
  );
  expect(withPlaceholders(statement)).toEqual({
    sql: 'INSERT INTO t (a, b, c) VALUES (?, ?, ?), (?, ?, ?)',
    bindings: rows.flat(),
  });
});
