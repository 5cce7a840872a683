import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Runs a program in the project's folder to its end, with exactly this environment, and gives its exit code (null when a
 * signal ended it) and all that it wrote.
 */
export async function runCommand(
  program: string,
  args: string[],
  env: Record<string, string | undefined>,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  // A worker of the test runner that is itself ended leaves nothing behind.
  const end = () => void child.kill('SIGKILL');
  process.once('exit', end);
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  process.off('exit', end);
  return { code, output: chunks.join('') };
}
