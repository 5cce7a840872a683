import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import type { Customer } from './story.js';

/** A movement of credits between two of a job's customers, by their index. */
export type Movement = {
  readonly requestId: string;
  readonly from: number;
  readonly to: number;
  readonly amount: number;
};

/** A movement that the server has decided. */
export type Settled = Movement & { readonly settled: 'applied' | 'refused' };

/** What a caller's process does: the movements in order, or random ones until the time is over or it is told to stop. */
export type CallerJob = {
  /** `host:port` of the public listener. */
  readonly address: string;
  readonly method: 'PayCredits' | 'TransferCredits';
  readonly customers: readonly Customer[];
  /** Calls that are under way at once. */
  readonly inFlight: number;
} & ({ readonly movements: readonly Movement[] } | { readonly durationMs: number });

/** A process that moves credits. */
export type CallerProcess = {
  /** Takes no more movements of its own; those under way are settled. */
  stop(): void;
  /** SIGKILL: whatever is under way is never heard of. */
  kill(): void;
  /** Whether it came to its end; false when it was killed. Rejects when it failed. */
  readonly ended: Promise<boolean>;
};

const program = fileURLToPath(new URL('caller-program.mjs', import.meta.url));
const children = new Set<ChildProcess>();

// A worker of the test runner that is itself ended leaves nothing behind: the program ends with its parent.
afterAll(async () => {
  await Promise.all(
    [...children].map(async (child) => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    }),
  );
});

/** Starts a process on a job. `onSettled` is told of every movement that it knows to be decided. */
export function startCallerProcess(
  job: CallerJob,
  onSettled: (settled: Settled) => void,
): CallerProcess {
  const child = fork(program, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  children.add(child);
  child.on('message', (message) => onSettled(message as Settled));
  const customers = job.customers.map(({ email, session }) => ({ email, ...session }));
  child.send({ ...job, customers });
  const ended = new Promise<boolean>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      children.delete(child);
      if (signal === 'SIGKILL') resolve(false);
      else if (code === 0) resolve(true);
      else reject(new Error(`A caller's process ended with ${code ?? signal}.`));
    });
  });
  return {
    stop: () => child.connected && child.send('stop'),
    kill: () => void child.kill('SIGKILL'),
    ended,
  };
}
