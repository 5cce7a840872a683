import { pause, pauseMs } from './backoff.js';
import { type Caller, isServiceError } from './caller.js';
import { toCallError } from './decode-error.js';
import { EWalletError } from './errors.js';
import type { Method } from './method.js';
import { isAboutCaller, mayRetry } from './retry.js';
import type { Headers } from './send.js';

/** Told to whoever wants to know that a stream broke and will be opened again. */
export type Reopening = {
  /** Why it ended; undefined when its time was over. */
  readonly error: EWalletError | undefined;
  /** How long the pause before the next attempt is. */
  readonly waitMs: number;
};

/** What the opening again of one stream needs. */
export type ReopenOptions = {
  readonly signal?: AbortSignal | undefined;
  readonly onReopen?: ((reopening: Reopening) => void) | undefined;
  /** How long a stream that has not told anything so far is tried for. */
  readonly firstTimeoutMs: number;
};

const backoff = { firstMs: 500, mostMs: 30_000 };
/** Fresh credentials that are refused twice will be refused again. */
const MAX_RECOVERIES = 2;

/** Decides what comes after the end of a stream that is meant to live on. */
export type Reopener = {
  /** Something was heard: failures are counted anew. */
  heard(): void;
  /**
   * Waits until the stream should be opened again.
   *
   * @throws EWalletError when there is no use in it, and the signal's reason when it is aborted.
   */
  wait(ended: { thrown?: unknown; presented: Headers; delayMs?: number }): Promise<void>;
};

/** Creates the reopener of one stream. `passes` tells which refusals are no reason to give up, besides those that pass by themselves. */
export function createReopener(
  caller: Caller,
  method: Method,
  options: ReopenOptions,
  passes: (error: EWalletError) => boolean = () => false,
): Reopener {
  const { signal } = options;
  const beganMs = Date.now();
  let hasHeard = false;
  let failures = 0;
  let recoveries = 0;

  async function recovers(error: EWalletError, presented: Headers): Promise<boolean> {
    if (!isAboutCaller(error)) return false;
    recoveries += 1;
    if (recoveries > MAX_RECOVERIES) return false;
    const deadlineMs = Date.now() + caller.timeoutMs;
    return caller.identity.recover(error, presented, { deadlineMs, signal });
  }

  return {
    heard() {
      hasHeard = true;
      failures = 0;
      recoveries = 0;
    },
    async wait({ thrown, presented, delayMs }) {
      signal?.throwIfAborted();
      const error = thrown === undefined ? undefined : toError(thrown, method, failures + 1);
      if (error && (await recovers(error, presented))) return;
      if (error && !mayRetry(error) && !passes(error)) throw error;
      failures += 1;
      const waitMs = delayMs ?? pauseMs(backoff, failures, error?.retryAfterMs);
      if (error && !hasHeard && Date.now() + waitMs - beganMs >= options.firstTimeoutMs)
        throw error;
      options.onReopen?.({ error, waitMs });
      await pause(waitMs, signal);
    },
  };
}

function toError(thrown: unknown, method: Method, attempts: number): EWalletError {
  if (thrown instanceof EWalletError) return thrown;
  if (isServiceError(thrown)) return toCallError(thrown, { method: method.path, attempts });
  throw thrown;
}
