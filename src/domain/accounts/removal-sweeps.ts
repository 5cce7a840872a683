import type { Time } from '../../lib/time.js';
import { type CleanupReport, reportOf } from '../../model/cleaner.js';
import { DomainError } from '../../model/errors.js';
import type { Database } from '../../storage/database.js';
import { type DueKey, listDue } from '../../storage/removals.js';
import { findMasterState, findUserState } from '../../storage/standing.js';
import { read } from '../../storage/transaction.js';
import { notFound } from '../not-found.js';
import type { MasterStandings } from './master-standing.js';
import type { Removals, RemovedOwner } from './removals.js';
import { forcedRemovalDisabled } from './unlinking.js';

/** Removes users and masters whose time to recover is over. */
export type RemovalSweeps = {
  /** Removes every user whose time is over. Before, it lets the accounts of masters follow whose act was cut off. */
  sweepAccounts(): AsyncGenerator<CleanupReport>;
  /** Removes every master whose time is over, after its users. */
  sweepMasters(): AsyncGenerator<CleanupReport>;
  /**
   * Removes one user. `force` where its time is not over.
   *
   * @throws ACCOUNT_NOT_FOUND, REMOVAL_NOT_DUE, FORCED_REMOVAL_DISABLED
   */
  removeAccount(id: bigint, force: boolean): Promise<CleanupReport>;
  /** As {@link RemovalSweeps.removeAccount}. @throws MASTER_NOT_FOUND too */
  removeMaster(id: bigint, force: boolean): Promise<CleanupReport>;
};

/** What it stands on. */
export type RemovalSweepDeps = {
  readonly db: Database;
  readonly time: Time;
  readonly masterStandings: MasterStandings;
  readonly removals: Removals;
  readonly settings: {
    readonly cleanerBatchSize: number;
    readonly removalDelayMs: number;
    readonly forcedRemoval: boolean;
  };
};

/** Creates the use cases. */
export function createRemovalSweeps(deps: RemovalSweepDeps): RemovalSweeps {
  const { db, time, masterStandings, removals, settings } = deps;

  /** What becomes due while the sweep runs is left to the next one: it comes to an end. */
  async function* eachDue(table: 'users' | 'masters'): AsyncGenerator<bigint> {
    const until = time.now() - settings.removalDelayMs;
    const limit = settings.cleanerBatchSize;
    for (let after: DueKey | null = null; ; ) {
      const query = { until, after, limit };
      const found: DueKey[] = await read(db, (reader) => listDue(reader, table, query));
      for (const { id } of found) yield id;
      if (found.length < limit) return;
      after = found.at(-1) ?? null;
    }
  }

  function checkDue(unlinkTime: number | null, force: boolean): void {
    const dueTime = unlinkTime === null ? null : unlinkTime + settings.removalDelayMs;
    if (dueTime !== null && dueTime <= time.now()) return;
    if (dueTime === null || !force) throw removalNotDue(dueTime);
    if (!settings.forcedRemoval) throw forcedRemovalDisabled();
  }

  return {
    async *sweepAccounts() {
      for await (const _ of masterStandings.settleAll()) yield reportOf({});
      for await (const id of eachDue('users')) {
        yield reportOf({ accounts: (await removals.removeUser(id)) ? [id] : [] });
      }
    },
    async *sweepMasters() {
      for await (const id of eachDue('masters')) {
        for await (const removed of removals.removeMaster(id)) yield reportRemoved(removed);
      }
    },
    async removeAccount(id, force) {
      const user = await read(db, (reader) => findUserState(reader, id));
      if (!user) throw notFound('account', id);
      checkDue(user.unlinkTime, force);
      return reportOf({ accounts: (await removals.removeUser(id)) ? [id] : [] });
    },
    async removeMaster(id, force) {
      const master = await read(db, (reader) => findMasterState(reader, id));
      // Nothing is left to do for one that is blank; one whose removal was cut off is still marked.
      if (!master || (master.removeTime !== null && master.unlinkTime === null)) {
        throw notFound('master', id);
      }
      checkDue(master.unlinkTime, force);
      const removed: RemovedOwner[] = [];
      for await (const owner of removals.removeMaster(id)) removed.push(owner);
      return reportOf({
        accounts: removed.filter(({ kind }) => kind === 'user').map((owner) => owner.id),
        masters: removed.filter(({ kind }) => kind === 'master').map((owner) => owner.id),
      });
    },
  };
}

function reportRemoved({ kind, id }: RemovedOwner): CleanupReport {
  return reportOf(kind === 'user' ? { accounts: [id] } : { masters: [id] });
}

function removalNotDue(dueTime: number | null): DomainError {
  return dueTime === null
    ? new DomainError('REMOVAL_NOT_DUE', 'It is not marked for removal.')
    : new DomainError('REMOVAL_NOT_DUE', 'It can still be recovered.', {
        metadata: { due_time: new Date(dueTime).toISOString() },
      });
}
