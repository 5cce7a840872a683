import type { Logger } from '../lib/logger.js';
import { sleep } from '../lib/sleep.js';

/** Watches whether the server can do its work. */
export type Readiness = {
  /** Looks once and tells, then again and again until it is stopped. */
  start(): Promise<void>;
  stop(): void;
};

/**
 * Creates the watch. It asks the database, and whether time can be trusted, every `intervalMs` and tells `setServing` of
 * each change. Two failures in a row make it unready: one may be a busy pool. One success makes it ready.
 */
export function createReadiness(options: {
  /** Rejects when the database does not answer. */
  probe: () => Promise<unknown>;
  timeHealthy: () => boolean;
  setServing: (serving: boolean) => void;
  logger: Logger;
  intervalMs: number;
  /** An answer that takes longer is none; 5 s by default. */
  probeTimeoutMs?: number;
}): Readiness {
  const { probe, timeHealthy, setServing, logger, intervalMs } = options;
  const probeTimeoutMs = options.probeTimeoutMs ?? 5_000;
  let ready: boolean | undefined;
  let failures = 0;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    const trouble = timeHealthy() ? await findTrouble(probe, probeTimeoutMs) : 'time drifts';
    if (stopped) return;
    failures = trouble === undefined ? 0 : failures + 1;
    if (trouble !== undefined && ready !== undefined && failures < 2) return;
    if ((trouble === undefined) === ready) return;
    if (trouble !== undefined) logger.error({ trouble }, 'not ready');
    else if (ready === false) logger.info('ready again');
    ready = trouble === undefined;
    setServing(ready);
  }

  function again(): void {
    timer = setTimeout(() => void look().finally(() => stopped || again()), intervalMs).unref();
  }

  return {
    async start() {
      await look();
      if (!stopped) again();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

async function findTrouble(probe: () => Promise<unknown>, timeoutMs: number) {
  const timeout = new AbortController();
  try {
    const late = sleep(timeoutMs, timeout.signal).then(
      () => 'the database does not answer in time',
    );
    late.catch(() => {});
    return await Promise.race([probe().then(() => undefined), late]);
  } catch {
    return 'the database does not answer';
  } finally {
    timeout.abort();
  }
}
