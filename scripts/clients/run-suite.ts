import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { Suite } from './suites.js';

/** One suite may take that long: on a busy machine, with downloads, several times what it needs. */
const limitMs = 1_200_000;

/**
 * Runs the commands of a suite one after another, until one fails, with these additions to the environment. What they
 * say goes into the file at `logPath`.
 *
 * @returns what went wrong; undefined when nothing did
 */
export async function runSuite(
  suite: Suite,
  env: Readonly<Record<string, string>>,
  logPath: string,
): Promise<string | undefined> {
  const log = createWriteStream(logPath);
  try {
    for (const command of suite.commands) {
      log.write(`$ ${command.join(' ')}\n`);
      const problem = await run(command, env, log);
      if (problem) return `${command.join(' ')}: ${problem}`;
    }
    return undefined;
  } finally {
    log.end();
    await finished(log);
  }
}

async function run(
  [program = '', ...args]: readonly string[],
  env: Readonly<Record<string, string>>,
  log: NodeJS.WritableStream,
): Promise<string | undefined> {
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: what it has started ends with it.
    detached: true,
  });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const end = () => endGroup(child.pid);
  process.once('exit', end);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    end();
  }, limitMs);
  try {
    const [code, signal] = await once(child, 'close');
    if (late) return `it took more than ${limitMs / 60_000} minutes`;
    return code === 0 ? undefined : `exit code ${code ?? signal}`;
  } finally {
    clearTimeout(timer);
    process.off('exit', end);
  }
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
