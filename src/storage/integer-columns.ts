/** A column as mysql2 describes it. */
type Column = { readonly name: string; readonly columnType: number };

/** What mysql2 answers a query with: rows and their columns, or one of each per statement. */
type Answer = { readonly response?: unknown };

/** TINY, SHORT, LONG, LONGLONG, INT24 and YEAR in the MySQL protocol. */
const INTEGERS: ReadonlySet<number> = new Set([1, 2, 3, 8, 9, 13]);

/**
 * Makes every integer column of an answer a bigint, in place. The driver's `typeCast` hook could do it too, but costs about a
 * microsecond per value, which is most of what reading a row takes.
 */
export function integersToBigint(answer: unknown): void {
  const { response } = (answer ?? {}) as Answer;
  if (!Array.isArray(response)) return;
  const [rows, columns] = response as [unknown, unknown];
  if (!Array.isArray(rows) || !Array.isArray(columns)) return;
  if (isColumn(columns[0])) {
    convert(rows, columns);
    return;
  }
  for (const [index, each] of columns.entries()) convert(rows[index], each);
}

function convert(rows: unknown, columns: unknown): void {
  if (!Array.isArray(rows) || !Array.isArray(columns)) return;
  const names = (columns as Column[])
    .filter(({ columnType }) => INTEGERS.has(columnType))
    .map(({ name }) => name);
  if (names.length === 0) return;
  for (const row of rows as Record<string, string | number | bigint | null>[]) {
    for (const name of names) {
      const value = row[name];
      if (value !== null && value !== undefined) row[name] = BigInt(value);
    }
  }
}

function isColumn(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'columnType' in value;
}
