import { startStopwatch } from '../../lib/time.js';
import type { OperationDraft } from '../../model/ledger.js';
import type { Database } from '../../storage/database.js';
import { findLockedAccounts } from '../../storage/ledger-locks.js';
import { accountsOf } from './apply-draft.js';

/**
 * Accounts that somebody else keeps locked for longer than a lock wait: an operator's tool, a process that stands still. Drafts on
 * them wait aside, so that one locked account does not stop all others.
 */
export type HeldAccounts = {
  add(ids: Iterable<bigint>): void;
  size(): number;
  /** Whether the draft names one of them. */
  block(draft: OperationDraft): boolean;
  /** Looks which of them are free by now; at most once in {@link HELD_INTERVAL_MS}. Never throws. */
  refresh(): Promise<void>;
};

/** How long a draft waits at most after its account was freed. */
export const HELD_INTERVAL_MS = 50;

/** Creates the accounts held, none at first. */
export function createHeldAccounts(db: Database): HeldAccounts {
  let held = new Set<bigint>();
  let elapsed = startStopwatch();
  return {
    add(ids) {
      for (const id of ids) held.add(id);
      elapsed = startStopwatch();
    },
    size: () => held.size,
    block: (draft) => held.size > 0 && accountsOf(draft).some((id) => held.has(id)),
    async refresh() {
      if (held.size === 0 || elapsed() < HELD_INTERVAL_MS) return;
      try {
        held = await findLockedAccounts(db, [...held]);
      } catch {
        // What is wrong with the database is for the next batch to find out.
        held = new Set();
      }
      elapsed = startStopwatch();
    },
  };
}
