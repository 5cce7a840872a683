import type { Time } from '../../lib/time.js';
import { type Account, accountState } from '../../model/account.js';
import { asMaster, asUser, type Caller, type UserCaller } from '../../model/caller.js';
import { DomainError } from '../../model/errors.js';
import type { Master } from '../../model/master.js';
import type { Database } from '../../storage/database.js';
import { findMaster } from '../../storage/masters.js';
import { read } from '../../storage/transaction.js';
import { findUser } from '../../storage/users.js';
import type { Audit } from '../audit/audit.js';
import { notFound } from '../not-found.js';
import type { MasterStandings } from './master-standing.js';
import type { Removals } from './removals.js';
import type { UserStandings } from './user-standing.js';

/** The order of removal: marked, recoverable for a while, and then removed by the cleaner. */
export type Unlinking = {
  /**
   * Marks the caller's account for removal; `force` removes it at once. Null when it is gone.
   *
   * @throws FORCED_REMOVAL_DISABLED, ACCOUNT_NOT_FOUND, and what the committer throws
   */
  unlinkAccount(caller: Caller, input: { readonly force: boolean }): Promise<Account | null>;
  /** Undoes it, as long as the account is there. @throws ACCOUNT_NOT_FOUND, and what the committer throws */
  recoverAccount(caller: Caller): Promise<Account>;
  /** As {@link Unlinking.unlinkAccount}, for the calling master with all its users. @throws MASTER_NOT_FOUND too */
  unlinkMaster(caller: Caller, input: { readonly force: boolean }): Promise<Master | null>;
  /** As {@link Unlinking.recoverAccount}. @throws MASTER_NOT_FOUND too */
  recoverMaster(caller: Caller): Promise<Master>;
};

/** What it stands on. */
export type UnlinkingDeps = {
  readonly db: Database;
  readonly time: Time;
  readonly audit: Audit;
  readonly userStandings: UserStandings;
  readonly masterStandings: MasterStandings;
  readonly removals: Removals;
  readonly settings: { readonly forcedRemoval: boolean };
};

/** Creates the use cases. */
export function createUnlinking(deps: UnlinkingDeps): Unlinking {
  const { db, audit, userStandings, masterStandings, removals } = deps;

  function allow(force: boolean): void {
    if (force && !deps.settings.forcedRemoval) throw forcedRemovalDisabled();
  }

  return {
    async unlinkAccount(caller, { force }) {
      allow(force);
      const acting = asUser(caller);
      const event = await audit.prepare(caller, { kind: 'ACCOUNT_UNLINKED' });
      await userStandings.unlink(acting.user.id, event);
      if (force) await removals.removeUser(acting.user.id);
      return findAccount(db, acting);
    },
    async recoverAccount(caller) {
      const acting = asUser(caller);
      const event = await audit.prepare(caller, { kind: 'ACCOUNT_RECOVERED' });
      await userStandings.recover(acting.user.id, event);
      const account = await findAccount(db, acting);
      if (!account) throw notFound('account', acting.user.id);
      return account;
    },
    async unlinkMaster(caller, { force }) {
      allow(force);
      const { id } = asMaster(caller).master;
      const event = await audit.prepare(caller, { kind: 'MASTER_UNLINKED', userId: null });
      await masterStandings.unlink(id, event);
      if (force) for await (const _ of removals.removeMaster(id));
      return (await read(db, (reader) => findMaster(reader, id))) ?? null;
    },
    async recoverMaster(caller) {
      const { id, unlinkTime } = asMaster(caller).master;
      if (unlinkTime !== null) {
        const event = await audit.prepare(caller, { kind: 'MASTER_RECOVERED', userId: null });
        await masterStandings.recover(id, event);
      }
      const master = await read(db, (reader) => findMaster(reader, id));
      if (!master) throw notFound('master', id);
      return master;
    },
  };
}

/** The server does not remove anybody before the time to recover is over. */
export function forcedRemovalDisabled(): DomainError {
  return new DomainError(
    'FORCED_REMOVAL_DISABLED',
    'This server removes nobody before the time to recover is over.',
  );
}

async function findAccount(db: Database, { user, master }: UserCaller): Promise<Account | null> {
  const found = await read(db, (reader) => findUser(reader, { id: user.id, masterId: master.id }));
  return found ? { ...found, state: accountState(found, master) } : null;
}
