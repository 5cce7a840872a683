import type { SessionCaller } from '../../model/caller.js';
import type { ClientToken, Session } from '../../model/session.js';
import { lockClientToken } from '../../storage/client-tokens.js';
import { deleteSessionUsers, lockSession, updateSession } from '../../storage/sessions.js';
import type { Tx } from '../../storage/transaction.js';
import { clientTokenInvalid, sessionTokenInvalid } from './refusals.js';

/**
 * Locks the caller's client token and session, in this order, and proves that they are still what was authenticated:
 * the session's token may have been replaced meanwhile, and what its holder began must not reach the new one's session.
 *
 * @throws CLIENT_TOKEN_INVALID, SESSION_TOKEN_INVALID
 */
export async function lockOpenSession(
  tx: Tx,
  caller: SessionCaller,
): Promise<{ clientToken: ClientToken; session: Session }> {
  const clientToken = await lockClientToken(tx, caller.clientToken.id);
  if (!clientToken) throw clientTokenInvalid();
  const session = await lockSession(tx, caller.session.id);
  if (session?.sessionTokenId !== caller.session.tokenId) throw sessionTokenInvalid();
  return { clientToken, session };
}

/** Logs everybody out of a session that the transaction has locked. */
export async function logOutEverybody(tx: Tx, sessionId: bigint, now: number): Promise<void> {
  await deleteSessionUsers(tx, sessionId);
  await updateSession(tx, sessionId, { activeUserId: null, activeMasterId: null, updateTime: now });
}
