import type { AuditEvent } from '../../model/audit.js';
import { DomainError } from '../../model/errors.js';
import type { AccountChange } from '../../model/ledger.js';
import type { Database } from '../../storage/database.js';
import {
  findMasterState,
  findUserState,
  listOwnAccounts,
  type MasterState,
  type UserState,
} from '../../storage/standing.js';
import { read } from '../../storage/transaction.js';
import { notFound } from '../not-found.js';
import { type StandingDeps, submitStanding } from './standing-operations.js';

/** How often an act is tried while the user closes accounts of its own. */
const MAX_ATTEMPTS = 10;

/** What the standing of users stands on. */
export type UserStandingDeps = StandingDeps & { readonly db: Database };

/** The standing of users: whether they are marked for removal. An act sets the user's row and all its accounts in one operation, and records `audit` with it. */
export type UserStandings = {
  /** Marks a user for removal. Nothing changes when it is. @throws ACCOUNT_NOT_FOUND, and what the committer throws */
  unlink(userId: bigint, audit?: AuditEvent): Promise<void>;
  /** Undoes it, until the user is removed. @throws ACCOUNT_NOT_FOUND, and what the committer throws */
  recover(userId: bigint, audit?: AuditEvent): Promise<void>;
};

/** A user with its master, as they are now. Undefined when the user, or its accounts, are gone. */
export async function findStanding(
  db: Database,
  userId: bigint,
): Promise<{ user: UserState; master: MasterState } | undefined> {
  const user = await read(db, (reader) => findUserState(reader, userId));
  const master = user && (await read(db, (reader) => findMasterState(reader, user.masterId)));
  return user && master && { user, master };
}

/**
 * Lets accounts leave that were made while their user was being marked for removal: as long as another one of the user's is leaving,
 * which says that the user is.
 */
export async function leaveLate(
  deps: UserStandingDeps,
  { user, master }: { readonly user: UserState; readonly master: MasterState },
): Promise<void> {
  const accounts = await read(deps.db, (reader) => listOwnAccounts(reader, user.id));
  const witness = accounts.find(({ state }) => state === 'LEAVING');
  const late = accounts.filter(({ state }) => state === 'OPEN' || state === 'FROZEN');
  if (!witness || late.length === 0) return;
  const only = { while: { account: witness.id, states: ['LEAVING'] as const } };
  const changes = late.map(({ id }): AccountChange => ({ account: id, state: 'LEAVING', only }));
  await submitStanding(deps, { kind: 'UNLINK', pool: master.poolAccountId, changes });
}

/** Creates the use cases. */
export function createUserStandings(deps: UserStandingDeps): UserStandings {
  const { db } = deps;

  async function act(
    kind: 'UNLINK' | 'RECOVER',
    userId: bigint,
    audit: AuditEvent | undefined,
    changesOf: (account: bigint, pool: bigint) => AccountChange[],
  ): Promise<void> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      if (await tryAct(kind, userId, audit, changesOf)) return;
    }
    const text = 'The user closed accounts of its own all the time. Retry.';
    throw new DomainError('TRANSACTION_CONTENTION', text, { retryAfterMs: 100 });
  }

  /** False when an account was closed in between: by the user itself, or because it was removed, which is seen next time. */
  async function tryAct(
    kind: 'UNLINK' | 'RECOVER',
    userId: bigint,
    audit: AuditEvent | undefined,
    changesOf: (account: bigint, pool: bigint) => AccountChange[],
  ): Promise<boolean> {
    // The accounts first: those that a removal closed in between are among the changes, or the user is seen as removed.
    const accounts = await read(db, (reader) => listOwnAccounts(reader, userId));
    const found = await findStanding(db, userId);
    if (!found) throw notFound('account', userId);
    const { user, master } = found;
    if ((user.unlinkTime !== null) === (kind === 'UNLINK')) return true;
    if (user.removeTime !== null) throw notFound('account', userId);
    const pool = master.poolAccountId;
    const { refusal } = await submitStanding(deps, {
      kind,
      pool,
      changes: accounts.flatMap(({ id, state }) => (state === 'CLOSED' ? [] : changesOf(id, pool))),
      standing: { of: 'USER', id: userId },
      audit,
    });
    if (refusal) return false;
    if (kind === 'UNLINK') await leaveLate(deps, found);
    return true;
  }

  return {
    unlink: (userId, audit) =>
      act('UNLINK', userId, audit, (account) => [{ account, state: 'LEAVING' }]),
    recover: (userId, audit) =>
      act('RECOVER', userId, audit, (account, pool) => [
        // Under a master that is frozen or pending removal its accounts go back to what theirs are.
        {
          account,
          state: 'OPEN',
          only: { from: ['LEAVING'], while: { account: pool, states: ['OPEN'] } },
        },
        { account, state: 'FROZEN', only: { from: ['LEAVING'] } },
      ]),
  };
}
