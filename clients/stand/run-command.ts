import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/**
 * Runs a command in this folder and terminal with these additions to the environment, and gives its exit code: 128 and
 * the signal's number when it was ended by one, 127 when there is no such program.
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<number> {
  const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  const forward = (signal: NodeJS.Signals) => void child.kill(signal);
  process.on('SIGINT', forward).on('SIGTERM', forward);
  try {
    return await new Promise((resolve) => {
      child.once('error', (error) => {
        console.error(`${command}: ${error.message}`);
        resolve(127);
      });
      child.once('close', (code, signal) => {
        resolve(code ?? 128 + (signal ? constants.signals[signal] : 0));
      });
    });
  } finally {
    process.off('SIGINT', forward).off('SIGTERM', forward);
  }
}
