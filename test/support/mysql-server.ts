import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import { findProgram } from './find-mysql.js';

/** A private throwaway server. */
export interface MysqlServer {
  url: string;
  /** Its process id; another one after each `restart`. */
  readonly pid: number;
  /** Starts it again, on the same files and port, once somebody has killed it. */
  restart: () => Promise<void>;
  /** Ends it and removes its files. */
  stop: () => Promise<void>;
}

const startTimeoutMs = 60_000;

/**
 * Starts the server again for every line on its standard input, when the one before has ended. Ends the server when
 * this process goes away, however it does: the pipe closes even on `kill -9`. Then it removes the files.
 */
const keeper = `
"$@" </dev/null >"$FOLDER/log" 2>&1 &
pid=$!
while read -r _; do
  wait "$pid"
  "$@" </dev/null >>"$FOLDER/log" 2>&1 &
  pid=$!
done
kill "$pid" 2>/dev/null; kill -CONT "$pid" 2>/dev/null
wait "$pid"
rm -rf "$FOLDER"
`;

/**
 * Starts a MariaDB or MySQL server on a free loopback port with the durable settings that
 * production demands, in a temporary directory of its own. `options` come after the usual ones and win.
 *
 * @throws Error with the server's log when it does not come up within a minute.
 */
export async function startMysqlServer(
  program: string,
  options: readonly string[] = [],
): Promise<MysqlServer> {
  const folder = mkdtempSync(join(tmpdir(), 'ewallet-mysql-'));
  const password = randomBytes(12).toString('hex');
  try {
    writeFileSync(join(folder, 'init.sql'), initialStatements(password));
    initialise(program, folder);
    const port = await freePort();
    const args = [...serverOptions(folder, port), ...options];
    const child = spawn('sh', ['-c', keeper, 'sh', program, ...args], {
      env: { ...process.env, FOLDER: folder },
      stdio: ['pipe', 'ignore', 'ignore'],
      // A group of its own: Ctrl-C must not end the keeper before the server.
      detached: true,
    });
    const url = `mysql://ewallet:${password}@127.0.0.1:${port}`;
    await untilReady(url, child, folder);
    return {
      url,
      get pid() {
        return Number(readFileSync(join(folder, 'pid'), 'utf8'));
      },
      async restart() {
        child.stdin?.write('\n');
        await untilReady(url, child, folder);
      },
      stop: () => stop(child),
    };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** One user over TCP, with a password: other users of this machine can reach the port, too. */
function initialStatements(password: string): string {
  return [
    `CREATE USER IF NOT EXISTS 'ewallet'@'127.0.0.1' IDENTIFIED BY '${password}';`,
    "GRANT ALL ON *.* TO 'ewallet'@'127.0.0.1' WITH GRANT OPTION;",
    '',
  ].join('\n');
}

/** Fills the data directory: each family of server, and each way to package it, has its own way. */
function initialise(program: string, folder: string): void {
  const data = join(folder, 'data');
  const common = ['--no-defaults', `--datadir=${data}`, ownTemporary(folder), ...asRoot()];
  const version = execFileSync(program, ['--no-defaults', '--version'], { encoding: 'utf8' });
  const tables = systemTables(program);
  const installer = findProgram('mariadb-install-db');
  if (!/mariadb/i.test(version)) {
    run(program, [...common, '--initialize-insecure']);
  } else if (tables !== undefined) {
    // What mariadb-install-db does; in Debian's server-core it lacks a program that it needs.
    mkdirSync(data);
    run(program, [...common, '--bootstrap'], tables);
  } else if (installer !== undefined) {
    run(installer, [...common, '--skip-test-db', '--skip-name-resolve']);
  } else {
    throw new Error(`${program}: neither its system tables nor mariadb-install-db are to be found`);
  }
}

/** The statements that make MariaDB's own tables, with no user but root over the local socket. */
function systemTables(program: string): string | undefined {
  const folder = [join(dirname(dirname(realpathSync(program))), 'share'), '/usr/share']
    .flatMap((share) => [join(share, 'mysql'), join(share, 'mariadb')])
    .find((path) => existsSync(join(path, 'maria_add_gis_sp_bootstrap.sql')));
  if (folder === undefined) return undefined;
  const prefix = existsSync(join(folder, 'mariadb_system_tables.sql')) ? 'mariadb' : 'mysql';
  const names = ['system_tables.sql', 'performance_tables.sql', 'system_tables_data.sql'];
  return [
    'CREATE DATABASE mysql;',
    'USE mysql;',
    "SET @auth_root_socket = 'root', @skip_auth_anonymous = 1;",
    ...names.map((name) => readFileSync(join(folder, `${prefix}_${name}`), 'utf8')),
  ].join('\n');
}

function run(program: string, args: string[], input = ''): void {
  const { status, stdout, stderr } = spawnSync(program, args, { input, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}${stderr}`);
}

function serverOptions(folder: string, port: number): string[] {
  return [
    '--no-defaults',
    ...asRoot(),
    `--datadir=${join(folder, 'data')}`,
    ownTemporary(folder),
    `--socket=${join(folder, 'socket')}`,
    `--pid-file=${join(folder, 'pid')}`,
    `--init-file=${join(folder, 'init.sql')}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    '--skip-name-resolve',
    '--skip-log-bin',
    '--innodb-flush-log-at-trx-commit=1',
    '--innodb-buffer-pool-size=128M',
    '--loose-innodb-log-file-size=48M',
    '--max-connections=400',
    '--performance-schema=OFF',
    '--loose-mysqlx=OFF',
  ];
}

/** A server that starts removes temporary tables from its folder for them, those of others too. */
function ownTemporary(folder: string): string {
  return `--tmpdir=${folder}`;
}

function asRoot(): string[] {
  return process.getuid?.() === 0 ? ['--user=root'] : [];
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function untilReady(url: string, child: ChildProcess, folder: string): Promise<void> {
  const deadline = performance.now() + startTimeoutMs;
  for (;;) {
    try {
      const connection = await createConnection(url);
      await connection.end();
      return;
    } catch (error) {
      const log = existsSync(join(folder, 'log')) ? readFileSync(join(folder, 'log'), 'utf8') : '';
      if (performance.now() > deadline || log.includes('Aborting')) {
        await stop(child);
        throw new Error(`The MySQL server for the tests does not start:\n${log}`, { cause: error });
      }
      await sleep(100);
    }
  }
}

async function stop(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.stdin?.end();
  await exited;
}
