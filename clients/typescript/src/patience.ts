import { EWalletError } from './errors.js';

/** Until when somebody waits. */
export type Patience = { readonly deadlineMs: number; readonly signal?: AbortSignal | undefined };

/** Waits for what others wait for too. @throws EWalletError when the time is over, and the signal's reason when it is aborted. */
export async function within<T>(work: Promise<T>, { deadlineMs, signal }: Patience): Promise<T> {
  signal?.throwIfAborted();
  let stop = () => {};
  const limit = new Promise<never>((_, reject) => {
    const giveUp = () => reject(signal?.aborted ? signal.reason : outOfTime());
    const timeout = setTimeout(giveUp, Math.max(0, deadlineMs - Date.now()));
    signal?.addEventListener('abort', giveUp, { once: true });
    stop = () => {
      clearTimeout(timeout);
      signal?.removeEventListener('abort', giveUp);
    };
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    stop();
  }
}

function outOfTime(): EWalletError {
  return new EWalletError({
    code: 'DEADLINE_EXCEEDED',
    message: 'The time of the call was over before it had a session.',
    method: '/ewallet.v1.SessionService/RequestSessionToken',
  });
}
