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

/** How a stream ended. */
export type Ended = {
  /** Nothing when it ended well. */
  thrown?: unknown;
  /** What it was opened with; nothing when it was not. */
  presented?: Headers;
  /** The wait that the server asked for. */
  delayMs?: number;
};

/** Decides what comes after the end of a stream that is meant to live on. */
export type Reopener = {
  /** Something was heard: failures are counted anew. */
  heard(): void;
  /** What the next opening is sent with; tried for as long as a broken stream is. @throws as {@link Reopener.wait}. */
  present(): Promise<Headers>;
  /**
   * Waits until the stream should be opened again.
   *
   * @throws EWalletError when there is no use in it, and the signal's reason when it is aborted.
   */
  wait(ended: Ended): Promise<void>;
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
  let faults = 0;

  const patience = () => ({ deadlineMs: Date.now() + caller.timeoutMs, signal });

  /** What is left of an error once the caller has renewed what it is known by: nothing when the stream can be opened again at once. */
  async function recoverFrom(
    error: EWalletError,
    presented: Headers,
  ): Promise<EWalletError | undefined> {
    if (!isAboutCaller(error)) return error;
    recoveries += 1;
    if (recoveries > MAX_RECOVERIES) return error;
    try {
      const recovered = await caller.identity.recover(error, presented, patience());
      return recovered ? undefined : error;
    } catch (thrown) {
      // The server may be away for now.
      return toError(thrown, method, 1);
    }
  }

  async function wait({ thrown, presented, delayMs }: Ended): Promise<void> {
    signal?.throwIfAborted();
    let error = thrown === undefined ? undefined : toError(thrown, method, faults + 1);
    if (error && presented) {
      error = await recoverFrom(error, presented);
      if (!error) return;
    }
    if (error && !mayRetry(error) && !passes(error)) throw error;
    failures += 1;
    if (error?.code === 'INTERNAL') faults += 1;
    const waitMs = delayMs ?? pauseMs(backoff, failures, error?.retryAfterMs);
    const triedMs = Date.now() + waitMs - beganMs;
    if (error && !hasHeard && triedMs >= options.firstTimeoutMs) throw error;
    options.onReopen?.({ error, waitMs });
    await pause(waitMs, signal);
  }

  return {
    heard() {
      hasHeard = true;
      failures = 0;
      recoveries = 0;
      faults = 0;
    },
    async present() {
      for (;;) {
        try {
          return await caller.identity.present(method, patience());
        } catch (thrown) {
          await wait({ thrown });
        }
      }
    },
    wait,
  };
}

function toError(thrown: unknown, method: Method, attempts: number): EWalletError {
  if (thrown instanceof EWalletError) return thrown;
  if (isServiceError(thrown)) return toCallError(thrown, { method: method.path, attempts });
  throw thrown;
}
