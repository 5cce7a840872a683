import { sleep } from '../../lib/sleep.js';
import { DomainError } from '../../model/errors.js';
import type { Decision, OperationDraft } from '../../model/ledger.js';
import { type CommitDeps, commitBatch, PATIENCE_MS, type Settlement } from './commit-batch.js';
import { type CommitterLimits, createDraftQueue } from './draft-queue.js';
import { createHeldAccounts, HELD_INTERVAL_MS } from './held-accounts.js';
import type { Queued } from './take-batch.js';
import { NOTHING_UNDER_WAY, startBatch } from './under-way.js';

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
 * fit. An idle committer takes what arrived within one turn of the event loop, without waiting. Drafts on accounts that somebody
 * else keeps locked wait in the queue until the accounts are free, as long as a batch has patience.
 *
 * On MySQL the next batch is sent while the one before commits, once that one holds its locks and no fewer drafts wait than it has: then
 * the database never waits for this process, and batches do not grow smaller by it. What has accounts in common still happens in
 * order: the later one waits for the locks of the earlier. There are never more than two.
 */
export function createCommitter(deps: CommitDeps, limits: CommitterLimits): Committer {
  const held = createHeldAccounts(deps.db);
  const queue = createDraftQueue(limits, held, deps.patienceMs ?? PATIENCE_MS);
  const isPipelined = deps.db.engine === 'mysql';
  let running: Promise<void> | undefined;
  let draining = false;
  /** Called at the first submission that finds so many drafts queued. */
  let wake = { at: Number.POSITIVE_INFINITY, call: () => {} };

  async function run(): Promise<void> {
    let before = NOTHING_UNDER_WAY;
    while (queue.length() > 0 || !before.isSettled()) {
      await Promise.race([before.settled, queued(before.size)]);
      // One turn of the event loop: calls that arrived together share a transaction, and the answers of the last one go out.
      await new Promise((resolve) => setImmediate(resolve));
      await held.refresh();
      const batch = queue.take();
      if (batch.length > 0) {
        const next = startBatch(batch.length, (onLocked) => commit(batch, onLocked));
        await (isPipelined ? next.locked : next.settled);
        await before.settled;
        before = next;
      } else if (queue.length() > 0) await timeOrWork();
    }
  }

  async function commit(batch: readonly Queued[], onLocked: () => void): Promise<void> {
    const drafts = batch.map(({ draft }) => draft);
    const uncertain = batch.find(({ heldBack }) => heldBack?.kind === 'commit-unknown')?.heldBack;
    const settlements = await commitBatch(deps, drafts, uncertain, {
      onLocked,
      // At once, so that the batch behind this one leaves them out.
      onHeld: held.add,
    });
    queue.putBack(batch.filter((queued, index) => isHeldBack(queued, settlements[index])));
  }

  /** Tells the caller of a draft what came of it, unless it is held back. */
  function isHeldBack(queued: Queued, settlement: Settlement | undefined): boolean {
    if (settlement && 'heldBack' in settlement) {
      held.add(settlement.accountIds);
      queued.heldBack = settlement.heldBack;
      return true;
    }
    settle(queued, settlement);
    return false;
  }

  /** Resolves when at least so many drafts are queued. */
  function queued(count: number): Promise<void> {
    if (queue.length() >= count) return Promise.resolve();
    return new Promise((resolve) => {
      wake = { at: count, call: resolve };
    });
  }

  /** All that is queued waits for accounts: resolves when it is time to look at them again, or when more is queued. */
  async function timeOrWork(): Promise<void> {
    const work = new AbortController();
    wake = { at: 0, call: () => work.abort() };
    await sleep(HELD_INTERVAL_MS, work.signal).catch(() => {});
  }

  function start(): void {
    running ??= run().finally(() => {
      running = undefined;
      if (queue.length() > 0) start();
    });
  }

  return {
    submit(draft, signal) {
      if (draining) return Promise.reject(drainingError());
      const decision = queue.add(draft, signal);
      if (queue.length() >= wake.at) wake.call();
      start();
      return decision;
    },
    async drain() {
      draining = true;
      // What was submitted as the last batch ended runs after it, as a run of its own.
      while (running) await running;
    },
    queueLength: queue.length,
  };
}

function settle(
  queued: Queued,
  settlement: Exclude<Settlement, { heldBack: unknown }> | undefined,
) {
  if (!settlement) queued.reject(new Error('A draft was left without a settlement.'));
  else if ('error' in settlement) queued.reject(settlement.error);
  else queued.resolve(settlement.decision);
}

function drainingError(): DomainError {
  return new DomainError('SERVER_DRAINING', 'The server is stopping. Retry.', { retryAfterMs: 0 });
}
