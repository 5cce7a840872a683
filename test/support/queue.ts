/** An async source that a test feeds by hand. */
export type Queue<T> = AsyncIterable<T> & { push(item: T): void; end(): void };

/** Creates a source that gives what is pushed, and ends when told. */
export function createQueue<T>(): Queue<T> {
  const items: T[] = [];
  let ended = false;
  let wake = () => {};
  return {
    push(item) {
      items.push(item);
      wake();
    },
    end() {
      ended = true;
      wake();
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        while (items.length > 0) yield items.shift() as T;
        if (ended) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
