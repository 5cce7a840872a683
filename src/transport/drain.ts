import { ServerError, type ServerMiddleware, Status } from 'nice-grpc';

/** Tells streams that the server takes no more work: a stream left open would hold its stop up. */
export type Drain = {
  /** Ends the streams, now and from now on. Later calls do nothing. */
  begin(): void;
  /** Lets streams that begin from now on go on: those that were ended are over. */
  end(): void;
  /** Calls back when the streams have to end, at once when they already have to. Returns what takes that back. */
  onBegin(callback: () => void): () => void;
};

/** Creates a drain that has not begun. */
export function createDrain(): Drain {
  const callbacks = new Set<() => void>();
  let begun = false;
  return {
    begin() {
      begun = true;
      for (const callback of callbacks) callback();
      callbacks.clear();
    },
    end() {
      begun = false;
    },
    onBegin(callback) {
      if (begun) callback();
      else callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
  };
}

/** Ends streams with UNAVAILABLE when the drain begins. Unary calls go on. */
export function endStreamsOn(drain: Drain): ServerMiddleware {
  return async function* endStream(call, context) {
    if (!call.responseStream) return yield* call.next(call.request, context);
    const responses = call.next(call.request, context);
    let forget = () => {};
    const begun = new Promise<'begun'>((resolve) => {
      forget = drain.onBegin(() => resolve('begun'));
    });
    try {
      for (;;) {
        const next = responses.next();
        const result = await Promise.race([next, begun]);
        if (result === 'begun') {
          // Nobody waits for it any more.
          next.catch(() => {});
          throw new ServerError(Status.UNAVAILABLE, 'The server is stopping.');
        }
        if (result.done) return;
        yield result.value;
      }
    } finally {
      forget();
    }
  };
}
