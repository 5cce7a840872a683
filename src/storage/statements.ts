import type { Statement, Value } from './batch-transaction.js';

/** Rows per INSERT: keeps below SQLite's 32,766 bound values per statement with the widest table. */
const ROWS_PER_INSERT = 1_000;

/** Multi-row INSERT statements for `rows`, whose values are in the order of `columns`; none for no rows. */
export function insertStatements(
  table: string,
  columns: readonly string[],
  rows: readonly (readonly Value[])[],
): Statement[] {
  const statements: Statement[] = [];
  const sql = `INSERT INTO ${table} (${columns.join(', ')}) VALUES `;
  for (let start = 0; start < rows.length; start += ROWS_PER_INSERT) {
    statements.push({ sql, bindings: [], rows: rows.slice(start, start + ROWS_PER_INSERT) });
  }
  return statements;
}

/** A statement whose rows, if it has any, are placeholders in its text and values behind the others. */
export function withPlaceholders({ sql, bindings, rows }: Statement): Omit<Statement, 'rows'> {
  const [first] = rows ?? [];
  if (!rows || !first) return { sql, bindings };
  const values = [...bindings];
  for (const row of rows) values.push(...row);
  return { sql: sql + tuples(rows.length, first.length), bindings: values };
}

/** `(?, ?), (?, ?)` for `count` rows of `width` values. */
export function tuples(count: number, width: number): string {
  return list(count, `(${list(width)})`);
}

/** `?, ?, ?` for `count` values. */
export function list(count: number, placeholder = '?'): string {
  return Array.from({ length: count }, () => placeholder).join(', ');
}
