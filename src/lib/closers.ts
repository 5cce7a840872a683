type Closer = { name: string; close: () => Promise<void> | void };

/** What was opened, to be closed in reverse order. */
export type Closers = {
  /** Call it right after opening something. Throws when closing has begun. */
  push(name: string, close: Closer['close']): void;
  /**
   * Closes everything, newest first, one after the other, and once: later calls wait for the same run.
   * A closer that fails does not stop the others; the first failure is thrown at the end.
   */
  close(): Promise<void>;
};

/** Creates an empty stack of closers. */
export function createClosers(): Closers {
  const stack: Closer[] = [];
  let closing: Promise<void> | undefined;

  async function closeAll(): Promise<void> {
    let failure: Error | undefined;
    for (let closer = stack.pop(); closer; closer = stack.pop()) {
      try {
        await closer.close();
      } catch (error) {
        failure ??= new Error(`Closing ${closer.name} failed.`, { cause: error });
      }
    }
    if (failure) throw failure;
  }

  return {
    push(name, close) {
      if (closing) throw new Error(`${name} was opened while everything is being closed.`);
      stack.push({ name, close });
    },
    close() {
      closing ??= closeAll();
      return closing;
    },
  };
}

/**
 * Runs `start` with a fresh stack. When it fails, closes what it had opened and throws its error;
 * a failure of that closing is dropped, because the reason of the failed start matters more.
 */
export async function startWithClosers<T>(
  start: (closers: Closers) => Promise<T>,
): Promise<{ value: T; close: () => Promise<void> }> {
  const closers = createClosers();
  try {
    return { value: await start(closers), close: closers.close };
  } catch (error) {
    await closers.close().catch(() => {});
    throw error;
  }
}
