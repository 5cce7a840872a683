/** The argument that a process of the benchmark was started with. */
export function startArgument<T>(): T {
  return JSON.parse(process.argv[2] ?? '{}') as T;
}

/** Tells the parent that this process is ready, and ends it with the parent. */
export function announceReady(message: object): void {
  process.on('disconnect', () => process.exit());
  process.send?.(message);
}
