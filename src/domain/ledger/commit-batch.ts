import { randomFraction } from '../../lib/random.js';
import { sleep } from '../../lib/sleep.js';
import { startStopwatch, type Time } from '../../lib/time.js';
import { DomainError } from '../../model/errors.js';
import type { Decision, Operation, OperationDraft, OperationWrites } from '../../model/ledger.js';
import type { Database } from '../../storage/database.js';
import { classify, StorageError, type StorageErrorKind } from '../../storage/errors.js';
import { type BatchWrites, runLedgerBatch } from '../../storage/ledger.js';
import { findLockedAccounts } from '../../storage/ledger-locks.js';
import { masterKeyRefused } from '../sessions/refusals.js';
import { accountsOf } from './apply-draft.js';
import { digestOf } from './digest.js';
import { evaluate, requestKey } from './evaluate.js';

/**
 * What came of one draft of a batch: its decision, or why there is none. A draft is held back, and may be committed later, while
 * somebody else keeps accounts locked that it names.
 */
export type Settlement =
  | { readonly decision: Decision }
  | { readonly error: unknown }
  | { readonly heldBack: StorageError; readonly accountIds: ReadonlySet<bigint> };

/** What a batch is committed with. */
export type CommitDeps = {
  readonly db: Database;
  readonly time: Time;
  /** Told of each attempt that failed and is followed by another, for the log and the metrics. */
  readonly onRetry?: (kind: StorageErrorKind, attempt: number, size: number) => void;
  /** How long a batch is tried again while the database does not answer; 20 s by default. */
  readonly patienceMs?: number;
  /** Pauses between attempts; the real ones by default. */
  readonly pause?: (ms: number) => Promise<void>;
};

/** How long a batch is tried again, and a draft waits for a locked account, unless told otherwise. */
export const PATIENCE_MS = 20_000;
const BASE_PAUSE_MS = 5;
const MAX_PAUSE_MS = 1_000;

/** Attempts after a failure that may come from one draft: it passes at once (somebody else's work ended), or stays. */
const POISON_ATTEMPTS = 4;

/**
 * Passing failures: the same batch, run again, may succeed, on a new connection where the old one led to a server that takes no
 * writes. Its request ids keep it from happening twice.
 */
const PASSING: ReadonlySet<StorageErrorKind> = new Set<StorageErrorKind>([
  'deadlock',
  'lock-wait',
  'busy',
  'duplicate',
  'connection',
  'commit-unknown',
  'timeout',
  'read-only',
  'disk-full',
  'io',
]);

/** Failures of a row rather than of the database. */
const OF_A_ROW: ReadonlySet<StorageErrorKind> = new Set<StorageErrorKind>([
  'duplicate',
  'constraint',
  'data',
  'unknown',
]);

/** What is told of a batch while it is under way. */
export type BatchEvents = {
  /** Accounts are locked: once or more often, or never. */
  readonly onLocked?: () => void;
  /** Somebody else keeps these locked, which is known before the rest of the batch goes on without them. */
  readonly onHeld?: (accountIds: ReadonlySet<bigint>) => void;
};

/** What the parts of one batch share. */
type Run = {
  readonly deps: CommitDeps;
  readonly elapsed: () => number;
  readonly events: BatchEvents;
  /** A COMMIT whose answer never came: from then on nobody is told that nothing was changed. */
  uncertain?: StorageError;
  /** Why the batch was given up: the parts that are left are not tried. */
  givenUp?: unknown;
};

/** Thrown within a batch: somebody keeps some of its accounts locked. The other drafts need not wait for them. */
class AccountsHeld extends Error {
  readonly accountIds: ReadonlySet<bigint>;

  constructor(accountIds: ReadonlySet<bigint>, cause: StorageError) {
    super('Accounts are locked by somebody else.', { cause });
    this.accountIds = accountIds;
  }
}

