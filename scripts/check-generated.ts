/**
 * Proves that what is generated and committed is fresh: runs every generator into a temporary
 * directory beside the tree, compares, and names each file that differs.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const generators = [
  'scripts/vendor-protos.ts',
  'scripts/generate.ts',
  'scripts/access-sheet.ts',
  'clients/wire/write-golden.ts',
];

/** Folders that belong to the generators whole: a file there that none of them writes is stale. */
const ownedFolders = ['proto/google', 'proto/grpc', 'proto/buf', 'generated'];

const fresh = mkdtempSync(join(tmpdir(), 'ewallet-generated-'));
try {
  for (const script of generators) {
    execFileSync(process.execPath, ['--import', 'tsx', script, '--out', fresh], {
      stdio: 'inherit',
    });
  }
  const differences = compare(fresh);
  for (const difference of differences) console.error(difference);
  if (differences.length > 0) {
    console.error('Generated files are not fresh. Run `make generate` and commit what changes.');
    process.exitCode = 1;
  }
} finally {
  rmSync(fresh, { recursive: true, force: true });
}

function compare(freshRoot: string): string[] {
  const written = listFiles(freshRoot, '.');
  const differences = written.flatMap((path) => {
    if (!existsSync(path)) return [`missing: ${path}`];
    const same = readFileSync(path).equals(readFileSync(join(freshRoot, path)));
    return same ? [] : [`differs: ${path}`];
  });
  const known = new Set(written);
  const stale = ownedFolders
    .flatMap((folder) => listFiles('.', folder))
    .filter((path) => !known.has(path))
    .map((path) => `nothing generates it: ${path}`);
  return [...differences, ...stale];
}

/** Every file under `folder`, as sorted paths relative to `root`. */
function listFiles(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => join(folder, path))
    .filter((path) => statSync(join(root, path)).isFile())
    .sort();
}
