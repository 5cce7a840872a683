/** The system's time. `Clock` is a word of the product, so it is not used here. */
export type Time = {
  /** Unix milliseconds, an integer. */
  now(): number;
};

/** Time that follows the database's clock, so that all instances agree. */
export type DatabaseTime = Time & {
  /** Takes a first sample and then one per interval. Rejects when the first sample fails. */
  start(): Promise<void>;
  stop(): void;
  /** How far this machine's clock is off the database's at least, as last sampled; positive is ahead. */
  driftMs(): number;
  /** False before the first sample, and while the drift is above its limit. */
  healthy(): boolean;
};

/** Where raw readings come from; tests replace it. */
export type TimeSource = {
  /** Unix milliseconds from the machine's clock, which may jump. */
  wall(): number;
  /** Unix milliseconds that never jump: the machine's clock at process start plus the time since. */
  steady(): number;
};

const systemSource: TimeSource = {
  wall: () => Date.now(),
  steady: () => performance.timeOrigin + performance.now(),
};

/** Starts a stopwatch: the function tells the milliseconds since, in tenths. */
export function startStopwatch(): () => number {
  const start = performance.now();
  return () => Math.round((performance.now() - start) * 10) / 10;
}

/** Plain system time without a database, for tools. */
export function createSystemTime(): Time {
  return { now: () => Math.floor(systemSource.steady()) };
}

/**
 * Creates time that is process-monotonic time plus an offset to the database's clock. A sample moves the
 * offset only as far as it contradicts it: its own uncertainty is half its round trip, so a slow sample
 * changes nothing. Between samples the time only goes forward; a backward correction of at most
 * `maxDriftMs` is waited out, a larger one (the database's clock was wrong) is followed at once.
 */
export function createTime(options: {
  /** The database's clock in Unix milliseconds. */
  sampleDatabaseTime: () => Promise<number>;
  /** 10 s by default. */
  intervalMs?: number;
  /** Drift above it makes `healthy()` false; 500 ms by default. */
  maxDriftMs?: number;
  /** Told of a sample that failed after the first one; the offset stays as it is. */
  onSampleError?: (error: unknown) => void;
  source?: TimeSource;
}): DatabaseTime {
  const { sampleDatabaseTime, intervalMs = 10_000, maxDriftMs = 500 } = options;
  const source = options.source ?? systemSource;
  let offsetMs: number | undefined;
  let drift = 0;
  let last = 0;
  let timer: NodeJS.Timeout | undefined;

  async function sample(): Promise<void> {
    const wallBefore = source.wall();
    const before = source.steady();
    const database = await sampleDatabaseTime();
    const after = source.steady();
    const uncertainty = (after - before) / 2;
    const measured = database - (before + after) / 2;
    offsetMs = nearest(offsetMs ?? measured, measured, uncertainty);
    drift = nearest(0, wallBefore + uncertainty - database, uncertainty);
  }

  let sampling = false;
  async function sampleAgain(): Promise<void> {
    if (sampling) return;
    sampling = true;
    try {
      await sample();
    } catch (error) {
      options.onSampleError?.(error);
    } finally {
      sampling = false;
    }
  }

  return {
    now() {
      const current = Math.floor(source.steady() + (offsetMs ?? 0));
      if (current >= last || last - current > maxDriftMs) last = current;
      return last;
    },
    async start() {
      await sample();
      timer ??= setInterval(sampleAgain, intervalMs).unref();
    },
    stop() {
      clearInterval(timer);
      timer = undefined;
    },
    driftMs: () => Math.round(drift),
    healthy: () => offsetMs !== undefined && Math.abs(drift) <= maxDriftMs,
  };
}

/** The value within `uncertainty` of `measured` that is nearest to `current`. */
function nearest(current: number, measured: number, uncertainty: number): number {
  return Math.min(Math.max(current, measured - uncertainty), measured + uncertainty);
}
