import BetterSqlite from 'better-sqlite3';
import { classify, StorageError, toStorageError } from './errors.js';

/**
 * Takes `<file>.lock` for this process, so that one server at a time serves the SQLite database `file`;
 * returns what gives it back. The lock is the operating system's, held through a second, empty SQLite
 * file, because Node has no file locks: it ends with the process, however that dies.
 *
 * @throws StorageError 'in-use' when another server (or this process) holds it.
 */
export function lockDatabaseFile(file: string): () => void {
  const lockFile = `${file}.lock`;
  let lock: BetterSqlite.Database | undefined;
  try {
    lock = new BetterSqlite(lockFile, { timeout: 0 });
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock?.close();
    if (classify(error) !== 'busy') throw toStorageError(error);
    throw new StorageError(
      'in-use',
      `The database file ${file} is in use by another server, which holds ${lockFile}. Stop that server ` +
        'or name another file; several servers can share one database on MySQL.',
      { cause: error },
    );
  }
  const held = lock;
  return () => {
    held.close();
  };
}
