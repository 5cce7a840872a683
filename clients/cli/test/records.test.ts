import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startServer } from '../../stand/test-servers.js';
import { temporaryFolder } from './support/run-cli.js';
import { openShop } from './support/shop.js';

const server = startServer();
const folder = temporaryFolder();

test('records are filtered by what the options say', async () => {
  const { alice, bob } = await openShop(await server);
  await alice.must(['pay', bob.email, '5', '--notes', 'Coffee']);
  await alice.must(['transfer', bob.email, '50', '--notes', 'rent']);
  await bob.must(['pay', alice.email, '2']);
  const listed = async (...filters: string[]) => {
    const text = await alice.must(['records', 'transfer', '--columns', 'credits', ...filters]);
    return text.trimEnd().split('\n').slice(1);
  };
  expect(await listed()).toEqual(['2', '50', '5', '500']);
  expect(await listed('--direction', 'outgoing')).toEqual(['50', '5']);
  expect(await listed('--kind', 'supply')).toEqual(['500']);
  expect(await listed('--min-credits', '5', '--max-credits', '50')).toEqual(['50', '5']);
  expect(await listed('--text', 'coffee')).toEqual(['5']);
  expect(await listed('--party', bob.accountId)).toEqual(['2', '50', '5']);
  expect(await listed('--until', '2020-01-01')).toEqual([]);
  expect(await listed('--since', '2020-01-01', '--limit', '1')).toEqual(['2']);
  expect((await alice.run(['records', 'transfer', '--since', 'yesterday'])).code).toBe(2);
  expect((await alice.run(['records', 'transfer', '--kind', 'gift'])).code).toBe(2);
});

test('records are exported as CSV, where a formula in the notes stays text, and as JSON', async () => {
  const { alice, bob } = await openShop(await server);
  const notes = '=HYPERLINK("http://x"), "quoted"\nand more';
  await alice.must(['pay', bob.email, '5', '--notes', notes]);
  const path = join(folder, 'records.csv');
  const exporting = ['records', 'transfer', '--export', 'csv', '--output', path];
  expect((await alice.run(exporting)).stderr).toBe(`2 records written to ${path}.\n`);
  expect((statSync(path).mode & 0o777).toString(8)).toBe('600');
  const [head, payment] = readFileSync(path, 'utf8').trimEnd().split('\n');
  expect(head).toMatch(
    /^transfer_record_id,transfer_sheet_id,operation_id,kind,direction,credits,/,
  );
  expect(payment).toContain(',payment,outgoing,5,');
  expect(payment).toContain(`"'=HYPERLINK(""http://x""), ""quoted""\\nand more"`);

  const again = await alice.run(exporting);
  expect(again.code).toBe(2);
  expect(again.stderr).toContain('--force');
  await alice.must([...exporting, '--force']);

  const json = JSON.parse(await alice.must(['records', 'transfer', '--export', 'json']));
  expect(json).toHaveLength(2);
  expect(json[0]).toMatchObject({ credits: '5', notes, kind: 'TRANSFER_KIND_PAYMENT' });
});

test('a list goes over as many pages as are wanted, each thing once', async () => {
  const { alice } = await openShop(await server);
  for (const name of ['b', 'c', 'd']) await alice.must(['wallet', 'create', name]);
  const page = await alice.run(['wallet', 'list', '--page-size', '2', '--columns', 'wallet-id']);
  const [token] = /--page-token (\S+)/.exec(page.stderr)?.slice(1) ?? [];
  const rest = ['wallet', 'list', '--page-token', token ?? '', '--columns', 'wallet_id'];
  const ids = `${page.stdout}${await alice.must(rest)}`
    .split('\n')
    .filter((line) => line.startsWith('wal_'));
  expect(new Set(ids).size).toBe(4);
  const all = await alice.json<{ wallets: { walletId: string }[] }>(['wallet', 'list', '--all']);
  expect(all.wallets.map(({ walletId }) => walletId)).toEqual(ids);
  const few = await alice.json<{ wallets: object[] }>(['wallet', 'list', '--limit', '3']);
  expect(few.wallets).toHaveLength(3);
});
