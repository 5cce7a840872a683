import { join } from 'node:path';
import BetterSqlite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { startServer } from '../../stand/test-servers.js';
import { temporaryFolder } from './support/run-cli.js';
import { openShop } from './support/shop.js';

test('a ledger that was tampered with ends with 7, the difference named', async () => {
  const file = join(temporaryFolder(), 'ewallet.sqlite');
  const server = await startServer({ env: { EWALLET_DATABASE_URL: `sqlite://${file}` } });
  const { owner } = await openShop(server);
  const sound = await owner.run(['verify']);
  expect(sound).toMatchObject({ code: 0, stdout: expect.stringContaining('verified\ttrue\n') });
  expect(await owner.must(['verify', '--incremental'])).toContain('mode\tincremental\n');

  const db = new BetterSqlite(file, { timeout: 10_000, fileMustExist: true });
  db.prepare('UPDATE ledger_accounts SET balance = balance + 1 WHERE balance = 500').run();
  db.close();
  const { code, stdout } = await owner.run(['verify']);
  expect(code).toBe(7);
  expect(stdout).toContain('verified\tfalse\n');
  expect(stdout).toContain('differences[0].code\tBALANCE_DIFFERS\n');
  const json = await owner.run(['system', 'verify', '--max-differences', '1', '--json']);
  expect(json.code).toBe(7);
  expect(JSON.parse(json.stdout)).toMatchObject({ verified: false, differences: [{}] });
  const wrong = await owner.run(['verify'], { env: { EWALLET_OPERATOR_KEY: 'not-the-key' } });
  expect(wrong).toMatchObject({ code: 3, stdout: '' });
});
