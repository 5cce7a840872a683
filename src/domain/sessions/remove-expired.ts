import { type CleanupReport, reportOf } from '../../model/cleaner.js';
import { deleteClientTokens, lockClientTokens } from '../../storage/client-tokens.js';
import {
  deleteSessionTokens,
  listSessionTokenIdsOfClients,
  listSessionTokens,
} from '../../storage/session-tokens.js';
import { lockSessions } from '../../storage/sessions.js';
import type { Tx } from '../../storage/transaction.js';
import { appendWorkerChanges } from '../../storage/worker-changes.js';
import { lockSessionsToRemove, removeSessions } from './remove-sessions.js';

/** Which of the things found are to go, asked again when they are locked. */
export type Removal = {
  readonly ids: readonly bigint[];
  readonly isOver: (thing: { readonly expireTime: number }) => boolean;
  readonly now: number;
};

/** Removes sessions. Their session tokens end; their client tokens stay. */
export async function removeSessionsById(tx: Tx, removal: Removal): Promise<CleanupReport> {
  const sessions = (await lockSessionsToRemove(tx, removal.ids)).filter(removal.isOver);
  await appendWorkerChanges(tx, await removeSessions(tx, sessions, removal.now));
  return reportOf({ sessions: idsOf(sessions) });
}

/** Removes client tokens, each with its session and every session token that it ever had. */
export async function removeClientTokens(tx: Tx, removal: Removal): Promise<CleanupReport> {
  const tokens = (await lockClientTokens(tx, removal.ids)).filter(removal.isOver);
  const linked = tokens.flatMap(({ sessionId }) => (sessionId === null ? [] : [sessionId]));
  const sessions = await lockSessions(tx, linked);
  const changes = await removeSessions(tx, sessions, removal.now);
  const sessionTokens = await listSessionTokenIdsOfClients(tx, idsOf(tokens));
  await deleteSessionTokens(tx, sessionTokens);
  await deleteClientTokens(tx, idsOf(tokens));
  await appendWorkerChanges(tx, changes);
  return reportOf({ clientTokens: idsOf(tokens), sessions: idsOf(sessions), sessionTokens });
}

/** Removes session tokens, each with the session that it opens. Of the logins only those on that session go. */
export async function removeSessionTokens(tx: Tx, removal: Removal): Promise<CleanupReport> {
  const found = await listSessionTokens(tx, removal.ids);
  await lockClientTokens(tx, unique(found.map(({ clientTokenId }) => clientTokenId)));
  const opened = await lockSessions(tx, unique(found.map(({ sessionId }) => sessionId)));
  // What a keep-alive did before the locks counts.
  const tokens = (await listSessionTokens(tx, idsOf(found))).filter(removal.isOver);
  const gone = new Set(idsOf(tokens));
  const sessions = opened.filter(
    ({ sessionTokenId }) => sessionTokenId !== null && gone.has(sessionTokenId),
  );
  const changes = await removeSessions(tx, sessions, removal.now);
  await deleteSessionTokens(tx, idsOf(tokens));
  await appendWorkerChanges(tx, changes);
  return reportOf({ sessionTokens: idsOf(tokens), sessions: idsOf(sessions) });
}

function idsOf(things: readonly { readonly id: bigint }[]): bigint[] {
  return things.map(({ id }) => id);
}

function unique(ids: readonly bigint[]): bigint[] {
  return [...new Set(ids)];
}
