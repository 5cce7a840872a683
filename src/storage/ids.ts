import { retry } from '../lib/retry.js';
import type { Database } from './database.js';
import { StorageError } from './errors.js';
import { takeFromSequence } from './sequences.js';
import { withTransaction } from './transaction.js';

/**
 * Ids made in the process. They are unique over all instances and never reused; those of a block that
 * was not used up when the process ended are lost. Their order says nothing about the order of commits.
 *
 * Take ids before a transaction begins, never inside one: a new block is a transaction of its own, which on
 * SQLite, with its one connection, would wait for the caller's for ever.
 */
export type Ids = {
  /** The next id. */
  next(): Promise<bigint>;
  /** The next `count` ids, ascending, not always without gaps. */
  take(count: number): Promise<bigint[]>;
  /** A number for this running server that no other ever had: 1, 2, … */
  nextInstanceNumber(): Promise<bigint>;
};

/** Ids reserved and not yet given out: `next` up to, not including, `end`. */
type Block = { next: bigint; end: bigint };

/**
 * Creates ids that are reserved in blocks of `blockSize` (10,000). The next block is reserved ahead when half
 * of the current one is used, so that only the first caller ever waits for the database.
 */
export function createIds(db: Database, options: { blockSize?: number } = {}): Ids {
  const blockSize = options.blockSize ?? 10_000;
  const half = BigInt(Math.floor(blockSize / 2));
  let block: Block = { next: 0n, end: 0n };
  let spare: Block | undefined;
  let pending: Promise<void> | undefined;

  async function reserveSpare(): Promise<void> {
    try {
      const first = await reserve(db, 'id', blockSize);
      spare = { next: first, end: first + BigInt(blockSize) };
    } finally {
      pending = undefined;
    }
  }

  function reserveAhead(): Promise<void> {
    pending ??= reserveSpare();
    return pending;
  }

  /** An id, unless a block has to be waited for. */
  function takeOne(): bigint | undefined {
    if (block.next === block.end) {
      if (!spare) return undefined;
      block = spare;
      spare = undefined;
    }
    const id = block.next;
    block.next += 1n;
    // A failure ahead of need is nobody's yet: whoever needs the block tries again and is told.
    if (!spare && !pending && block.end - block.next <= half) reserveAhead().catch(() => {});
    return id;
  }

  async function next(): Promise<bigint> {
    for (;;) {
      const id = takeOne();
      if (id !== undefined) return id;
      await reserveAhead();
    }
  }

  return {
    next,
    async take(count) {
      const ids: bigint[] = [];
      while (ids.length < count) ids.push(takeOne() ?? (await next()));
      return ids;
    },
    nextInstanceNumber: () => reserve(db, 'instance', 1),
  };
}

/** A reservation whose commit is unknown is simply made again: the values in doubt are left out. */
function reserve(db: Database, sequence: string, count: number): Promise<bigint> {
  return retry(() => withTransaction(db, (tx) => takeFromSequence(tx, sequence, count)), {
    attempts: 3,
    baseMs: 50,
    maxMs: 500,
    isRetryable: (error) => error instanceof StorageError && error.kind === 'commit-unknown',
  });
}
