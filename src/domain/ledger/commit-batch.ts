import { randomFraction } from '../../lib/random.js';
import { sleep } from '../../lib/sleep.js';
import type { Time } from '../../lib/time.js';
import { DomainError } from '../../model/errors.js';
import type { Decision, OperationDraft } from '../../model/ledger.js';
import type { Database } from '../../storage/database.js';
import { StorageError, type StorageErrorKind } from '../../storage/errors.js';
import { type BatchWrites, runLedgerBatch } from '../../storage/ledger.js';
import { accountsOf } from './apply-draft.js';
import { digestOf } from './digest.js';
import { evaluate, requestKey } from './evaluate.js';

/** What came of one draft of a batch: its decision, or why there is none. */
export type Settlement = { readonly decision: Decision } | { readonly error: unknown };

/** What a batch is committed with. */
export type CommitDeps = {
  readonly db: Database;
  readonly time: Time;
  /** Told of each attempt that failed, for the log and the metrics. */
  readonly onRetry?: (kind: StorageErrorKind, attempt: number, size: number) => void;
  /** Pauses between attempts; the real ones by default. */
  readonly pause?: (ms: number) => Promise<void>;
};

/** Attempts per batch: with the pauses below, about 20 s of a database that does not answer. */
const ATTEMPTS = 24;
const BASE_PAUSE_MS = 5;
const MAX_PAUSE_MS = 1_000;

/** Passing failures: the same batch, run again, may succeed. Its request ids keep it from happening twice. */
const PASSING: ReadonlySet<StorageErrorKind> = new Set<StorageErrorKind>([
  'deadlock',
  'lock-wait',
  'busy',
  'duplicate',
  'connection',
  'commit-unknown',
  'timeout',
]);

/**
 * Commits a batch and tells what came of each draft, in order. Never throws.
 *
 * A passing failure runs the same batch again under the same ids. A COMMIT without a known answer is one of them: once the locks
 * are held again the old transaction has ended, and the request ids say whether it happened. A failure of the batch itself
 * halves it until the draft that causes it stands alone.
 */
export async function commitBatch(
  deps: CommitDeps,
  drafts: readonly OperationDraft[],
): Promise<Settlement[]> {
  try {
    return (await commitPatiently(deps, drafts)).map((decision) => ({ decision }));
  } catch (error) {
    const passing = error instanceof StorageError && PASSING.has(error.kind);
    if (drafts.length === 1 || (passing && error.kind !== 'duplicate')) {
      const told = toldTo(error);
      return drafts.map(() => ({ error: told }));
    }
    const half = Math.ceil(drafts.length / 2);
    const first = await commitBatch(deps, drafts.slice(0, half));
    return [...first, ...(await commitBatch(deps, drafts.slice(half)))];
  }
}

async function commitPatiently(
  deps: CommitDeps,
  drafts: readonly OperationDraft[],
): Promise<Decision[]> {
  let uncertain: StorageError | undefined;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await commitOnce(deps, drafts);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      if (error.kind === 'commit-unknown') uncertain = error;
      if (!PASSING.has(error.kind) || attempt >= attemptsFor(error.kind)) throw uncertain ?? error;
      deps.onRetry?.(error.kind, attempt, drafts.length);
      const bound = Math.min(MAX_PAUSE_MS, BASE_PAUSE_MS * 2 ** (attempt - 1));
      await (deps.pause ?? sleep)(bound * (0.5 + randomFraction() / 2));
    }
  }
}

/** A duplicate key that stays is a fault of one draft, not of the moment. */
function attemptsFor(kind: StorageErrorKind): number {
  return kind === 'duplicate' ? 4 : ATTEMPTS;
}

function commitOnce(deps: CommitDeps, drafts: readonly OperationDraft[]): Promise<Decision[]> {
  const keys = { accountIds: drafts.flatMap(accountsOf), requests: drafts };
  return runLedgerBatch(deps.db, keys, (state) => {
    const { decisions, changed } = evaluate(drafts, {
      accounts: new Map(state.accounts.map((account) => [account.id, account])),
      decided: new Map(state.operations.map((operation) => [requestKey(operation), operation])),
      now: deps.time.now(),
    });
    const operations = decisions.flatMap((decision, index): BatchWrites['operations'] =>
      decision.kind === 'decided'
        ? [
            {
              ...decision,
              digest: digestOf(decision),
              notes: drafts[index]?.notes,
              terms: drafts[index]?.terms,
            },
          ]
        : [],
    );
    return { writes: { operations, accounts: [...changed.values()] }, result: [...decisions] };
  });
}

/** What the caller of a draft is told when there is no decision. */
function toldTo(error: unknown): unknown {
  if (!(error instanceof StorageError)) return error;
  if (error.kind === 'deadlock' || error.kind === 'lock-wait' || error.kind === 'busy') {
    return new DomainError(
      'TRANSACTION_CONTENTION',
      'The write lost against others several times; nothing was changed. Retry.',
      { retryAfterMs: 100, cause: error },
    );
  }
  if (PASSING.has(error.kind) || ['io', 'disk-full', 'read-only'].includes(error.kind)) {
    return new DomainError(
      'STORAGE_UNAVAILABLE',
      'The database does not answer; the outcome is unknown. Retry with the same request id.',
      { retryAfterMs: 1_000, cause: error },
    );
  }
  return error;
}
