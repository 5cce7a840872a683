/**
 * What went wrong in the database, whatever the engine.
 * - deadlock, lock-wait, busy: another transaction was in the way; the whole transaction may run again.
 * - duplicate: a unique key is taken; `key` says which.
 * - constraint, data: a value that the schema refuses; a defect of ours.
 * - connection: no connection, or lost before COMMIT; nothing was committed.
 * - commit-unknown: COMMIT was sent and its answer never came, or settles nothing.
 * - timeout: no free connection or no answer in time; nothing was committed.
 * - read-only, disk-full, io, corrupt, access, schema: the operator has to act.
 * - in-use: another server holds the SQLite file.
 * - not-durable: the database's settings could lose acknowledged commits.
 */
export type StorageErrorKind =
  | 'deadlock'
  | 'lock-wait'
  | 'busy'
  | 'duplicate'
  | 'constraint'
  | 'data'
  | 'connection'
  | 'commit-unknown'
  | 'timeout'
  | 'read-only'
  | 'disk-full'
  | 'io'
  | 'corrupt'
  | 'access'
  | 'schema'
  | 'in-use'
  | 'not-durable'
  | 'unknown';

/**
 * The only error that storage throws. Its message holds no values and no SQL, so it may be logged;
 * `cause` is the driver's error, whose message may hold values (a duplicate entry) and may not.
 */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly kind: StorageErrorKind;
  /**
   * For kind 'duplicate': the unique key as both engines name it, `PRIMARY` or `<table>_<columns>_unique`
   * (knex's default name), as far as the engine told.
   */
  readonly key: string | undefined;

  constructor(
    kind: StorageErrorKind,
    message: string,
    details: { cause?: unknown; key?: string | undefined } = {},
  ) {
    super(message, 'cause' in details ? { cause: details.cause } : {});
    this.kind = kind;
    this.key = details.key;
  }
}

/** True when the same transaction, run again from its start, may succeed. */
export function isRetryable(error: unknown): boolean {
  return (
    error instanceof StorageError &&
    (error.kind === 'deadlock' || error.kind === 'lock-wait' || error.kind === 'busy')
  );
}

/** What kind of failure a driver's or knex's error is; 'unknown' for everything else. */
export function classify(error: unknown): StorageErrorKind {
  if (error instanceof StorageError) return error.kind;
  if (!(error instanceof Error)) return 'unknown';
  const { code, errno } = error as { code?: unknown; errno?: unknown };
  if (error.name === 'SqliteError') return classifySqlite(String(code), error.message);
  if (error.name === 'KnexTimeoutError' || error.name === 'TimeoutError') return 'timeout';
  const byNumber = typeof errno === 'number' ? MYSQL_KINDS.get(errno) : undefined;
  if (byNumber) return byNumber;
  if (typeof code === 'string') {
    if (CONNECTION_CODES.has(code)) return 'connection';
    if (FILE_CODES.has(code)) return 'io';
    if (code === 'EROFS') return 'read-only';
    if (code === 'ENOSPC') return 'disk-full';
  }
  // mysql2 reports a command on a connection that is already gone without code and errno.
  return /closed state|connection (is )?(lost|closed)/i.test(error.message)
    ? 'connection'
    : 'unknown';
}

/**
 * The StorageError for a failed statement. A statement that ends with COMMIT and fails without saying that
 * it was rolled back is 'commit-unknown'.
 */
export function toStorageError(error: unknown, sql = ''): StorageError {
  if (error instanceof StorageError) return error;
  let kind = classify(error);
  if (endsWithCommit(sql) && UNSETTLED_AT_COMMIT.has(kind)) kind = 'commit-unknown';
  const key = kind === 'duplicate' ? duplicateKey(error as Error) : undefined;
  const name = key ? ` (key ${key})` : '';
  return new StorageError(kind, `${MESSAGES[kind]}${name}`, { cause: error, key });
}

/** True when the last statement of `sql` is COMMIT. */
export function endsWithCommit(sql: string): boolean {
  return /\bCOMMIT\s*;?\s*$/i.test(sql);
}

const UNSETTLED_AT_COMMIT: ReadonlySet<StorageErrorKind> = new Set<StorageErrorKind>([
  'connection',
  'timeout',
  'io',
  'disk-full',
  'corrupt',
  'unknown',
]);

