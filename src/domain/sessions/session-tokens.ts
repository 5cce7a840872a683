import { sha256 } from '../../lib/hash.js';
import { randomToken } from '../../lib/random.js';
import type { Time } from '../../lib/time.js';
import type { ClientCaller } from '../../model/caller.js';
import type { ClientToken, Session, SessionToken } from '../../model/session.js';
import { lockClientToken, updateClientToken } from '../../storage/client-tokens.js';
import type { Database } from '../../storage/database.js';
import type { Ids } from '../../storage/ids.js';
import type { InstanceKey } from '../../storage/instances.js';
import {
  endSessionTokens,
  findSessionToken,
  insertSessionToken,
} from '../../storage/session-tokens.js';
import { insertSession, lockSession, updateSession } from '../../storage/sessions.js';
import { type Tx, withTransaction } from '../../storage/transaction.js';
import { appendWorkerChanges } from '../../storage/worker-changes.js';
import { logOutEverybody } from './open-session.js';
import { type Capacity, type Placement, takePlace } from './placement.js';
import { clientTokenInvalid } from './refusals.js';
import { removeSessions } from './remove-sessions.js';
import type { SessionTimes } from './standing.js';

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
  readonly placement: Placement;
  readonly settings: SessionTimes & Capacity;
};

/** Ids and secret of a token before it is known which session it opens. */
type Blank = {
  readonly sessionId: bigint;
  readonly tokenId: bigint;
  readonly workerId: bigint;
  readonly secret: string;
};

/**
 * Opens the session of a client token, or gives the existing one a new token: nothing is orphaned, the old token stops
 * at once. The logins stay when `proof` is the old token and still valid. Rivals take turns at the client token's row.
 *
 * @throws CLIENT_TOKEN_INVALID when the client token is gone by now.
 * @throws SESSION_CAPACITY_REACHED
 */
export async function issueSessionToken(
  deps: SessionTokenDeps,
  caller: ClientCaller,
  proof: string | null,
): Promise<IssuedSessionToken> {
  const [sessionId, tokenId, workerId] = (await deps.ids.take(3)) as [bigint, bigint, bigint];
  const blank = { sessionId, tokenId, workerId, secret: randomToken() };
  const { id } = caller.clientToken;
  return deps.placement.place(async (instance) => {
    for (;;) {
      const input = { ...blank, proof, instance };
      const issued = await withTransaction(deps.db, (tx) => issue(tx, deps, id, input));
      if (issued) return issued;
    }
  });
}

/** Nothing when the token's session was spent: it is removed, and the next attempt finds none. */
async function issue(
  tx: Tx,
  deps: SessionTokenDeps,
  clientTokenId: bigint,
  input: Blank & { readonly proof: string | null; readonly instance: InstanceKey },
): Promise<IssuedSessionToken | undefined> {
  const clientToken = await lockClientToken(tx, clientTokenId);
  if (!clientToken) throw clientTokenInvalid();
  const now = deps.time.now();
  const session =
    clientToken.sessionId === null ? undefined : await lockSession(tx, clientToken.sessionId);
  if (!session) return open(tx, deps, clientToken, { ...input, now });
  // An anonymous session is not extended: when its time is over, the next takes a place of its own.
  if (session.anonymous && session.expireTime <= now) {
    await appendWorkerChanges(tx, await removeSessions(tx, [session], now));
    return undefined;
  }
  const expireTime = session.anonymous ? session.expireTime : now + deps.settings.sessionTokenMs;
  const token = newToken(clientToken, { ...input, sessionId: session.id, now, expireTime });
  const loginsKept = await isProved(tx, session, input.proof, now);
  await rotate(tx, session, token, loginsKept);
  await insertSessionToken(tx, token, sha256(input.secret));
  return { secret: input.secret, token, rotated: true, loginsKept };
}

/** Whether the proof is the token that opens the session, and neither is over. */
async function isProved(
  tx: Tx,
  session: Session,
  proof: string | null,
  now: number,
): Promise<boolean> {
  if (proof === null || session.sessionTokenId === null || session.expireTime <= now) return false;
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
  if (session.sessionTokenId !== null) await endSessionTokens(tx, [session.sessionTokenId], now);
  if (!loginsKept) await logOutEverybody(tx, session.id, now);
}

async function open(
  tx: Tx,
  { settings }: SessionTokenDeps,
  clientToken: ClientToken,
  input: Blank & { readonly instance: InstanceKey; readonly now: number },
): Promise<IssuedSessionToken> {
  const { now, secret } = input;
  const anonymous = clientToken.acquiredMasterId === null;
  const worker = await takePlace(tx, { ...input, anonymous, capacity: settings });
  const expireTime = now + (anonymous ? settings.anonymousSessionMs : settings.sessionTokenMs);
  const token = newToken(clientToken, { ...input, expireTime });
  await insertSession(tx, {
    id: token.sessionId,
    clientTokenId: clientToken.id,
    sessionTokenId: token.id,
    workerId: worker.id,
    anonymous,
    activeUserId: null,
    activeMasterId: null,
    reference: null,
    createTime: now,
    updateTime: now,
    expireTime,
  });
  await updateClientToken(tx, clientToken.id, { sessionId: token.sessionId, updateTime: now });
  await insertSessionToken(tx, token, sha256(secret));
  await appendWorkerChanges(tx, [{ worker }]);
  return { secret, token, rotated: false, loginsKept: false };
}

function newToken(
  clientToken: ClientToken,
  input: Pick<Blank, 'tokenId' | 'sessionId'> & {
    readonly now: number;
    readonly expireTime: number;
  },
): SessionToken {
  const { now } = input;
  return {
    id: input.tokenId,
    clientTokenId: clientToken.id,
    sessionId: input.sessionId,
    createTime: now,
    updateTime: now,
    expireTime: input.expireTime,
    endTime: null,
  };
}