/**
 * Commits a batch and tells what came of each draft, in order. Never throws.
 *
 * A passing failure runs the same batch again under the same ids. A COMMIT without a known answer is one of them: once the locks
 * are held again the old transaction has ended, and the request ids say whether it happened. A failure that may come from one
 * draft halves the batch until that draft stands alone; any other fails the batch as a whole. After a lock wait the drafts on accounts
 * that are still locked are held back, and the rest goes on without them.
 *
 * `uncertain`: a COMMIT without an answer that some of the drafts were part of before they were held back.
 */
export function commitBatch(
  deps: CommitDeps,
  drafts: readonly OperationDraft[],
  uncertain?: StorageError,
  events: BatchEvents = {},
): Promise<Settlement[]> {
  const elapsed = startStopwatch();
  return commitPart({ deps, elapsed, events, ...(uncertain && { uncertain }) }, drafts);
}

async function commitPart(run: Run, drafts: readonly OperationDraft[]): Promise<Settlement[]> {
  try {
    return await commitPatiently(run, drafts);
  } catch (error) {
    if (error instanceof AccountsHeld) {
      run.events.onHeld?.(error.accountIds);
      return commitOthers(run, drafts, error);
    }
    if (drafts.length === 1 || !mayBePoison(error)) {
      const told = toldTo(error);
      return drafts.map(() => ({ error: told }));
    }
    const half = Math.ceil(drafts.length / 2);
    const first = await commitPart(run, drafts.slice(0, half));
    return [...first, ...(await commitPart(run, drafts.slice(half)))];
  }
}

/** Commits the drafts that name none of the accounts held, and holds the others back. */
async function commitOthers(
  run: Run,
  drafts: readonly OperationDraft[],
  { accountIds, cause }: AccountsHeld,
): Promise<Settlement[]> {
  const isHeld = (draft: OperationDraft) => accountsOf(draft).some((id) => accountIds.has(id));
  const others = drafts.filter((draft) => !isHeld(draft));
  const settlements = others.length > 0 ? await commitPart(run, others) : [];
  const heldBack = run.uncertain ?? (cause as StorageError);
  let next = 0;
  return drafts.map((draft) =>
    isHeld(draft) ? { heldBack, accountIds } : (settlements[next++] as Settlement),
  );
}

async function commitPatiently(run: Run, drafts: readonly OperationDraft[]): Promise<Settlement[]> {
  const { deps } = run;
  for (let attempt = 1; ; attempt += 1) {
    if (run.givenUp) throw run.givenUp;
    try {
      return await commitOnce(run, drafts);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      if (error.kind === 'commit-unknown') run.uncertain = error;
      if (!mayPass(run, error, attempt)) {
        if (mayBePoison(error)) throw error;
        run.givenUp = run.uncertain ?? error;
        throw run.givenUp;
      }
      deps.onRetry?.(error.kind, attempt, drafts.length);
      if (error.kind === 'lock-wait') await throwIfHeld(deps, drafts, error);
      const bound = Math.min(MAX_PAUSE_MS, BASE_PAUSE_MS * 2 ** (attempt - 1));
      await (deps.pause ?? sleep)(bound * (0.5 + randomFraction() / 2));
    }
  }
}

/** A lock wait is long enough to ask whom it was for. Whoever was only slow is gone by now, and the batch runs again. */
async function throwIfHeld(
  { db }: CommitDeps,
  drafts: readonly OperationDraft[],
  error: StorageError,
): Promise<void> {
  const accountIds = [...new Set(drafts.flatMap(accountsOf))];
  const locked = await findLockedAccounts(db, accountIds).catch(() => new Set<bigint>());
  if (locked.size > 0) throw new AccountsHeld(locked, error);
}

function mayPass(run: Run, error: StorageError, attempt: number): boolean {
  if (!PASSING.has(error.kind)) return false;
  if (mayBePoison(error) && attempt >= POISON_ATTEMPTS) return false;
  return run.elapsed() < (run.deps.patienceMs ?? PATIENCE_MS);
}

/**
 * Whether one draft may be what the batch failed of. On MySQL, where COMMIT travels with the writes, a refusal by the server that
 * nobody classified leaves open which statement it refused: the commit is unknown, and yet it may be a row.
 */
