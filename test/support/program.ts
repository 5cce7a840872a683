import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterAll } from 'vitest';

/** The server as a process of its own, as operators run it. */
export type RunningProgram = {
  publicAddress: string;
  operatorAddress: string;
  /** Sends a signal to it. */
  kill(signal: NodeJS.Signals): void;
  /** How it ended: its exit code, or null when a signal ended it. */
  exited: Promise<number | null>;
  /** Everything that it has printed so far, line by line. */
  output: string[];
};

const started = new Set<ChildProcess>();

afterAll(async () => {
  for (const child of started) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

const environment = {
  EWALLET_PUBLIC_ADDRESS: '127.0.0.1:0',
  EWALLET_OPERATOR_ADDRESS: '127.0.0.1:0',
  EWALLET_OPERATOR_KEY: 'operator-key-of-the-tests',
  EWALLET_REGISTRATION_KEY: 'registration-key-of-the-tests',
  EWALLET_DRAIN_DELAY_SECONDS: '0',
};

/** Runs a command of the program to its end. */
export async function runProgram(
  env: Record<string, string>,
  ...args: string[]
): Promise<{ code: number | null; output: string }> {
  const { child, output, exited } = spawnProgram(env, args);
  const code = await exited;
  started.delete(child);
  return { code, output: output.join('\n') };
}

/**
 * Starts the server in the production profile with the secrets of the tests, unless `env` says otherwise, and resolves when it
 * serves. What still runs at the end of the test file is killed.
 *
 * @throws Error with its output when it ends instead.
 */
export async function startProgram(env: Record<string, string>): Promise<RunningProgram> {
  const { child, output, exited, onLine } = spawnProgram({ ...environment, ...env }, ['serve']);
  const serving = new Promise<{ public: string; operator: string }>((resolve, reject) => {
    onLine((line) => {
      if (line.includes('"msg":"serving"')) resolve(JSON.parse(line));
    });
    exited.then((code) => reject(new Error(`It ended with ${code}:\n${output.join('\n')}`)));
  });
  const addresses = await serving;
  return {
    publicAddress: addresses.public,
    operatorAddress: addresses.operator,
    kill: (signal) => void child.kill(signal),
    exited,
    output,
  };
}

function spawnProgram(env: Record<string, string>, args: string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts', ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.add(child);
  const output: string[] = [];
  const listeners: ((line: string) => void)[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on('line', (line) => {
      output.push(line);
      for (const listener of listeners) listener(line);
    });
  }
  const exited = once(child, 'close').then(([code]) => code as number | null);
  return {
    child,
    output,
    exited,
    onLine: (listener: (line: string) => void) => listeners.push(listener),
  };
}
