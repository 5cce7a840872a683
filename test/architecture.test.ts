import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  countLines,
  findViolations,
  judgeLength,
  type SourceFile,
} from './support/architecture.js';

/** What is generated, built or installed below a folder. */
const written = /(^|[\\/])(generated|dist|node_modules)[\\/]/;

function readFolder(folder: string): SourceFile[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !written.test(path))
    .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
    .sort()
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
}

test('every file keeps the import direction, the owners and the other rules of the house', () => {
  const files = ['src', 'migrations'].flatMap(readFolder);
  expect(files.length).toBeGreaterThan(0);
  expect(files.flatMap(findViolations)).toEqual([]);
});

test('no file of the tests and tools is too long', () => {
  const files = ['test', 'scripts', 'bench', 'clients'].flatMap(readFolder);
  expect(
    files.flatMap(({ path, text }) => judgeLength(text).map((rule) => `${path} ${rule}`)),
  ).toEqual([]);
});

test('the median file is short enough to read at once', () => {
  const lengths = readFolder('src')
    .map(({ text }) => countLines(text))
    .sort((a, b) => a - b);
  const median = lengths[Math.floor(lengths.length / 2)] ?? 0;
  console.log(`src: ${lengths.length} files, median ${median} lines, longest ${lengths.at(-1)}`);
  expect(median).toBeLessThanOrEqual(100);
});

const planted: [name: string, file: SourceFile, rule: string][] = [
  [
    'a transaction of its own',
    { path: 'src/storage/wallets.ts', text: "await connection.query('BEGIN');" },
    "src/storage/wallets.ts uses 'BEGIN, which only src/storage/batch-transaction.ts, src/storage/knex-clients.ts, src/storage/sqlite-lock.ts, src/storage/transaction.ts may",
  ],
  [
    'an import to the right',
    { path: 'src/storage/a.ts', text: "import { a } from '../domain/a.js';" },
    'src/storage/a.ts imports src/domain/a.ts, which is to its right',
  ],
  [
    'a type import to the right',
    { path: 'src/lib/a.ts', text: "import type { A } from '../transport/a.js';" },
    'src/lib/a.ts imports src/transport/a.ts, which is to its right',
  ],
  [
    'a type written as an import to the right',
    { path: 'src/model/a.ts', text: "let a: import('../lib/a.js').A;" },
    'src/model/a.ts imports src/lib/a.ts, which is to its right',
  ],
  [
    'a dynamic import to the right',
    { path: 'src/domain/clocks/a.ts', text: "await import('../../config.js');" },
    'src/domain/clocks/a.ts imports src/config.ts, which is to its right',
  ],
  [
    'a library outside its folder',
    { path: 'src/domain/a.ts', text: "import { knex } from 'knex';" },
    'src/domain/a.ts imports knex, which only src/storage/, migrations/ may',
  ],
  [
    "a library's subpath outside its folder",
    { path: 'src/server.ts', text: "import { createPool } from 'mysql2/promise';" },
    'src/server.ts imports mysql2, which only src/storage/ may',
  ],
  [
    'generated code outside the transport',
    { path: 'src/domain/a.ts', text: "import { A } from '../../generated/ewallet/v1/a.js';" },
    'src/domain/a.ts imports generated/ewallet/v1/a.ts, which only src/transport/, src/server.ts, src/main.ts may',
  ],
  [
    'a library without an owner',
    { path: 'src/lib/a.ts', text: "import _ from 'lodash';" },
    'src/lib/a.ts imports lodash, which has no owner in the table',
  ],
  [
    'a place that the design does not know',
    { path: 'src/utils/a.ts', text: "import { a } from '../model/a.js';" },
    'src/utils/a.ts is in no place that the design knows',
  ],
  [
    'a migration that depends on the live program',
    { path: 'migrations/0009_a.ts', text: "import { a } from '../src/storage/a.js';" },
    'migrations/0009_a.ts imports src/storage/a.ts, which only src/ may',
  ],
  [
    'a default export',
    { path: 'src/lib/a.ts', text: '/** A. */\nexport default 1;' },
    'src/lib/a.ts has a default export',
  ],
  [
    'a barrel',
    { path: 'src/lib/a.ts', text: "/** A. */\nexport * from './b.js';" },
    'src/lib/a.ts re-exports from another file: a barrel hides the import direction',
  ],
  [
    'an export without a doc comment',
    { path: 'src/lib/a.ts', text: '// A.\nexport const a = 1;' },
    'src/lib/a.ts exports a without a doc comment',
  ],
  [
    'system time outside its file',
    { path: 'src/domain/a.ts', text: 'const now = Date.now();' },
    'src/domain/a.ts uses Date.now, which only src/lib/time.ts may',
  ],
  [
    'randomness outside its file',
    { path: 'src/domain/a.ts', text: "import { randomBytes } from 'node:crypto';" },
    'src/domain/a.ts uses randomBytes, which only src/lib/random.ts may',
  ],
  [
    'the environment outside its file',
    { path: 'src/main.ts', text: 'process.env.HOME;' },
    'src/main.ts uses process.env, which only src/config.ts may',
  ],
  [
    'a file too long to read',
    { path: 'src/lib/a.ts', text: '\n'.repeat(401) },
    'src/lib/a.ts has 401 lines, more than 400',
  ],
];

test.each(planted)('%s is found', (_name, file, rule) => {
  expect(findViolations(file)).toEqual([rule]);
});

test('what a comment says breaks no rule', () => {
  const text =
    "// Date.now(), process.env and import('../main.js') are for others.\nlet a: number;";
  expect(findViolations({ path: 'src/domain/a.ts', text })).toEqual([]);
});
