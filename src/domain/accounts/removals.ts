import type { AccountChange, Drain, Unit } from '../../model/ledger.js';
import { systemAccountId } from '../../model/system-accounts.js';
import { listUserIds } from '../../storage/removals.js';
import { findMasterState, listOwnAccounts, type MasterState } from '../../storage/standing.js';
import { read } from '../../storage/transaction.js';
import { type ErasureDeps, eraseMaster, eraseUser } from './erasure.js';
import { type StandingDeps, submitStanding } from './standing-operations.js';
import { findStanding, leaveLate, type UserStandings } from './user-standing.js';

/** What removals stand on. */
export type RemovalDeps = StandingDeps &
  ErasureDeps & {
    readonly userStandings: UserStandings;
  };

/** Who was removed, by id. */
export type RemovedOwner =
  | { readonly kind: 'user'; readonly id: bigint }
  | { readonly kind: 'master'; readonly id: bigint };

/**
 * The removal of users and masters that are marked for it, whether or not their time is over. First the ledger: what is left on their
 * accounts goes, and the accounts are closed, in one operation, which is refused for who was recovered meanwhile. Then what tells who they
 * were is erased. What a crash cuts off goes on when it is called again.
 */
export type Removals = {
  /** True when the user is gone by this call; false when it was, or is not marked for removal any more. */
  removeUser(userId: bigint): Promise<boolean>;
  /** Removes a master after all its users. Yields each as it goes. Ends early when the master is not marked any more. */
  removeMaster(masterId: bigint): AsyncGenerator<RemovedOwner>;
};

const USERS_AT_ONCE = 100;

/** Creates the use cases. */
export function createRemovals(deps: RemovalDeps): Removals {
  const { db, userStandings, instanceNumber } = deps;

  function getMaster(id: bigint): Promise<MasterState | undefined> {
    return read(db, (reader) => findMasterState(reader, id));
  }

  async function removeUser(userId: bigint): Promise<boolean> {
    const found = await findStanding(db, userId);
    if (!found || found.user.unlinkTime === null) return false;
    const { user, master } = found;
    await leaveLate(deps, found);
    const accounts = await read(db, (reader) => listOwnAccounts(reader, userId));
    const ids = accounts.map(({ id }) => id);
    if (user.removeTime === null) {
      const open = accounts.filter(({ state }) => state !== 'CLOSED');
      const { refusal } = await submitStanding(deps, {
        kind: 'REMOVE',
        pool: master.poolAccountId,
        drains: open.map(({ id, unit }) => ({
          account: id,
          into: unclaimedOf(master, unit),
          unit,
        })),
        changes: open.map(({ id }): AccountChange => ({ account: id, state: 'CLOSED' })),
        standing: { of: 'USER', id: userId },
      });
      // Recovered meanwhile, or removed by somebody else.
      if (refusal) return false;
    }
    return eraseUser(deps, user, ids);
  }

  async function* removeUsers(masterId: bigint): AsyncGenerator<RemovedOwner> {
    for (let after = 0n; ; ) {
      const query = { masterId, after, limit: USERS_AT_ONCE };
      const ids = await read(db, (reader) => listUserIds(reader, query));
      for (const id of ids) {
        if ((await getMaster(masterId))?.unlinkTime == null) return;
        await userStandings.unlink(id);
        if (await removeUser(id)) yield { kind: 'user', id };
      }
      if (ids.length < USERS_AT_ONCE) return;
      after = ids.at(-1) ?? after;
    }
  }

  /** What is left to it, or a debt of it, is written off. Time that nobody claims counts as used. */
  async function closeAccounts(master: MasterState): Promise<boolean> {
    const { poolAccountId: pool, unclaimedCreditAccountId, unclaimedTimeAccountId } = master;
    const unclaimed = [unclaimedCreditAccountId, unclaimedTimeAccountId];
    const only = { while: { account: pool, states: ['LEAVING'] as const } };
    const leaving = unclaimed.map(
      (account): AccountChange => ({ account, state: 'LEAVING', only }),
    );
    await submitStanding(deps, { kind: 'UNLINK', pool, changes: leaving });
    const writeOff = systemAccountId('WRITE_OFF_CREDIT', instanceNumber);
    const usage = systemAccountId('USAGE_MILLISECOND', instanceNumber);
    const drains: Drain[] = [
      { account: pool, into: writeOff, unit: 'CREDIT' },
      { account: unclaimedCreditAccountId, into: writeOff, unit: 'CREDIT' },
      { account: unclaimedTimeAccountId, into: usage, unit: 'MILLISECOND' },
    ];
    const { refusal } = await submitStanding(deps, {
      kind: 'REMOVE',
      pool,
      drains,
      changes: drains.map(({ account }): AccountChange => ({ account, state: 'CLOSED' })),
      standing: { of: 'MASTER', id: master.id },
    });
    return refusal === null;
  }

  return {
    removeUser,
    async *removeMaster(masterId) {
      yield* removeUsers(masterId);
      const master = await getMaster(masterId);
      if (!master || master.unlinkTime === null) return;
      if (master.removeTime === null && !(await closeAccounts(master))) return;
      if (await eraseMaster(deps, master)) yield { kind: 'master', id: masterId };
    },
  };
}

function unclaimedOf(master: MasterState, unit: Unit): bigint {
  return unit === 'CREDIT' ? master.unclaimedCreditAccountId : master.unclaimedTimeAccountId;
}
