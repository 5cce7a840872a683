import { escape as escapeText } from 'mysql2';
import type { Statement, Value } from './batch-transaction.js';

/**
 * A statement of ours as MySQL's text protocol takes it: each `?` is replaced by its value as a literal. The driver would do the
 * same, but reads through the statement for quotes and comments first; ours have none, and a batch has tens of thousands of values.
 *
 * @throws Error when placeholders and values do not match, or a number is not a whole one.
 */
export function bindValues({ sql, bindings }: Statement): string {
  const parts = sql.split('?');
  if (parts.length !== bindings.length + 1) throw new Error('Placeholders and values differ.');
  let text = parts[0] as string;
  for (let index = 0; index < bindings.length; index += 1) {
    text += literal(bindings[index] as Value) + parts[index + 1];
  }
  return text;
}

function literal(value: Value): string {
  if (value === null) return 'NULL';
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'string') return escapeText(value);
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value))
      throw new Error('A number in a statement is not a whole one.');
    return String(value);
  }
  return `X'${value.toString('hex')}'`;
}
