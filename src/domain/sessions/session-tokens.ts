import { sha256 } from '../../lib/hash.js';
import { randomToken } from '../../lib/random.js';
import type { Time } from '../../lib/time.js';
import type { ClientCaller } from '../../model/caller.js';
import type { ClientToken, Session, SessionToken } from '../../model/session.js';
import { lockClientToken, updateClientToken } from '../../storage/client-tokens.js';
import type { Database } from '../../storage/database.js';
import type { Ids } from '../../storage/ids.js';
import {
  endSessionToken,
  findSessionToken,
  insertSessionToken,
} from '../../storage/session-tokens.js';
import { insertSession, lockSession, updateSession } from '../../storage/sessions.js';
import { type Tx, withTransaction } from '../../storage/transaction.js';
import type { DomainSettings } from '../settings.js';
import { logOutEverybody } from './open-session.js';
import { clientTokenInvalid } from './refusals.js';

/** A new session token. */
export type IssuedSessionToken = {
  /** The secret: shown once, stored as a hash. */
  readonly secret: string;
  readonly token: SessionToken;
  /** True when the session existed already and this token replaced its old one. */
  readonly rotated: boolean;
  /** True when the logins of the session were kept. */
  readonly loginsKept: boolean;
};

/** What the issuing of session tokens stands on. */
export type SessionTokenDeps = {
  readonly db: Database;
  readonly time: Time;
  readonly ids: Ids;
  readonly settings: Pick<DomainSettings, 'sessionTokenMs'>;
};

/**
 * Opens the session of a client token, or gives the existing one a new token: nothing is orphaned, the old token stops
 * at once. The logins stay when `proof` is the old token and still valid. Rivals take turns at the client token's row.
 *
 * @throws CLIENT_TOKEN_INVALID when the client token is gone by now.
 */
export async function issueSessionToken(
  { db, time, ids, settings }: SessionTokenDeps,
  caller: ClientCaller,
  proof: string | null,
): Promise<IssuedSessionToken> {
  const [sessionId, tokenId] = (await ids.take(2)) as [bigint, bigint];
  const secret = randomToken();
  return withTransaction(db, async (tx) => {
    const clientToken = await lockClientToken(tx, caller.clientToken.id);
    if (!clientToken) throw clientTokenInvalid();
    const now = time.now();
    const session =
      clientToken.sessionId === null ? undefined : await lockSession(tx, clientToken.sessionId);
    const token: SessionToken = {
      id: tokenId,
      clientTokenId: clientToken.id,
      sessionId: session?.id ?? sessionId,
      createTime: now,
      updateTime: now,
      expireTime: now + settings.sessionTokenMs,
      endTime: null,
    };
    const loginsKept = session !== undefined && (await isProved(tx, session, proof, now));
    if (session) await rotate(tx, session, token, loginsKept);
    else await open(tx, clientToken, token);
    await insertSessionToken(tx, token, sha256(secret));
    return { secret, token, rotated: session !== undefined, loginsKept };
  });
}

/** Whether the proof is the token that opens the session, and neither is over. */
async function isProved(
  tx: Tx,
  session: Session,
  proof: string | null,
  now: number,
): Promise<boolean> {
  if (proof === null || session.expireTime <= now) return false;
  const current = await findSessionToken(tx, session.sessionTokenId);
  return (
    current !== undefined &&
    current.endTime === null &&
    current.expireTime > now &&
    current.tokenHash.equals(sha256(proof))
  );
}

async function rotate(
  tx: Tx,
  session: Session,
  token: SessionToken,
  loginsKept: boolean,
): Promise<void> {
  const now = token.createTime;
  await updateSession(tx, session.id, {
    sessionTokenId: token.id,
    expireTime: token.expireTime,
    updateTime: now,
  });
  await endSessionToken(tx, session.sessionTokenId, now);
  if (!loginsKept) await logOutEverybody(tx, session.id, now);
}

async function open(tx: Tx, clientToken: ClientToken, token: SessionToken): Promise<void> {
  await insertSession(tx, {
    id: token.sessionId,
    clientTokenId: clientToken.id,
    sessionTokenId: token.id,
    activeUserId: null,
    activeMasterId: null,
    createTime: token.createTime,
    updateTime: token.createTime,
    expireTime: token.expireTime,
  });
  await updateClientToken(tx, clientToken.id, {
    sessionId: token.sessionId,
    updateTime: token.createTime,
  });
}