const MESSAGES: Record<StorageErrorKind, string> = {
  deadlock: 'The transaction was rolled back to end a deadlock.',
  'lock-wait': 'Another transaction held a lock for too long.',
  busy: 'Another connection holds the database file.',
  duplicate: 'A row with this unique key exists.',
  constraint: 'A constraint of the schema refused the row.',
  data: 'A value does not fit its column.',
  connection: 'There is no connection to the database.',
  'commit-unknown': 'Whether the transaction was committed is unknown.',
  timeout: 'The database, or a free connection to it, took too long.',
  'read-only': 'The database is read-only.',
  'disk-full': 'The disk of the database is full.',
  io: 'The database could not read or write its files.',
  corrupt: 'The database file is damaged or is not a database.',
  access: 'The database user lacks a right, or its password is wrong.',
  schema: 'A table or column is missing: run the migrations.',
  'in-use': 'Another server uses the database file.',
  'not-durable': 'The database could lose acknowledged commits.',
  unknown: 'The database refused the statement.',
};

const MYSQL_KINDS: ReadonlyMap<number, StorageErrorKind> = new Map(
  (
    [
      // 3101: group replication rolled back at COMMIT; 9007, 8022, 8028: TiDB's write conflicts.
      ['deadlock', [1213, 1614, 3101, 9007, 8022, 8028]],
      ['lock-wait', [1205, 3572]],
      ['duplicate', [1062, 1586]],
      ['constraint', [1048, 1364, 1451, 1452, 3819, 4025]],
      ['data', [1264, 1265, 1366, 1406, 1690]],
      // 1047: a Galera node that has not joined; 1927: MariaDB's "connection was killed".
      ['connection', [1040, 1042, 1043, 1047, 1053, 1077, 1152, 1158, 1159, 1160, 1161, 1927]],
      ['connection', [2002, 2003, 2006, 2013]],
      ['timeout', [1317, 1969, 3024]],
      ['read-only', [1290, 1792, 1836]],
      ['disk-full', [1021, 1114]],
      ['io', [3, 1026, 1030, 1180]],
      ['corrupt', [1034, 1194, 1712]],
      ['access', [1044, 1045, 1049, 1142, 1143, 1227, 1698]],
      ['schema', [1054, 1146]],
    ] as [StorageErrorKind, number[]][]
  ).flatMap(([kind, numbers]) => numbers.map((number) => [number, kind] as const)),
);

const CONNECTION_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'HANDSHAKE_NO_SSL_SUPPORT',
]);

/** Failures to make or open a SQLite file's folder. */
const FILE_CODES: ReadonlySet<string> = new Set(['EACCES', 'EEXIST', 'ENOTDIR', 'EPERM', 'EIO']);

function classifySqlite(code: string, message: string): StorageErrorKind {
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) return 'busy';
  if (/^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY|ROWID)$/.test(code)) return 'duplicate';
  if (/^SQLITE_CONSTRAINT/.test(code)) return 'constraint';
  if (/^SQLITE_(MISMATCH|TOOBIG|RANGE)/.test(code)) return 'data';
  if (/^SQLITE_READONLY/.test(code)) return 'read-only';
  if (/^SQLITE_FULL/.test(code)) return 'disk-full';
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) return 'corrupt';
  if (/^SQLITE_(IOERR|CANTOPEN)/.test(code)) return 'io';
  if (/^SQLITE_(PERM|AUTH)/.test(code)) return 'access';
  if (/^SQLITE_INTERRUPT/.test(code)) return 'timeout';
  return /no such (table|column)/.test(message) ? 'schema' : 'unknown';
}

/** The name of the violated key. SQLite names columns instead: knex's default name is made of them. */
function duplicateKey(error: Error): string | undefined {
  const { code } = error as { code?: string };
  if (code === 'SQLITE_CONSTRAINT_PRIMARYKEY' || code === 'SQLITE_CONSTRAINT_ROWID') {
    return 'PRIMARY';
  }
  const columns = /UNIQUE constraint failed: (.+)$/.exec(error.message)?.[1]?.split(', ');
  if (columns) {
    const table = columns[0]?.split('.')[0];
    return `${table}_${columns.map((column) => column.split('.')[1]).join('_')}_unique`;
  }
  // MariaDB: for key 'name'; MySQL 8: for key 'table.name'.
  return /for key '(?:[^']*\.)?([^'.]+)'$/.exec(error.message)?.[1];
}
