import { DomainError } from '../../model/errors.js';
import type { Decision, OperationDraft } from '../../model/ledger.js';
import { type CommitDeps, commitBatch, type Settlement } from './commit-batch.js';
import { type BatchLimits, type Queued, sizeOf, takeBatch } from './take-batch.js';

/** How much the committer takes at once and keeps waiting. */
export type CommitterLimits = BatchLimits & {
  /** Drafts that may wait. One more is refused with OVERLOADED. */
  readonly maxQueue: number;
};

/** The only writer of ledger accounts. */
export type Committer = {
  /**
   * Decides and commits a draft. Resolves when the decision is durable.
   *
   * `signal`: once aborted before the draft is taken, the draft is dropped and never happens; later it changes nothing.
   *
   * @throws OVERLOADED when too many drafts wait; SERVER_DRAINING after {@link Committer.drain}.
   * @throws CANCELLED when the caller was gone before its draft was taken.
   * @throws TRANSACTION_CONTENTION, STORAGE_UNAVAILABLE: see their texts in `error_reason.proto`.
   */
  submit(draft: OperationDraft, signal?: AbortSignal): Promise<Decision>;
  /** Takes no more drafts and resolves when those taken are settled. */
  drain(): Promise<void>;
  /** Drafts that wait now. */
  queueLength(): number;
};

/**
 * Creates the committer: group commit. While one transaction commits, further drafts queue; the next transaction takes as many as
 * fit. An idle committer takes what arrived within one turn of the event loop, without waiting.
 */
export function createCommitter(deps: CommitDeps, limits: CommitterLimits): Committer {
  let queue: Queued[] = [];
  let running: Promise<void> | undefined;
  let draining = false;
  let swept = false;

  async function run(): Promise<void> {
    while (queue.length > 0) {
      // One turn of the event loop: calls that arrived together share a transaction, and the answers of the last one go out.
      await new Promise((resolve) => setImmediate(resolve));
      const batch = takeBatch(queue, limits, drop);
      if (batch.length === 0) continue;
      const settlements = await commitBatch(
        deps,
        batch.map(({ draft }) => draft),
      );
      for (const [index, queued] of batch.entries()) settle(queued, settlements[index]);
    }
  }

  function start(): void {
    running ??= run().finally(() => {
      running = undefined;
      if (queue.length > 0) start();
    });
  }

  /** Makes room where callers are gone; once per turn of the event loop, because under overload every submit asks. */
  function sweep(): void {
    if (swept) return;
    swept = true;
    setImmediate(() => {
      swept = false;
    });
    const waiting = queue;
    queue = waiting.filter((queued) => !queued.abandoned());
    const here = new Set(queue);
    for (const queued of waiting) if (!here.has(queued)) drop(queued);
  }

  return {
    submit(draft, signal) {
      if (draining) return Promise.reject(drainingError());
      if (queue.length >= limits.maxQueue) sweep();
      if (queue.length >= limits.maxQueue) return Promise.reject(overloadedError());
      return new Promise((resolve, reject) => {
        const abandoned = () => signal?.aborted ?? false;
        queue.push({ draft, bytes: sizeOf(draft), abandoned, resolve, reject });
        start();
      });
    },
    async drain() {
      draining = true;
      // What was submitted as the last batch ended runs after it, as a run of its own.
      while (running) await running;
    },
    queueLength: () => queue.length,
  };
}

function drop(queued: Queued): void {
  queued.reject(new DomainError('CANCELLED', 'The caller went away before the work began.'));
}

function settle(queued: Queued, settlement: Settlement | undefined): void {
  if (!settlement) queued.reject(new Error('A draft was left without a settlement.'));
  else if ('error' in settlement) queued.reject(settlement.error);
  else queued.resolve(settlement.decision);
}

function drainingError(): DomainError {
  return new DomainError('SERVER_DRAINING', 'The server is stopping. Retry.', { retryAfterMs: 0 });
}

function overloadedError(): DomainError {
  return new DomainError('OVERLOADED', 'The server has more work than it may queue. Retry later.', {
    retryAfterMs: 200,
  });
}
