type Waiter<V> = {
  promise: Promise<V | undefined>;
  resolve: (value: V | undefined) => void;
  reject: (error: unknown) => void;
};

/** Coalesces concurrent look-ups into few loads. */
export type Batcher<K, V> = {
  /** The value of `key`, undefined when the load did not find it; rejects when its load failed. */
  get(key: K): Promise<V | undefined>;
};

/**
 * Creates a batcher over `load`, which maps keys to the values that exist. At most one load is in flight;
 * keys asked for meanwhile wait for the next one. An idle batcher loads at the end of the current
 * event-loop turn, so that calls arriving together share one load.
 *
 * Equal keys (as in a Map: use strings or bigints) share a load that has not begun, never one in flight:
 * a caller always sees what was committed before it asked. A failed load rejects its own callers only.
 */
export function createBatcher<K, V>(options: {
  load: (keys: K[]) => Promise<ReadonlyMap<K, V>>;
  /** Keys per load at most. */
  maxBatch: number;
}): Batcher<K, V> {
  const { load, maxBatch } = options;
  let waiting = new Map<K, Waiter<V>>();
  let running = false;

  function takeBatch(): Map<K, Waiter<V>> {
    const batch = waiting;
    waiting = new Map();
    if (batch.size <= maxBatch) return batch;
    const head = new Map<K, Waiter<V>>();
    for (const [key, waiter] of batch) (head.size < maxBatch ? head : waiting).set(key, waiter);
    return head;
  }

  async function run(): Promise<void> {
    while (waiting.size > 0) {
      const batch = takeBatch();
      try {
        const found = await load([...batch.keys()]);
        for (const [key, waiter] of batch) waiter.resolve(found.get(key));
      } catch (error) {
        for (const waiter of batch.values()) waiter.reject(error);
      }
    }
    running = false;
  }

  return {
    get(key) {
      const known = waiting.get(key);
      if (known) return known.promise;
      const waiter = createWaiter<V>();
      waiting.set(key, waiter);
      if (!running) {
        running = true;
        setImmediate(run);
      }
      return waiter.promise;
    },
  };
}

function createWaiter<V>(): Waiter<V> {
  const waiter = {} as Waiter<V>;
  waiter.promise = new Promise((resolve, reject) => {
    waiter.resolve = resolve;
    waiter.reject = reject;
  });
  return waiter;
}
