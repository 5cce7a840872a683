import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startServer } from '../../stand/test-servers.js';
import { pointTo, readExamples } from './support/examples.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../..', import.meta.url));
const here = fileURLToPath(new URL('.', import.meta.url));

test('the examples of README.md compile and do what they say', async () => {
  const server = await startServer({ profile: 'development' });
  const folder = await mkdtemp(join(here, 'examples-'));
  try {
    const file = join(folder, 'examples.ts');
    await writeFile(file, pointTo(server, readExamples().rest));
    await run(
      join(root, 'node_modules/.bin/tsc'),
      [
        '--noEmit',
        '--strict',
        '--skipLibCheck',
        '--types',
        'node',
        '--module',
        'nodenext',
        '--target',
        'es2023',
        '--lib',
        'es2023,esnext.disposable',
        '--ignoreConfig',
        file,
      ],
      { cwd: folder },
    );
    const { stdout } = await run(process.execPath, ['--import', 'tsx', file], { cwd: root });
    expect(stdout).toMatch(/^This is alice\.\nPaid once, 380 left; asked again: replayed true\.\n/);
    expect(stdout).toContain('Bob has 120 of 1000.');
    expect(stdout).toContain('snapshot: 10 minutes');
    expect(stdout).toContain('100 payments settled.');
    expect(stdout).toContain('ledger verified');
    expect(stdout).toMatch(/Still alice\.\n$/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
