import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What `dist/` is made of. */
const sources = ['src', 'migrations', 'generated', 'tsconfig.json', 'tsconfig.build.json'];

/**
 * Makes sure that the server processes of the tests run the code of this checkout: `npm run build`, unless `dist/` is
 * newer than all that it is made of. `npm test` has built by now, so only a run of single files ever builds here.
 */
export default function setup(): void {
  const built = modifiedTime(join(root, 'dist/src/main.js'));
  if (sources.every((source) => newestIn(join(root, source)) <= built)) return;
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
}

/** Unix ms of the latest change in a file or folder; a folder changes when a file in it is removed. */
function newestIn(path: string): number {
  const own = modifiedTime(path);
  if (!statSync(path).isDirectory()) return own;
  return Math.max(own, ...readdirSync(path).map((name) => newestIn(join(path, name))));
}

function modifiedTime(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
