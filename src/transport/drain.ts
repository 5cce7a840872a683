import { ServerError, type ServerMiddleware, Status } from 'nice-grpc';

/** Tells streams that the server stops: a stream left open would hold the stop up. */
export type Drain = {
  readonly signal: AbortSignal;
  /** Ends the streams of health and reflection. */
  begin(): void;
};

/** Creates a drain that has not begun. */
export function createDrain(): Drain {
  const controller = new AbortController();
  return { signal: controller.signal, begin: () => controller.abort() };
}

/** Ends streams with UNAVAILABLE when the drain begins. Unary calls go on. */
export function endStreamsOn({ signal }: Drain): ServerMiddleware {
  return async function* endStream(call, context) {
    if (!call.responseStream) return yield* call.next(call.request, context);
    const responses = call.next(call.request, context);
    let stop: () => void = () => {};
    const stopped = new Promise<'stopped'>((resolve) => {
      stop = () => resolve('stopped');
    });
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      for (;;) {
        const next = responses.next();
        const result = await Promise.race([next, stopped]);
        if (result === 'stopped') {
          // Nobody waits for it any more.
          next.catch(() => {});
          throw new ServerError(Status.UNAVAILABLE, 'The server is stopping.');
        }
        if (result.done) return;
        yield result.value;
      }
    } finally {
      signal.removeEventListener('abort', stop);
    }
  };
}
