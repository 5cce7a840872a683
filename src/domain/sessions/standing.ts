import type { Session } from '../../model/session.js';
import { extendSessionToken } from '../../storage/session-tokens.js';
import { updateSession } from '../../storage/sessions.js';
import type { Tx } from '../../storage/transaction.js';
import { lockWorkers, updateWorker } from '../../storage/workers.js';
import type { DomainSettings } from '../settings.js';
import { withCounts } from './placement.js';

/** How long sessions live. */
export type SessionTimes = Pick<DomainSettings, 'sessionTokenMs' | 'anonymousSessionMs'>;

/**
 * Notes that a master was acquired or released on a session that the transaction has locked. With a master it lives as long
 * as any; without, no longer than an anonymous one.
 */
export async function changeStanding(
  tx: Tx,
  session: Session,
  change: { readonly anonymous: boolean; readonly now: number; readonly times: SessionTimes },
): Promise<void> {
  const { anonymous, now, times } = change;
  if (session.anonymous === anonymous) return;
  const expireTime = anonymous
    ? Math.min(session.expireTime, now + times.anonymousSessionMs)
    : now + times.sessionTokenMs;
  await updateSession(tx, session.id, { anonymous, expireTime, updateTime: now });
  if (session.sessionTokenId !== null) {
    await extendSessionToken(tx, session.sessionTokenId, { expireTime, updateTime: now });
  }
  // Watchers are not told: how many of its sessions are anonymous is not part of a worker as they see it.
  const [worker] = session.workerId === null ? [] : await lockWorkers(tx, [session.workerId]);
  if (!worker) return;
  const counts = withCounts(worker, { sessions: 0, anonymous: anonymous ? 1 : -1 }, now);
  await updateWorker(tx, { ...counts, updateTime: worker.updateTime });
}
