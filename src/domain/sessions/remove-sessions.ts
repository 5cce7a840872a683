import type { Session } from '../../model/session.js';
import { type WorkerChange, withSessions } from '../../model/worker.js';
import { lockClientTokens, unlinkSessions } from '../../storage/client-tokens.js';
import { endSessionTokens } from '../../storage/session-tokens.js';
import { deleteSessions, listClientTokenIds, lockSessions } from '../../storage/sessions.js';
import type { Tx } from '../../storage/transaction.js';
import { lockWorkers, updateWorker } from '../../storage/workers.js';

/** Locks sessions with their client tokens, in the order of locks. Sessions that are gone are left out. */
export async function lockSessionsToRemove(tx: Tx, ids: readonly bigint[]): Promise<Session[]> {
  await lockClientTokens(tx, await listClientTokenIds(tx, ids));
  return lockSessions(tx, ids);
}

/**
 * Removes sessions that the transaction has locked with their client tokens: their logins go, their session tokens end,
 * their client tokens have no session any more, and their workers have room. Every way to lose a session ends here.
 *
 * @returns what became of the workers, for `appendWorkerChanges`, which must be the last statement.
 */
export async function removeSessions(
  tx: Tx,
  sessions: readonly Session[],
  now: number,
): Promise<WorkerChange[]> {
  if (sessions.length === 0) return [];
  await deleteSessions(
    tx,
    sessions.map(({ id }) => id),
  );
  await endSessionTokens(tx, present(sessions.map(({ sessionTokenId }) => sessionTokenId)), now);
  await unlinkSessions(tx, present(sessions.map(({ clientTokenId }) => clientTokenId)), now);
  const workerIds = new Set(present(sessions.map(({ workerId }) => workerId)));
  const changes: WorkerChange[] = [];
  for (const worker of await lockWorkers(tx, [...workerIds])) {
    const gone = sessions.filter(({ workerId }) => workerId === worker.id);
    const anonymousGone = gone.filter(({ anonymous }) => anonymous).length;
    const changed = {
      ...withSessions(worker, -gone.length, now),
      anonymousCount: worker.anonymousCount - anonymousGone,
    };
    await updateWorker(tx, changed);
    changes.push({ worker: changed });
  }
  return changes;
}

function present(ids: readonly (bigint | null)[]): bigint[] {
  return ids.filter((id) => id !== null);
}
