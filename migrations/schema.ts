import type { Knex } from 'knex';

/**
 * One forward step of the schema. Steps run outside a transaction, because MySQL commits each DDL
 * statement by itself: `up` may be cut off anywhere and run again, so it checks before it acts.
 */
export type Migration = {
  /** Like `0001_sequences`: never changed once released, without a file extension. */
  name: string;
  up(knex: Knex): Promise<void>;
};

/** Column helpers that make the same column on both engines. Columns are NOT NULL until `.nullable()`. */
export type Columns = {
  table: Knex.CreateTableBuilder;
  /** An integer primary key made in the process. On SQLite it is the rowid, so no second index. */
  id(name?: string): Knex.ColumnBuilder;
  /** A 64-bit integer: amounts, balances, versions, counts, foreign ids. */
  bigint(name: string): Knex.ColumnBuilder;
  /** Unix milliseconds. */
  time(name: string): Knex.ColumnBuilder;
  /** Exactly `bytes` bytes: hashes (32), UUIDs (16). */
  binary(name: string, bytes: number): Knex.ColumnBuilder;
  /** At most `maxBytes` bytes: unique text keys, which are stored normalised. */
  varbinary(name: string, maxBytes: number): Knex.ColumnBuilder;
  /** Text of at most `maxLength` characters, compared by code point. */
  text(name: string, maxLength: number): Knex.ColumnBuilder;
  /** Bytes of no fixed limit (up to 16 MB on MySQL). */
  blob(name: string): Knex.ColumnBuilder;
};

/** True when the connection speaks MySQL or MariaDB, false for SQLite. */
export function isMysql(knex: Knex): boolean {
  return knex.client.dialect === 'mysql';
}

/**
 * Creates the table unless it exists, and those of its keys that are missing: knex makes each with a statement of its own, so a
 * program that dies may leave a table without them. `build` gets column helpers; `columns.table` is knex's own builder,
 * for composite keys and indexes. Unique keys keep knex's default name (`<table>_<columns>_unique`):
 * it is the `key` that a StorageError of kind 'duplicate' carries on both engines.
 */