function mayBePoison(error: unknown): boolean {
  if (!(error instanceof StorageError)) return true;
  if (error.kind === 'commit-unknown') return classify(error.cause) === 'unknown';
  return OF_A_ROW.has(error.kind);
}

function commitOnce(
  { deps, events }: Run,
  drafts: readonly OperationDraft[],
): Promise<Settlement[]> {
  const clockIds: bigint[] = [];
  for (const draft of drafts) if (draft.clockwork) clockIds.push(...accountsOf(draft));
  const keys = {
    clockIds,
    accountIds: drafts.flatMap(accountsOf),
    requests: drafts,
    masterKeyIds: drafts.flatMap(({ actor }) => actor.keyId ?? []),
  };
  return runLedgerBatch(deps.db, keys, (state) => {
    events.onLocked?.();
    const decided = new Map(
      state.operations.map((operation) => [requestKey(operation), operation]),
    );
    const admitted = admit(drafts, state.workingKeyIds, decided);
    const { decisions, changed, changedClocks } = evaluate(admitted, {
      accounts: new Map(state.accounts.map((account) => [account.id, account])),
      clocks: new Map(state.clocks.map((clock) => [clock.id, clock])),
      decided,
      now: deps.time.now(),
    });
    const operations = decisions.flatMap((decision, index): BatchWrites['operations'] =>
      decision.kind === 'decided' ? [storedOf(decision, admitted[index])] : [],
    );
    const result = settle(drafts, admitted, decisions);
    const accounts = [...changed.values()];
    const clocks = [...changedClocks.values()];
    return { writes: { operations, accounts, clocks }, result };
  });
}

/** Field by field: to spread a decision costs as much as to decide it. */
function storedOf(
  decision: OperationWrites,
  draft: OperationDraft | undefined,
): BatchWrites['operations'][number] {
  const { operation, entries, changes, transfer, invoice, clocks } = decision;
  return {
    operation,
    entries,
    changes,
    transfer,
    invoice,
    clocks,
    digest: digestOf(decision),
    notes: draft?.notes,
    terms: draft?.terms,
    standing: draft?.standing,
    closing: draft?.closing,
    audit: draft?.audit,
  };
}

/**
 * The drafts whose backend key still works, read under a lock that a revocation waits for: once it is acknowledged, nothing that was
 * sent with the key commits. What such a draft had come to in an earlier attempt stays.
 */
function admit(
  drafts: readonly OperationDraft[],
  workingKeyIds: ReadonlySet<bigint>,
  decided: ReadonlyMap<string, Operation>,
): readonly OperationDraft[] {
  const works = (draft: OperationDraft) => {
    const { keyId } = draft.actor;
    return keyId === null || workingKeyIds.has(keyId) || decided.has(requestKey(draft));
  };
  return drafts.every(works) ? drafts : drafts.filter(works);
}

/** What is told of each draft, in order: the decisions are those of the drafts that were admitted. */
function settle(
  drafts: readonly OperationDraft[],
  admitted: readonly OperationDraft[],
  decisions: readonly Decision[],
): Settlement[] {
  let next = 0;
  return drafts.map((draft) => {
    if (draft !== admitted[next]) return { error: masterKeyRefused() };
    return { decision: decisions[next++] as Decision };
  });
}

/** What the caller of a draft is told when there is no decision, by what it failed of. */
export function toldTo(error: unknown): unknown {
  if (!(error instanceof StorageError)) return error;
  if (error.kind === 'deadlock' || error.kind === 'lock-wait' || error.kind === 'busy') {
    return contention(error);
  }
  // A key that stays taken is a fault of ours, not of the moment.
  if (!PASSING.has(error.kind) || error.kind === 'duplicate') return error;
  return new DomainError(
    'STORAGE_UNAVAILABLE',
    'The database does not answer; the outcome is unknown. Retry with the same request id.',
    { retryAfterMs: 1_000, cause: error },
  );
}

/** Says that others were in the way all the time, and that nothing was changed. */
export function contention(cause?: StorageError): DomainError {
  return new DomainError(
    'TRANSACTION_CONTENTION',
    'The write lost against others several times; nothing was changed. Retry.',
    { retryAfterMs: 100, cause },
  );
}
