import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { UsageError } from '../errors/usage-error.js';

const othersMask = 0o077;

/** Where this user's profiles are: `EWALLET_CONFIG_DIR`, or `ewallet` in the folder of the XDG specification. */
export function configFolder(env: NodeJS.ProcessEnv): string {
  if (env.EWALLET_CONFIG_DIR) return env.EWALLET_CONFIG_DIR;
  return join(env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'ewallet');
}

/** Reads a JSON file that only this user may read. Undefined when there is none. @throws UsageError when others may, too. */
export function readPrivateJson(path: string): unknown {
  let text: string;
  try {
    refuseOthers(dirname(path), 700);
    refuseOthers(path, 600);
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`${path} is not JSON.`, 'Mend it, or delete it and begin anew.');
  }
}

/** Writes a JSON file that only this user can read, all of it or nothing: two programs at once never leave half of one. */
export function writePrivateJson(path: string, value: unknown): void {
  const folder = dirname(path);
  if (mkdirSync(folder, { recursive: true, mode: 0o700 })) chmodSync(folder, 0o700);
  refuseOthers(folder, 700);
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    writeFileSync(draft, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
    renameSync(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

function refuseOthers(path: string, mode: number): void {
  // Windows keeps access lists instead of modes; the user's own folder is private there.
  if (process.platform === 'win32') return;
  if (statSync(path).mode & othersMask) {
    throw new UsageError(
      `Other users of this machine can read ${path}, which holds credentials.`,
      `Run: chmod ${mode} ${path}`,
    );
  }
}
