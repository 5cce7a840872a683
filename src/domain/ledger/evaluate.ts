import type { ClockTimer } from '../../model/clockwork.js';
import type { Decision, LedgerAccount, Operation, OperationDraft } from '../../model/ledger.js';
import { applyDraft } from './apply-draft.js';

/** What a batch of drafts is decided on: read under the locks of the transaction that writes the decisions. */
export type LedgerState = {
  /** Every account that a draft names, by id. */
  readonly accounts: ReadonlyMap<bigint, LedgerAccount>;
  /** The clock of each account that is one, by id; read when a draft has something to do with clocks. */
  readonly clocks?: ReadonlyMap<bigint, ClockTimer>;
  /** The operations that were decided before under a request id of the batch, by {@link requestKey}. */
  readonly decided: ReadonlyMap<string, Operation>;
  /** Unix ms. */
  readonly now: number;
};

/** What came of a batch: one decision per draft, in order, and the accounts and clocks that changed, as they are afterwards. */
export type Evaluation = {
  readonly decisions: readonly Decision[];
  readonly changed: ReadonlyMap<bigint, LedgerAccount>;
  readonly changedClocks: ReadonlyMap<bigint, ClockTimer>;
};

/** The key of a request id within its scope. */
export function requestKey(request: {
  readonly scope: bigint;
  readonly requestId: Buffer;
}): string {
  return `${request.scope}:${request.requestId.toString('latin1')}`;
}

/**
 * Decides drafts in order. Each one applies as a whole or is refused as a whole; a refusal changes nothing but the count of
 * refusals and does not touch its neighbours. A request id decided before, or earlier in the same batch, decides nothing.
 *
 * Pure: the hot path of the ledger, and the oracle that its tests and its recovery rest on.
 */
export function evaluate(drafts: readonly OperationDraft[], state: LedgerState): Evaluation {
  const decided = new Map(state.decided);
  const changed = new Map<bigint, LedgerAccount>();
  const changedClocks = new Map<bigint, ClockTimer>();
  const before = {
    account: (id: bigint) => changed.get(id) ?? state.accounts.get(id),
    clock: (id: bigint) => changedClocks.get(id) ?? state.clocks?.get(id),
  };
  const decisions = drafts.map((draft): Decision => {
    const key = requestKey(draft);
    const earlier = decided.get(key);
    if (earlier) {
      if (!earlier.requestHash.equals(draft.requestHash))
        return { kind: 'reused', operation: earlier };
      return { kind: earlier.id === draft.id ? 'recovered' : 'replayed', operation: earlier };
    }
    const { writes, accounts, clocks } = applyDraft(draft, before, state.now);
    for (const account of accounts) changed.set(account.id, account);
    for (const clock of clocks) changedClocks.set(clock.id, clock);
    decided.set(key, writes.operation);
    return { kind: 'decided', ...writes };
  });
  return { decisions, changed, changedClocks };
}
