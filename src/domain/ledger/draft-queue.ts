import { startStopwatch } from '../../lib/time.js';
import { DomainError } from '../../model/errors.js';
import type { Decision, OperationDraft } from '../../model/ledger.js';
import { contention, toldTo } from './commit-batch.js';
import type { HeldAccounts } from './held-accounts.js';
import { type BatchLimits, type Queued, sizeOf, takeBatch } from './take-batch.js';

/** How much the committer takes at once and keeps waiting. */
export type CommitterLimits = BatchLimits & {
  /** Drafts that may wait. One more is refused with OVERLOADED. */
  readonly maxQueue: number;
};

/** Drafts that wait to be committed. */
export type DraftQueue = {
  /** Adds a draft; settled by whoever takes it. Rejects with OVERLOADED when too many wait, with CANCELLED when its caller went. */
  add(draft: OperationDraft, signal: AbortSignal | undefined): Promise<Decision>;
  /** Takes the next batch: nothing while every draft waits for an account that somebody else keeps locked. */
  take(): Queued[];
  /** Puts drafts back to the head, where they were. */
  putBack(drafts: readonly Queued[]): void;
  length(): number;
};

/**
 * Creates an empty queue. A draft waits for accounts that are held at most `patienceMs`, and such drafts fill half of the queue at
 * most: the others need room, too.
 */
export function createDraftQueue(
  limits: CommitterLimits,
  held: HeldAccounts,
  patienceMs: number,
): DraftQueue {
  let queue: Queued[] = [];
  let swept = false;
  /** Drafts that wait for accounts that are held. */
  let aside = 0;

  /** Makes room where callers are gone; once per turn of the event loop, because under overload every submit asks. */
  function sweep(): void {
    if (swept) return;
    swept = true;
    setImmediate(() => {
      swept = false;
    });
    queue = withoutDropped(queue, ({ abandoned }) => abandoned(), drop);
  }

  /** Counts who waits aside, and gives up those who have waited too long. */
  function lookAside(): void {
    aside = 0;
    if (held.size() === 0) return;
    const hasWaitedTooLong = ({ draft, waitedMs }: Queued) => {
      if (!held.block(draft)) return false;
      aside += 1;
      return waitedMs() >= patienceMs;
    };
    queue = withoutDropped(queue, hasWaitedTooLong, giveUp);
  }

  return {
    add(draft, signal) {
      if (queue.length >= limits.maxQueue) sweep();
      if (queue.length >= limits.maxQueue) return Promise.reject(overloadedError());
      if (held.block(draft)) {
        if (aside >= limits.maxQueue / 2) return Promise.reject(overloadedError());
        aside += 1;
      }
      return new Promise((resolve, reject) => {
        const abandoned = () => signal?.aborted ?? false;
        const waitedMs = startStopwatch();
        queue.push({ draft, bytes: sizeOf(draft), waitedMs, abandoned, resolve, reject });
      });
    },
    take() {
      lookAside();
      return takeBatch(queue, limits, drop, ({ draft }) => held.block(draft));
    },
    putBack(drafts) {
      if (drafts.length > 0) queue = [...drafts, ...queue];
    },
    length: () => queue.length,
  };
}

function withoutDropped(
  queue: readonly Queued[],
  isDropped: (queued: Queued) => boolean,
  dropOne: (queued: Queued) => void,
): Queued[] {
  const kept: Queued[] = [];
  for (const queued of queue) {
    if (isDropped(queued)) dropOne(queued);
    else kept.push(queued);
  }
  return kept;
}

function drop(queued: Queued): void {
  queued.reject(new DomainError('CANCELLED', 'The caller went away before the work began.'));
}

function giveUp({ heldBack, reject }: Queued): void {
  reject(heldBack ? toldTo(heldBack) : contention());
}

function overloadedError(): DomainError {
  return new DomainError('OVERLOADED', 'The server has more work than it may queue. Retry later.', {
    retryAfterMs: 200,
  });
}
