import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { findMysql } from '../../test/support/find-mysql.js';
import { startMysqlServer } from '../../test/support/mysql-server.js';

/** Where the benchmark keeps databases of one engine. */
export type DatabaseHost = {
  readonly engine: 'mysql' | 'sqlite';
  /** What runs and how durable it is, for the report. */
  readonly description: string;
  /** The database server's process, where there is one of our own. */
  readonly pids: Readonly<Record<string, number>>;
  /** A new, empty database, as a value for `EWALLET_DATABASE_URL`. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
};

const BUFFER_POOL_MB = 1_024;
const MYSQL_OPTIONS = [
  '--innodb-flush-log-at-trx-commit=1',
  `--innodb-buffer-pool-size=${BUFFER_POOL_MB}M`,
  '--loose-innodb-log-file-size=1024M',
];
const SHOWN_VARIABLES = [
  'version',
  'innodb_flush_log_at_trx_commit',
  'innodb_flush_method',
  'innodb_doublewrite',
  'innodb_buffer_pool_size',
  'log_bin',
];
const TMPFS_MAGIC = 0x01021994;

/** Files in a temporary folder on a disk. */
export function openSqliteHost(): DatabaseHost {
  const folder = mkdtempSync(join(diskFolder(), 'ewallet-bench-'));
  let made = 0;
  return {
    engine: 'sqlite',
    description: 'SQLite (better-sqlite3), WAL, synchronous=FULL, in a file on disk',
    pids: {},
    async createDatabase() {
      made += 1;
      return `sqlite://${join(folder, `${made}.sqlite`)}`;
    },
    stop: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

/**
 * A private MariaDB or MySQL server with durable settings on a disk; or the one at `url`, whose settings are its own.
 *
 * @throws Error when there is no server program.
 */
export async function openMysqlHost(url?: string): Promise<DatabaseHost> {
  if (url !== undefined) return mysqlHost({ url, pid: null, stop: async () => {} });
  const source = findMysql();
  if (source?.kind === 'url') {
    return mysqlHost({ url: source.url.replace(/\/$/, ''), pid: null, stop: async () => {} });
  }
  if (!source)
    throw new Error(
      'No MySQL server: install mariadb-server-core, or npm run bench -- --engines=sqlite.',
    );
  // The server's folder is a temporary one: make sure that it is on a disk.
  process.env.TMPDIR = diskFolder();
  return mysqlHost(await startMysqlServer(source.path, MYSQL_OPTIONS));
}

async function mysqlHost(server: {
  url: string;
  pid: number | null;
  stop: () => Promise<void>;
}): Promise<DatabaseHost> {
  const names: string[] = [];
  const variables = await query(
    server.url,
    `SHOW VARIABLES WHERE Variable_name IN (${SHOWN_VARIABLES.map((name) => `'${name}'`).join(', ')})`,
  );
  const shown = variables.map((row) => `${row.Variable_name}=${row.Value}`).join(', ');
  return {
    engine: 'mysql',
    description: `${server.pid === null ? 'A server that was there' : 'A private server on disk'}: ${shown}`,
    pids: server.pid === null ? {} : { database: server.pid },
    async createDatabase() {
      const name = `ewallet_bench_${randomBytes(6).toString('hex')}`;
      await query(server.url, `CREATE DATABASE ${name}`);
      names.push(name);
      return `${server.url}/${name}`;
    },
    async stop() {
      for (const name of names) await query(server.url, `DROP DATABASE ${name}`);
      await server.stop();
    },
  };
}

/** Runs one statement on a connection of its own. */
export async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const connection = await createConnection(url);
  try {
    const [rows] = await connection.query(sql);
    return rows as Record<string, unknown>[];
  } finally {
    await connection.end();
  }
}

/** A folder for temporary files that survives a power cut: `fsync` on a RAM disk costs nothing and proves nothing. */
function diskFolder(): string {
  const folder = [tmpdir(), '/var/tmp'].find((path) => statfsSync(path).type !== TMPFS_MAGIC);
  if (!folder)
    throw new Error('Both temporary folders are RAM disks: set TMPDIR to a folder on disk.');
  return folder;
}