export async function createTableIfMissing(
  knex: Knex,
  name: string,
  build: (columns: Columns) => void,
): Promise<void> {
  const builder = knex.schema.createTable(name, (table) => {
    if (isMysql(knex)) {
      table.engine('InnoDB');
      table.charset('utf8mb4');
      table.collate('utf8mb4_bin');
    }
    build(createColumns(knex, table));
  });
  const [create, ...keys] = builder.toSQL() as unknown as { readonly sql: string }[];
  if (!create) throw new Error(`No columns were given for ${name}.`);
  if (!(await knex.schema.hasTable(name))) await knex.raw(create.sql);
  for (const { sql } of keys) {
    const key = /(?:unique|index) `([^`]+)`/.exec(sql)?.[1];
    if (!key) throw new Error(`Not the statement of a key: ${sql}`);
    if (!(await hasIndex(knex, name, key))) await knex.raw(sql);
  }
}

/** Adds the column that `build` makes unless the table has it. */
export async function addColumnIfMissing(
  knex: Knex,
  tableName: string,
  columnName: string,
  build: (columns: Columns) => void,
): Promise<void> {
  if (await knex.schema.hasColumn(tableName, columnName)) return;
  await knex.schema.alterTable(tableName, (table) => build(createColumns(knex, table)));
}

/** Lets a 64-bit integer column be NULL. On SQLite knex copies the table into a new one, in one transaction. */
export async function makeNullable(
  knex: Knex,
  tableName: string,
  columnName: string,
): Promise<void> {
  if (isMysql(knex)) {
    // Knex would read the column's type on a second connection, which a migration does not have.
    await knex.raw('alter table ?? modify ?? bigint null', [tableName, columnName]);
    return;
  }
  await knex.schema.alterTable(tableName, (table) => {
    table.setNullable(columnName);
  });
}

/** Creates a plain or unique index over `columns` unless one of its name exists. */
export async function createIndexIfMissing(
  knex: Knex,
  tableName: string,
  columns: string[],
  options: { unique?: boolean } = {},
): Promise<void> {
  const name = `${tableName}_${columns.join('_')}_${options.unique ? 'unique' : 'index'}`;
  if (await hasIndex(knex, tableName, name)) return;
  await knex.schema.alterTable(tableName, (table) => {
    if (options.unique) table.unique(columns, { indexName: name });
    else table.index(columns, name);
  });
}

/** Inserts the row unless one with the same value in `key` exists. */
export async function insertIfMissing(
  knex: Knex,
  tableName: string,
  key: string,
  row: Record<string, Knex.Value | Knex.Raw>,
): Promise<void> {
  const existing = await knex(tableName)
    .where(key, row[key] as Knex.Value)
    .first(key);
  if (existing === undefined) await knex(tableName).insert(row);
}

/** Takes ids for rows that a migration makes, and returns the first of `count`. Programs that run may take some at the same time. */
export async function takeIds(knex: Knex, count: number): Promise<bigint> {
  const sequence = () => knex('sequences').where({ name: Buffer.from('id') });
  for (;;) {
    const { next_value: first } = await sequence().first('next_value');
    const next_value = BigInt(first) + BigInt(count);
    const taken = await sequence().where({ next_value: first }).update({ next_value });
    if (taken > 0) return BigInt(first);
  }
}

async function hasIndex(knex: Knex, tableName: string, indexName: string): Promise<boolean> {
  const found = isMysql(knex)
    ? await knex('information_schema.statistics')
        .whereRaw('table_schema = database()')
        .where({ table_name: tableName, index_name: indexName })
        .first('index_name')
    : await knex('sqlite_master').where({ type: 'index', name: indexName }).first('name');
  return found !== undefined;
}

function createColumns(knex: Knex, table: Knex.CreateTableBuilder): Columns {
  const mysql = isMysql(knex);
  // SQLite keeps any value in any column: the checks make it as strict as MySQL in strict mode.
  function column(name: string, mysqlType: string, sqliteType: string, sqliteCheck: string) {
    const check = sqliteCheck.replaceAll('$', `\`${name}\``);
    const type = mysql ? mysqlType : `${sqliteType} check (${check})`;
    return table.specificType(name, type).notNullable();
  }
  function bigint(name: string) {
    return column(name, 'bigint', 'bigint', "typeof($) in ('integer', 'null')");
  }
  return {
    table,
    id: (name = 'id') =>
      table
        .specificType(name, mysql ? 'bigint' : 'integer')
        .notNullable()
        .primary(),
    bigint,
    time: bigint,
    binary: (name, bytes) =>
      column(name, `binary(${bytes})`, 'blob', `$ is null or ${blobOf('=', bytes)}`),
    varbinary: (name, maxBytes) =>
      column(name, `varbinary(${maxBytes})`, 'blob', `$ is null or ${blobOf('<=', maxBytes)}`),
    text: (name, maxLength) =>
      column(
        name,
        `varchar(${maxLength})`,
        'text',
        `$ is null or (typeof($) = 'text' and length($) <= ${maxLength})`,
      ),
    blob: (name) => column(name, 'mediumblob', 'blob', "typeof($) in ('blob', 'null')"),
  };
}

function blobOf(comparison: '=' | '<=', bytes: number): string {
  return `(typeof($) = 'blob' and length($) ${comparison} ${bytes})`;
}

/**
 * Makes the table refuse UPDATE and DELETE by triggers. Where the engine does not allow triggers (MySQL error 1419: a binlog
 * without SUPER; engines that have none) the table stays as it is: see the warnings of `appendOnlyGaps`.
 */
export async function createAppendOnlyTriggers(knex: Knex, tableName: string): Promise<void> {
  for (const event of ['update', 'delete'] as const) {
    const name = `${tableName}_no_${event}`;
    const refusal = `${tableName} is append-only`;
    const head = `trigger ${name} before ${event} on ${tableName} for each row`;
    if (!isMysql(knex)) {
      await knex.raw(
        `create ${head.replace('trigger', 'trigger if not exists')} begin select raise(abort, '${refusal}'); end`,
      );
      continue;
    }
    const [existing] = await knex.raw(
      'select trigger_name from information_schema.triggers where trigger_schema = database() and trigger_name = ?',
      [name],
    );
    if (existing.length > 0) continue;
    try {
      await knex.raw(`create ${head} signal sqlstate '45000' set message_text = '${refusal}'`);
    } catch (error) {
      if (!triggersUnavailable(error)) throw error;
    }
  }
}

/** 1419: needs SUPER with a binlog; 1235 and 1064: the engine has no triggers; 1142 and 1227: no privilege. */
function triggersUnavailable(error: unknown): boolean {
  return [1419, 1235, 1064, 1142, 1227].includes((error as { errno?: number }).errno ?? 0);
}
