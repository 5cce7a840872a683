import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where the tests find MySQL: a server that runs already, or the program to run a private one. */
export type MysqlSource = { kind: 'url'; url: string } | { kind: 'program'; path: string };

/** Debian keeps servers outside an ordinary user's PATH. */
const serverFolders = ['/usr/sbin', '/usr/libexec', '/usr/local/sbin'];

/** `EWALLET_TEST_MYSQL_URL` when set, else a MariaDB or MySQL server program, else undefined. */
export function findMysql(): MysqlSource | undefined {
  const url = process.env.EWALLET_TEST_MYSQL_URL;
  if (url !== undefined && url !== '') return { kind: 'url', url };
  const path = findProgram('mariadbd') ?? findProgram('mysqld');
  return path === undefined ? undefined : { kind: 'program', path };
}

/** The full path of a program on PATH or in a folder for servers; undefined when there is none. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), ...serverFolders];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
