import type { Decision, OperationDraft } from '../../model/ledger.js';
import type { StorageError } from '../../storage/errors.js';
import { accountsOf } from './apply-draft.js';

/** A draft that waits for its batch, and how to tell its caller. */
export type Queued = {
  readonly draft: OperationDraft;
  readonly bytes: number;
  /** Milliseconds since it was queued. */
  readonly waitedMs: () => number;
  /** True once the caller is gone: its deadline passed or it cancelled. Asked before the draft is taken. */
  readonly abandoned: () => boolean;
  readonly resolve: (decision: Decision) => void;
  readonly reject: (error: unknown) => void;
  /** Why it came back from a batch: somebody keeps one of its accounts locked, or a COMMIT before that has no answer. */
  heldBack?: StorageError;
};

/** How much one transaction takes. */
export type BatchLimits = {
  /** Accounts locked. */
  readonly maxAccounts: number;
  /** Estimated bytes written. */
  readonly maxBytes: number;
};

/** The fixed part of what a draft writes: its rows in seven tables, as text. Measured generously. */
const BYTES_PER_OPERATION = 1_200;
const BYTES_PER_MOVEMENT = 300;

/** What a draft writes of each account that may be a clock, and of a conversion. */
const BYTES_PER_CLOCK = 600;

/** An estimate of the bytes that a draft adds to its batch's statements. */
export function sizeOf(draft: OperationDraft): number {
  const { movements, drains = [], changes, notes } = draft;
  const rows = movements.length + drains.length + changes.length;
  const clocks = draft.clockwork ? (rows + 2) * BYTES_PER_CLOCK : 0;
  return BYTES_PER_OPERATION + rows * BYTES_PER_MOVEMENT + clocks + 4 * (notes?.length ?? 0);
}

/**
 * Takes from the head of the queue what fits into one transaction, in order, and at least one draft. Drafts whose caller is gone
 * are dropped: nobody has been told anything of them, so they never happen. Drafts that have to wait for something else are passed
 * over and stay at the head.
 */
export function takeBatch(
  queue: Queued[],
  limits: BatchLimits,
  drop: (queued: Queued) => void,
  mustWait: (queued: Queued) => boolean = () => false,
): Queued[] {
  const batch: Queued[] = [];
  const passedOver: Queued[] = [];
  const accounts = new Set<bigint>();
  let bytes = 0;
  let taken = 0;
  for (const queued of queue) {
    if (queued.abandoned()) {
      taken += 1;
      drop(queued);
      continue;
    }
    if (mustWait(queued)) {
      taken += 1;
      passedOver.push(queued);
      continue;
    }
    const added = new Set(accountsOf(queued.draft).filter((id) => !accounts.has(id)));
    const fits =
      accounts.size + added.size <= limits.maxAccounts && bytes + queued.bytes <= limits.maxBytes;
    if (batch.length > 0 && !fits) break;
    for (const id of added) accounts.add(id);
    bytes += queued.bytes;
    batch.push(queued);
    taken += 1;
  }
  queue.splice(0, taken, ...passedOver);
  return batch;
}
