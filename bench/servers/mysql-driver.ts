import type { Connection, PoolOptions, TypeCast } from 'mysql2/promise';

const INTEGERS: ReadonlySet<string> = new Set(['TINY', 'SHORT', 'INT24', 'LONG', 'LONGLONG']);

const integersAsBigint: TypeCast = (field, next) => {
  const value = next();
  return value === null || !INTEGERS.has(field.type) ? value : BigInt(value as string);
};

/** Options of the driver for a database URL: the service's own, as far as they matter. */
export function driverOptions(uri: string): PoolOptions {
  return {
    uri,
    supportBigNumbers: true,
    bigNumberStrings: true,
    typeCast: integersAsBigint,
    timezone: 'Z',
  };
}

/** Puts a new connection into the state that the service's connections have. */
export async function prepareConnection(connection: Pick<Connection, 'query'>): Promise<void> {
  await connection.query('SET NAMES utf8mb4 COLLATE utf8mb4_bin');
  await connection.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED');
  await connection.query('SET SESSION innodb_lock_wait_timeout = 2');
}

/** Reserves a thousand million ids as the service does, and gives the first. */
export async function reserveIds(connection: Connection): Promise<bigint> {
  await connection.query(
    "UPDATE sequences SET next_value = LAST_INSERT_ID(next_value) + 1000000000 WHERE name = 'id'",
  );
  const [rows] = await connection.query('SELECT LAST_INSERT_ID() AS first');
  return (rows as { first: bigint }[])[0]?.first ?? 0n;
}
