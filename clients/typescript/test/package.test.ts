import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startServer } from '../../stand/test-servers.js';
import { pointTo, readExamples } from './support/examples.js';

const run = promisify(execFile);
const here = fileURLToPath(new URL('..', import.meta.url));

test('the packed client, installed into an empty folder, pays with the first lines of its README', async () => {
  const server = await startServer({ profile: 'development' });
  const folder = await mkdtemp(join(tmpdir(), 'ewallet-client-'));
  try {
    // Built already: building it again would pull the rug from under the other tests.
    await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: here });
    const [tarball = ''] = await readdir(folder);
    const options = ['--no-audit', '--no-fund', '--prefer-offline'];
    await run('npm', ['install', ...options, join(folder, tarball)], { cwd: folder });
    await writeFile(join(folder, 'pay.mjs'), pointTo(server, readExamples().first));
    const { stdout } = await run(process.execPath, ['pay.mjs'], { cwd: folder });
    expect(stdout).toBe('Alice has paid Bob and has 380 credits left.\n');

    const installed = await readdir(join(folder, 'node_modules/@ewallet/client'));
    expect(installed.sort()).toEqual(['LICENSE', 'NOTICE', 'README.md', 'dist', 'package.json']);
    const files = await readdir(join(folder, 'node_modules/@ewallet/client/dist'), {
      recursive: true,
    });
    expect(files.filter((file) => /validate|descriptor|options\/v1/.test(file))).toEqual([]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
