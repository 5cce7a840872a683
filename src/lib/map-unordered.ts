/** How {@link mapUnordered} goes about it. */
export type MapUnorderedOptions = {
  /** Items taken and not yet handed on at most: in work, or done and waiting for the consumer. */
  readonly limit: number;
  /** Once aborted, no further item is taken; those in work are finished and handed on. */
  readonly stop?: AbortSignal;
};

/**
 * Maps items concurrently and hands results on as they come, in any order. A consumer that does not take results stops the source
 * from being read once `limit` items are open: nothing piles up.
 *
 * Rejects with the first failure of `fn` or of the source. Items in work then are finished, and their results lost.
 */
export async function* mapUnordered<T, R>(
  source: AsyncIterable<T>,
  fn: (item: T) => Promise<R>,
  { limit, stop }: MapUnorderedOptions,
): AsyncGenerator<R, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  const changed = createBell();
  let ready: R[] = [];
  let open = 0;
  let reading = true;
  let failure: { error: unknown } | undefined;

  function fail(error: unknown): void {
    failure ??= { error };
    changed.ring();
  }

  async function readAll(): Promise<void> {
    const stopped = stop && whenAborted(stop);
    while (reading && !failure && !stop?.aborted) {
      if (open >= limit) {
        await changed.wait();
        continue;
      }
      const next = iterator.next();
      const result = await (stopped ? Promise.race([next, stopped]) : next);
      if (!result || result.done) break;
      open += 1;
      fn(result.value).then((value) => {
        ready.push(value);
        changed.ring();
      }, fail);
    }
  }

  const finished = readAll()
    .catch(fail)
    .finally(() => {
      reading = false;
      changed.ring();
    });
  try {
    for (;;) {
      const results = ready;
      ready = [];
      for (const result of results) {
        yield result;
        open -= 1;
        changed.ring();
      }
      if (failure) throw failure.error;
      if (ready.length > 0) continue;
      if (!reading && open === 0) return;
      await changed.wait();
    }
  } finally {
    reading = false;
    changed.ring();
    // The source may never give another item: it is told to end, not waited for.
    iterator.return?.()?.catch(() => {});
    finished.catch(() => {});
  }
}

type Bell = { ring(): void; wait(): Promise<void> };

/** Wakes everybody who waits for a change. */
function createBell(): Bell {
  let waiting: (() => void)[] = [];
  return {
    ring() {
      const woken = waiting;
      waiting = [];
      for (const wake of woken) wake();
    },
    wait: () => new Promise((resolve) => waiting.push(resolve)),
  };
}

function whenAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
