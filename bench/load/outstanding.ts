/** Calls that wait for their answer. */
export type Outstanding = {
  add(): void;
  remove(): void;
  /** Resolves when none waits. @throws Error when some still do after `limitMs` */
  allAnswered(limitMs: number): Promise<void>;
};

/** Creates an empty count. */
export function createOutstanding(): Outstanding {
  let count = 0;
  let whenNone: (() => void) | undefined;
  return {
    add() {
      count += 1;
    },
    remove() {
      count -= 1;
      if (count === 0) whenNone?.();
    },
    allAnswered(limitMs) {
      if (count === 0) return Promise.resolve();
      return new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`${count} calls were never answered.`)),
          limitMs,
        );
        whenNone = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    },
  };
}
