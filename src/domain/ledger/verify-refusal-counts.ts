import { type AccountRead, findAccountsById } from '../../storage/ledger-verify-accounts.js';
import type { VerifyRun } from './verify-run.js';

/**
 * Counts the refused operations of each account and compares them with the account's own count. The accounts are read first, the
 * operations later: one may have refused more by then, never less.
 *
 * Memory grows with the number of accounts that ever refused, about 200 bytes each: operations have no index by refusing account.
 */
export type RefusalTally = {
  /** An account as it was read, and the time of its last entry or change. With `since`, only refusals after that are counted. */
  take(account: AccountRead, lastItemTime: number, since?: RefusalsSince): void;
  /** A refused operation that names the account. */
  count(account: bigint, createTime: number): void;
  /** Compares, after all accounts were taken and all operations counted. */
  compare(run: VerifyRun): Promise<void>;
};

/**
 * A moment of an account up to which its refusals were counted by another run, but for those of the moment's own millisecond, which
 * are counted again.
 */
export type RefusalsSince = { readonly refusals: bigint; readonly refusalsThen: bigint };

type Tallied = {
  /** As the account was read; zero for one that had refused nothing or was opened later. */
  readonly refusals: bigint;
  readonly updateTime: number | undefined;
  readonly lastItemTime: number;
  /** Refusals that are not counted. */
  readonly before: bigint;
  found: bigint;
  lastTime: number;
  /** Whether a refusal is of the account's update time. */
  timed: boolean;
};

/** Begins to count. */
export function createRefusalTally(run: Pick<VerifyRun, 'report' | 'pageSize'>): RefusalTally {
  const tallies = new Map<bigint, Tallied>();

  return {
    take({ id, refusals, updateTime }, lastItemTime, since) {
      if (since || refusals !== 0n) {
        const before = since ? since.refusals - since.refusalsThen : 0n;
        const none = { found: 0n, lastTime: 0, timed: false };
        tallies.set(id, { refusals: refusals - before, before, updateTime, lastItemTime, ...none });
      } else if (updateTime !== lastItemTime) {
        const text = `Updated at ${updateTime}; its last entry or change is of ${lastItemTime}.`;
        run.report('UPDATE_TIME_DIFFERS', { account: id }, text);
      }
    },
    count(account, createTime) {
      const tallied = tallies.get(account) ?? unseen();
      tallied.found += 1n;
      tallied.lastTime = Math.max(tallied.lastTime, createTime);
      tallied.timed ||= createTime === tallied.updateTime;
      tallies.set(account, tallied);
    },
    async compare({ db, report, afterPage }) {
      const uneven: [bigint, Tallied][] = [];
      for (const [id, tallied] of tallies) {
        checkTime(id, tallied, run);
        if (tallied.found !== tallied.refusals) uneven.push([id, tallied]);
      }
      for (let start = 0; start < uneven.length; start += run.pageSize) {
        const page = uneven.slice(start, start + run.pageSize);
        const now = await findAccountsById(
          db.knex,
          page.map(([id]) => id),
        );
        for (const [id, { refusals, found, before }] of page) {
          const counted = now.get(id)?.refusals;
          // An account that is not there is told of with the operation that names it.
          if (counted === undefined) continue;
          if (found >= refusals && found <= counted - before) continue;
          const text = `The account counts ${refusals} refusals; ${found} operations name it.`;
          report('REFUSALS_DIFFER', { account: id }, text);
        }
        await afterPage();
      }
    },
  };
}

function unseen(): Tallied {
  const found = { found: 0n, lastTime: 0, timed: false };
  return { refusals: 0n, before: 0n, updateTime: undefined, lastItemTime: 0, ...found };
}

/** The update time is that of the last item or refusal. Refusals after the account was read do not count. */
function checkTime(id: bigint, tallied: Tallied, { report }: Pick<VerifyRun, 'report'>): void {
  const { updateTime, lastItemTime, timed, lastTime, found, refusals } = tallied;
  if (updateTime === undefined) return;
  const exact = found === refusals;
  const fits = exact
    ? updateTime === Math.max(lastItemTime, lastTime)
    : updateTime === lastItemTime || (timed && updateTime > lastItemTime);
  if (fits) return;
  const text = `Updated at ${updateTime}; nothing that happened to it last is of that time.`;
  report('UPDATE_TIME_DIFFERS', { account: id }, text);
}
