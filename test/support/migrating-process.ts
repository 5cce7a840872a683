import { migrations } from '../../migrations/index.js';
import { createTableIfMissing, type Migration } from '../../migrations/schema.js';
import { openDatabase } from '../../src/storage/database.js';
import { StorageError } from '../../src/storage/errors.js';
import { migrate } from '../../src/storage/migrate.js';

/**
 * A program that migrates the database at the URL in its first argument and exits with 0, or with 3 when
 * another program holds the SQLite file. With `stuck` as second argument it says "stuck" in the middle of
 * a last step of its own, holding every lock, and stays there until it is killed.
 */
const [url = '', mode] = process.argv.slice(2);

const stuckStep: Migration = {
  name: '9999_stuck',
  async up(knex) {
    await createTableIfMissing(knex, 'half_made', (columns) => void columns.id());
    process.stdout.write('stuck\n');
    await new Promise((resolve) => setInterval(resolve, 2 ** 31 - 1, 'never').ref());
  },
};

try {
  const db = await openDatabase({ url });
  await migrate(db, { migrations: mode === 'stuck' ? [...migrations, stuckStep] : migrations });
  await db.close();
} catch (error) {
  if (!(error instanceof StorageError && error.kind === 'in-use')) throw error;
  process.exitCode = 3;
}
