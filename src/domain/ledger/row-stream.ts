import type { VerifyRun } from './verify-run.js';

/** Rows in order, read page by page: however many there are, one page is in memory. `P` is what tells a row's place. */
export type RowStream<T, P = T> = {
  /** The next row, which stays the next one; undefined at the end. */
  peek(): Promise<T | undefined>;
  /** Takes the row that `peek` gave. */
  drop(): void;
  /** Goes on after `place` without reading what lies before it. */
  skipTo(place: P, isBefore: (row: T) => boolean): void;
};

/** Streams what `load` gives: at most `limit` rows after `last`, or from the beginning. */
export function createRowStream<T extends P, P = T>(
  run: Pick<VerifyRun, 'pageSize' | 'afterPage'>,
  load: (last: P | undefined, limit: number) => Promise<T[]>,
): RowStream<T, P> {
  let page: T[] = [];
  let next = 0;
  let last: P | undefined;
  let ended = false;

  async function fill(): Promise<void> {
    page = await load(last, run.pageSize);
    next = 0;
    ended = page.length < run.pageSize;
    last = page.at(-1) ?? last;
    await run.afterPage();
  }

  return {
    async peek() {
      if (next === page.length && !ended) await fill();
      return page[next];
    },
    drop() {
      next += 1;
    },
    skipTo(place, isBefore) {
      while (next < page.length && isBefore(page[next] as T)) next += 1;
      if (next === page.length) last = place;
    },
  };
}

/** Takes all rows for which `belongs` holds from the head of the stream. */
export async function takeWhile<T>(
  stream: RowStream<T>,
  belongs: (row: T) => boolean,
): Promise<T[]> {
  const taken: T[] = [];
  for (let row = await stream.peek(); row && belongs(row); row = await stream.peek()) {
    taken.push(row);
    stream.drop();
  }
  return taken;
}
