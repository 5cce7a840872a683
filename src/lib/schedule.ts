import { Cron } from 'croner';

/** Work that is done by the time of day. */
export type Schedule = {
  /** No further run begins; resolves when the one that runs has ended. */
  stop(): Promise<void>;
};

/**
 * Runs `work` whenever the pattern (cron's, with seconds) says, one run at a time: a time that comes while one still runs is
 * left out. Does not keep the process alive.
 */
export function startSchedule(options: {
  readonly pattern: string;
  readonly work: () => Promise<void>;
  readonly onFailure: (error: unknown) => void;
}): Schedule {
  let running: Promise<void> = Promise.resolve();
  const job = new Cron(options.pattern, { protect: true, unref: true }, () => {
    running = options.work().catch(options.onFailure);
    return running;
  });
  return {
    stop() {
      job.stop();
      return running;
    },
  };
}
