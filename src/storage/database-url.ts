import { resolve } from 'node:path';

/** Where the database is. */
export type DatabaseAddress =
  | { engine: 'sqlite'; file: string }
  | {
      engine: 'mysql';
      host: string;
      port: number;
      user: string;
      password: string;
      database: string;
    };

const FORMS =
  'Use sqlite:///absolute/path, sqlite://./relative/path or mysql://user:password@host:port/database.';

/**
 * Reads a database URL. A relative SQLite path is taken from the working directory; MySQL's port is 3306
 * unless given. Throws an Error whose message never repeats the URL, which may hold a password.
 */
export function parseDatabaseUrl(url: string): DatabaseAddress {
  if (url.startsWith('sqlite://')) return parseSqlite(url.slice('sqlite://'.length));
  if (url.startsWith('mysql://')) return parseMysql(url);
  throw new Error(`The database URL has an unknown scheme. ${FORMS}`);
}

/** The URL, if it can be read. Throws an Error whose message completes "NAME …", as settings do. */
export function checkDatabaseUrl(url: string): string {
  try {
    parseDatabaseUrl(url);
  } catch (error) {
    throw new Error(`is not usable. ${(error as Error).message}`);
  }
  return url;
}

/** The URL in full, without its password. */
export function hideDatabasePassword(url: string): string {
  const parsed = parseDatabaseUrl(url);
  if (parsed.engine === 'sqlite') return `sqlite://${parsed.file}`;
  return `mysql://${parsed.user}:***@${parsed.host}:${parsed.port}/${parsed.database}`;
}

function parseSqlite(path: string): DatabaseAddress {
  const isPath = /^(\/|\.\.?\/)./.test(path);
  if (!isPath || path.endsWith('/') || /[?#]/.test(path)) {
    throw new Error(`The SQLite URL names no file. ${FORMS}`);
  }
  return { engine: 'sqlite', file: resolve(decode(path)) };
}

function parseMysql(text: string): DatabaseAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const database = url ? decode(url.pathname.slice(1)) : '';
  if (!url?.hostname || !url.username || !database || database.includes('/')) {
    throw new Error(`The MySQL URL needs a user, a host and a database. ${FORMS}`);
  }
  if (url.search || url.hash) throw new Error(`The MySQL URL takes no parameters. ${FORMS}`);
  return {
    engine: 'mysql',
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port ? Number(url.port) : 3306,
    user: decode(url.username),
    password: decode(url.password),
    database,
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error(
      'The database URL has a "%" that does not encode a character: write it as %25.',
    );
  }
}
