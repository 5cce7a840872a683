import type { UserCaller } from '../../model/caller.js';
import type { Clock } from '../../model/clock.js';
import { DomainError } from '../../model/errors.js';
import { countClocks, findClock, listClocks, setActiveClock } from '../../storage/clocks.js';
import { type Tx, withTransaction } from '../../storage/transaction.js';
import { lockWallet, ownsWallet } from '../../storage/wallets.js';
import { cutList, type ListPage, type ListRows } from '../list-page.js';
import { notFound } from '../not-found.js';
import { lockUser } from '../wallets/lock-user.js';
import { type OpeningDeps, openActiveWallet } from '../wallets/openings.js';
import { CLOCK_IDS, CLOCK_REFERENCE, openClock } from './open-clock.js';

/** A page of clocks, and whose they are: the wallet stays the same over all pages. */
export type ClockRows = ListRows<Clock> & { readonly ownerId: bigint };

/** The clocks of a user. */
export type ClockUpkeep = {
  /**
   * Opens a further clock of the wallet named, or of the active one, which is opened when there is none. Its rate is that of today. The
   * wallet's active clock stays, unless there was none.
   *
   * @throws WALLET_NOT_FOUND, CLOCK_LIMIT_REACHED, MASTER_FROZEN, MASTER_PENDING_REMOVAL, ACCOUNT_PENDING_REMOVAL
   */
  create(
    caller: UserCaller,
    input: { readonly walletId: bigint | null; readonly reference: string },
  ): Promise<Clock>;
  /** Those of the wallet named, or of the active one, newest first. @throws WALLET_NOT_FOUND */
  list(caller: UserCaller, walletId: bigint | null, page: ListPage): Promise<ClockRows>;
  /** Makes it the active clock of its wallet. Nothing changes when it is. @throws CLOCK_NOT_FOUND */
  switchTo(caller: UserCaller, clockId: bigint): Promise<Clock>;
};

/** What it stands on. */
export type ClockUpkeepDeps = OpeningDeps & {
  readonly settings: { readonly clocksPerAccount: number };
};

/** Creates the use cases. */
export function createClockUpkeep(deps: ClockUpkeepDeps): ClockUpkeep {
  const { db, time, settings } = deps;
  return {
    async create(caller, { walletId: named, reference }) {
      const { user, master } = caller;
      const walletId =
        named ??
        user.activeWalletId ??
        (await openActiveWallet(deps, { userId: user.id, masterId: master.id })).walletId;
      const [id = 0n, timeSheetId = 0n, conversionSheetId = 0n] = await deps.ids.take(CLOCK_IDS);
      return withTransaction(db, async (tx) => {
        const { id: userId, masterId } = await lockUser(tx, caller);
        const wallet = await lockWallet(tx, walletId);
        if (wallet?.userId !== userId) throw notFound('wallet', walletId);
        const limit = settings.clocksPerAccount;
        if ((await countClocks(tx, userId)) >= limit) throw limitReached(limit);
        const createTime = time.now();
        const { clockMsPerCredit: msPerCredit } = settings;
        const owner = { userId, masterId, walletId, msPerCredit, createTime };
        const name = reference || CLOCK_REFERENCE;
        await openClock(tx, { ...owner, id, timeSheetId, conversionSheetId, reference: name });
        if (wallet.activeClockId === null) {
          await setActiveClock(tx, { walletId, clockId: id, now: createTime });
        }
        return getClock(tx, userId, id);
      });
    },
    async list({ user }, named, { size, before }) {
      const walletId = named ?? user.activeWalletId;
      const owned =
        walletId !== null && (await ownsWallet(db.knex, { id: walletId, userId: user.id }));
      if (!owned) throw notFound('wallet', walletId);
      const rows = await listClocks(db.knex, { walletId, before, limit: size + 1 });
      return { ...cutList(rows, size), ownerId: walletId };
    },
    async switchTo({ user }, clockId) {
      const { walletId } = await getClock(db.knex, user.id, clockId);
      return withTransaction(db, async (tx) => {
        const wallet = await lockWallet(tx, walletId);
        const clock = wallet && (await getClock(tx, user.id, clockId));
        if (!clock) throw notFound('clock', clockId);
        if (wallet.activeClockId !== clockId) {
          await setActiveClock(tx, { walletId, clockId, now: time.now() });
        }
        return clock;
      });
    },
  };
}

/** A clock of the user that is not unlinked. @throws CLOCK_NOT_FOUND */
async function getClock(
  reader: Tx | OpeningDeps['db']['knex'],
  userId: bigint,
  id: bigint,
): Promise<Clock> {
  const clock = await findClock(reader, id);
  if (clock?.userId === userId && clock.unlinkTime === null) return clock;
  throw notFound('clock', id);
}

function limitReached(limit: number): DomainError {
  return new DomainError('CLOCK_LIMIT_REACHED', 'The account has as many clocks as it may have.', {
    metadata: { limit: String(limit) },
  });
}
