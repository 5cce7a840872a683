import type { Logger } from './logger.js';

/** Why the process has to stop, and the exit code that it ends with. */
export type StopReason = { readonly reason: string; readonly code: number };

/** What tells when to stop. */
export type StopSignals = {
  /** Resolves when the process is to stop. */
  readonly stop: Promise<StopReason>;
  /** Aborted by a second signal: stop at once. */
  readonly force: AbortSignal;
};

/**
 * Watches for SIGTERM and SIGINT, and for defects that nobody caught: after one of those the state of the process
 * cannot be trusted, so it stops too, with exit code 1. Warnings of the runtime go to the log.
 */
export function watchStopSignals(logger: Logger): StopSignals {
  const force = new AbortController();
  const stop = new Promise<StopReason>((resolve) => {
    function onSignal(reason: string): void {
      resolve({ reason, code: 0 });
    }
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        onSignal(signal);
        process.on(signal, () => force.abort());
      });
    }
    for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
      process.on(event, (error: unknown) => {
        logger.fatal({ error }, event);
        resolve({ reason: event, code: 1 });
      });
    }
  });
  // The runtime would print them, and some hold stacks.
  process.removeAllListeners('warning');
  process.on('warning', (warning) => logger.warn({ error: warning }, 'warning'));
  return { stop, force: force.signal };
}
