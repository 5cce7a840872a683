import { DomainError } from '../../model/errors.js';
import type { AccountChange } from '../../model/ledger.js';
import type { Database } from '../../storage/database.js';
import {
  findMasterState,
  listAccountsInState,
  type MasterState,
  markSettled,
} from '../../storage/standing.js';
import { read, withTransaction } from '../../storage/transaction.js';
import { notFound } from '../not-found.js';
import { type StandingDeps, submitStanding } from './standing-operations.js';

/** What settling stands on. */
export type SettlingDeps = StandingDeps & {
  readonly db: Database;
  readonly settings: { readonly ledgerBatchSize: number };
};

/**
 * Lets pool and accounts follow the master's row, whatever it says by then. May be cut off anywhere and done again.
 *
 * @throws MASTER_NOT_FOUND, and what the committer throws
 */
export type Settle = (masterId: bigint) => Promise<void>;

/** Accounts per operation: few enough to let payments in between, and below what a transaction locks. */
const MAX_ACCOUNTS = 200;
/** Acts on one master that come in between. */
const MAX_ROUNDS = 20;

/** The standing of a master that is there. @throws MASTER_NOT_FOUND */
export async function getMasterState(db: Database, id: bigint): Promise<MasterState> {
  const state = await read(db, (reader) => findMasterState(reader, id));
  if (!state || state.removeTime !== null) throw notFound('master', id);
  return state;
}

/** Creates it. */
export function createSettling(deps: SettlingDeps): Settle {
  const { db } = deps;
  // The pool and the account that takes the time used up are locked, too.
  const pageSize = Math.max(1, Math.min(MAX_ACCOUNTS, deps.settings.ledgerBatchSize - 2));

  async function settle(masterId: bigint): Promise<void> {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const master = await getMasterState(db, masterId);
      const isOpen = master.frozenTime === null && master.unlinkTime === null;
      if (isOpen && master.poolState !== 'OPEN') {
        await openPool(master);
        continue;
      }
      await settleAccounts(master, isOpen);
      const settled = { masterId, version: master.standingVersion };
      if (await withTransaction(db, (tx) => markSettled(tx, settled))) return;
    }
    const text = 'Others changed the standing of the master all the time. Retry.';
    throw new DomainError('TRANSACTION_CONTENTION', text, { retryAfterMs: 100 });
  }

  /** Only as long as nothing happened to the pool since it was read: every act on the master changes it. */
  async function openPool({ poolAccountId, poolVersion }: MasterState): Promise<void> {
    const only = { from: ['FROZEN'] as const, version: poolVersion };
    const changes: AccountChange[] = [{ account: poolAccountId, state: 'OPEN', only }];
    await submitStanding(deps, { kind: 'UNFREEZE', pool: poolAccountId, changes });
  }

  async function settleAccounts(master: MasterState, isOpen: boolean): Promise<void> {
    const { id: masterId, poolAccountId: pool } = master;
    const [from, state] = isOpen ? (['FROZEN', 'OPEN'] as const) : (['OPEN', 'FROZEN'] as const);
    // Asked again under the lock: the act that came last counts, also when an earlier one still writes.
    const states = isOpen ? (['OPEN'] as const) : (['FROZEN', 'LEAVING'] as const);
    const only = { from: [from], while: { account: pool, states } };
    for (let after = 0n; ; ) {
      const query = { masterId, state: from, after, limit: pageSize };
      const accounts = await read(db, (reader) => listAccountsInState(reader, query));
      if (accounts.length === 0) return;
      const { refusal } = await submitStanding(deps, {
        kind: isOpen ? 'UNFREEZE' : 'FREEZE',
        pool,
        changes: accounts.map((account) => ({ account, state, only })),
        stopTime: stopTimeOf(master),
      });
      // One of them was closed since it was listed: it is not listed again.
      if (!refusal) after = accounts.at(-1) ?? after;
    }
  }

  return settle;
}

/** Since when a master's users are frozen; null when they are not. */
export function stopTimeOf({ frozenTime, unlinkTime }: MasterState): number | null {
  if (frozenTime === null || unlinkTime === null) return frozenTime ?? unlinkTime;
  return Math.min(frozenTime, unlinkTime);
}
