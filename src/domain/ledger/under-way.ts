/** A batch that was taken and is being committed. */
export type UnderWay = {
  /** Drafts in it. */
  readonly size: number;
  /** Resolves when it holds its locks, or needs them no more. */
  readonly locked: Promise<void>;
  readonly settled: Promise<void>;
  readonly isSettled: () => boolean;
};

/** Before the first batch. */
export const NOTHING_UNDER_WAY: UnderWay = {
  size: 0,
  locked: Promise.resolve(),
  settled: Promise.resolve(),
  isSettled: () => true,
};

/** Starts to commit a batch of so many drafts. `commit` calls back when it holds its locks, and never rejects. */
export function startBatch(
  size: number,
  commit: (onLocked: () => void) => Promise<void>,
): UnderWay {
  let isSettled = false;
  let onLocked = () => {};
  const locked = new Promise<void>((resolve) => {
    onLocked = resolve;
  });
  const settled = commit(onLocked).then(() => {
    isSettled = true;
    onLocked();
  });
  return { size, locked, settled, isSettled: () => isSettled };
}
