/** How long the pauses between attempts are. */
export type Backoff = { readonly firstMs: number; readonly mostMs: number };

/**
 * Pause before the next attempt: at least what the server asks for, and a random part of an exponentially growing pause beyond it, so that
 * clients which failed together do not come back together.
 */
export function pauseMs(backoff: Backoff, failures: number, retryAfterMs = 0): number {
  const most = Math.min(backoff.mostMs, backoff.firstMs * 2 ** Math.min(failures - 1, 20));
  return retryAfterMs + Math.random() * most;
}

/** Waits. @throws the signal's reason when it is aborted meanwhile. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
