import { setActiveClock } from '../../storage/clocks.js';
import { withTransaction } from '../../storage/transaction.js';
import { lockWallet } from '../../storage/wallets.js';
import { notFound } from '../not-found.js';
import type { OpeningDeps } from '../wallets/openings.js';
import { CLOCK_IDS, CLOCK_REFERENCE, openClock } from './open-clock.js';

/**
 * The active clock of a wallet, which is opened when the last one was unlinked.
 *
 * @throws WALLET_NOT_FOUND when the wallet is unlinked
 */
export async function openActiveClock(
  { db, time, ids, settings }: OpeningDeps,
  walletId: bigint,
): Promise<bigint> {
  const [id = 0n, timeSheetId = 0n, conversionSheetId = 0n] = await ids.take(CLOCK_IDS);
  return withTransaction(db, async (tx) => {
    const wallet = await lockWallet(tx, walletId);
    if (!wallet) throw notFound('wallet', walletId);
    if (wallet.activeClockId !== null) return wallet.activeClockId;
    const createTime = time.now();
    const { userId, masterId } = wallet;
    await openClock(tx, {
      id,
      timeSheetId,
      conversionSheetId,
      userId,
      masterId,
      walletId,
      reference: CLOCK_REFERENCE,
      msPerCredit: settings.clockMsPerCredit,
      createTime,
    });
    await setActiveClock(tx, { walletId, clockId: id, now: createTime });
    return id;
  });
}
