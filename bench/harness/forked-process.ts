import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A TypeScript program of the benchmark in a process of its own, which talks to this one in messages. */
export type ForkedProcess = {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Sends a message and gives the next that comes back. @throws Error when the process ends instead */
  ask<T>(message: object): Promise<T>;
  stop(): Promise<void>;
};

const EXIT_LIMIT_MS = 5_000;

/**
 * Starts `file` (from the folder bench) with one argument and waits for its first message.
 *
 * @throws Error when it ends before.
 */
export async function startForked<T extends object>(
  file: string,
  argument: object = {},
): Promise<ForkedProcess & { ready: T }> {
  const path = fileURLToPath(new URL(`../${file}`, import.meta.url));
  const child = fork(path, [JSON.stringify(argument)], { execArgv: ['--import', 'tsx'] });
  function nextMessage<M>(): Promise<M> {
    return new Promise<M>((resolve, reject) => {
      const onExit = () => reject(new Error(`${file} ended.`));
      child.once('exit', onExit);
      child.once('message', (message) => {
        child.off('exit', onExit);
        resolve(message as M);
      });
    });
  }
  const ready = await nextMessage<T>();
  return {
    child,
    pid: child.pid ?? 0,
    ready,
    ask(message) {
      child.send(message);
      return nextMessage();
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      // Every program of the benchmark ends when its parent is gone.
      if (child.connected) child.disconnect();
      const timer = setTimeout(() => child.kill('SIGKILL'), EXIT_LIMIT_MS);
      await exited;
      clearTimeout(timer);
    },
  };
}
