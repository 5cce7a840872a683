/** Work that is done again and again, one run at a time. */
export type Repeater = {
  /** Begins to run it at intervals. Later calls do nothing. */
  start(): void;
  stop(): void;
  /** Runs it: a run that began before the call does not count. Callers meanwhile share one run. Rejects when it fails. */
  now(): Promise<void>;
};

/** Creates a repeater that is not started. `onFailure` is told of the first of failures in a row. */
export function createRepeater(
  work: () => Promise<void>,
  options: { readonly intervalMs: number; readonly onFailure: (error: unknown) => void },
): Repeater {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  let failing = false;

  async function run(): Promise<void> {
    try {
      await work();
      failing = false;
    } catch (error) {
      if (!failing) options.onFailure(error);
      failing = true;
      throw error;
    } finally {
      running = undefined;
    }
  }

  function begin(): Promise<void> {
    next = undefined;
    running = run();
    return running;
  }

  function now(): Promise<void> {
    if (next) return next;
    if (!running) return begin();
    next = running.catch(() => {}).then(begin);
    return next;
  }

  return {
    start() {
      // A run that takes longer than the interval is not joined by others.
      timer ??= setInterval(() => {
        if (!running && !next) now().catch(() => {});
      }, options.intervalMs).unref();
    },
    stop() {
      clearInterval(timer);
      timer = undefined;
    },
    now,
  };
}
