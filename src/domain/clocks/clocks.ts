import type { UserCaller } from '../../model/caller.js';
import type { Clock } from '../../model/clock.js';
import { findActiveClock, findClock } from '../../storage/clocks.js';
import type { Database } from '../../storage/database.js';
import { notFound } from '../not-found.js';

/** Clocks as their owners see them. */
export type Clocks = {
  /**
   * The clock named, or the active clock of the active wallet.
   *
   * @throws CLOCK_NOT_FOUND also for somebody else's, and for a closed one
   */
  getClock(caller: UserCaller, clockId: bigint | null): Promise<Clock>;
};

/** Creates the use cases over a database. */
export function createClocks({ db }: { db: Database }): Clocks {
  return {
    async getClock(caller, clockId) {
      const clock = await find(db, caller, clockId);
      if (clock?.userId === caller.user.id && clock.unlinkTime === null) return clock;
      throw notFound('clock', clockId);
    },
  };
}

function find(db: Database, { user }: UserCaller, id: bigint | null): Promise<Clock | undefined> {
  if (id !== null) return findClock(db.knex, id);
  const { activeWalletId } = user;
  return activeWalletId === null
    ? Promise.resolve(undefined)
    : findActiveClock(db.knex, activeWalletId);
}

/**
 * Up to when a caller's clocks go: now, or when it was frozen or marked for removal. Their timers stopped then, also those that have not
 * been settled yet.
 */
export function observeTime({ user, master }: UserCaller, now: number): number {
  const ends = [master.frozenTime, master.unlinkTime, user.unlinkTime];
  return Math.min(now, ...ends.filter((time) => time !== null));
}
