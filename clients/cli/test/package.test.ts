import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startServer } from '../../stand/test-servers.js';
import { environmentOf, temporaryFolder } from './support/run-cli.js';
import { password } from './support/shop.js';

const run = promisify(execFile);
const here = fileURLToPath(new URL('..', import.meta.url));
const client = fileURLToPath(new URL('../../typescript', import.meta.url));

/** The shell commands below a title of the README. */
function readExamples(title: string): string {
  const readme = readFileSync(join(here, 'README.md'), 'utf8');
  const section = readme.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? '';
  return [...section.matchAll(/```sh\n(.*?)```/gs)].map(([, code]) => code).join('');
}

test('the packed program, installed into an empty folder, does what the README begins with', async () => {
  const folder = temporaryFolder();
  // Built already: building again would pull the rug from under the other tests.
  const packing = ['pack', '--ignore-scripts', '--pack-destination', folder];
  for (const cwd of [client, here]) await run('npm', packing, { cwd });
  const tarballs = readdirSync(folder).map((name) => join(folder, name));
  expect(tarballs).toHaveLength(2);
  const installing = ['install', '--no-audit', '--no-fund', '--prefer-offline', ...tarballs];
  await run('npm', installing, { cwd: folder });
  const installed = readdirSync(join(folder, 'node_modules/@ewallet/cli')).sort();
  expect(installed).toEqual([
    'LICENSE',
    'NOTICE',
    'README.md',
    'dist',
    'generated',
    'package.json',
  ]);

  const server = await startServer({ profile: 'development' });
  const env = {
    ...environmentOf(join(folder, 'config')),
    PATH: [join(folder, 'node_modules/.bin'), process.env.PATH].join(delimiter),
    EWALLET_PASSWORD: password,
  };
  const shell = (script: string) => run('bash', ['-euc', script], { env, cwd: folder });
  await shell(`ewallet use here --address ${server.address}`);
  // A watch goes on until Ctrl-C: test/watches.test.ts has it.
  const script = readExamples('A first payment').replace(/^ewallet clock watch\n/m, '');
  const { stdout } = await shell(script);
  expect(stdout).toContain('operation.kind\tpayment\noperation.status\tapplied');
  expect(stdout).toContain('\tpayment\toutgoing\t120\t380\ttwo tickets\t');
  expect(stdout).toContain('time_record.stop_reason\tuser');
});

test('the profiles of the README can be made', async () => {
  const folder = temporaryFolder();
  const env = { ...environmentOf(join(folder, 'config')), EWALLET_OPERATOR_KEY: 'a-key' };
  const program = join(here, 'dist/main.js');
  const script = `ewallet() { '${process.execPath}' '${program}' "$@"; }; ${readExamples('Profiles')}`;
  const { stdout } = await run('bash', ['-euc', script], { env });
  expect(stdout).toContain('address\twallet.example.com:50051\noperatorAddress\t10.0.0.5:50052');
});
