import { escape as escapeText } from 'mysql2';
import type { Statement, Value } from './batch-transaction.js';

/**
 * A statement of ours as MySQL's text protocol takes it: each `?` is replaced by its value as a literal, and rows follow as literals. The
 * driver would do the same, but reads through the statement for quotes and comments first; ours have none, and a batch has tens of
 * thousands of values.
 *
 * @throws Error when placeholders and values do not match, or a number is not a whole one.
 */
export function bindValues({ sql, bindings, rows }: Statement): string {
  const parts = sql.split('?');
  if (parts.length !== bindings.length + 1) throw new Error('Placeholders and values differ.');
  let text = parts[0] as string;
  for (let index = 0; index < bindings.length; index += 1) {
    text += literal(bindings[index] as Value) + parts[index + 1];
  }
  return rows ? text + tuplesOf(rows) : text;
}

function tuplesOf(rows: readonly (readonly Value[])[]): string {
  let text = '';
  for (const row of rows) {
    text += text === '' ? '(' : ', (';
    for (let index = 0; index < row.length; index += 1) {
      text += (index === 0 ? '' : ', ') + literal(row[index] as Value);
    }
    text += ')';
  }
  return text;
}

/** Text in which nothing needs to be escaped: kinds, units and states. */
const PLAIN = /^\w*$/;

function literal(value: Value): string {
  if (value === null) return 'NULL';
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'string') return PLAIN.test(value) ? `'${value}'` : escapeText(value);
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value))
      throw new Error('A number in a statement is not a whole one.');
    return String(value);
  }
  return `X'${value.toString('hex')}'`;
}
