import { sha256 } from '../../lib/hash.js';
import { randomToken } from '../../lib/random.js';
import { asClient, asSession, type Caller } from '../../model/caller.js';
import type { ClientToken, SessionToken } from '../../model/session.js';
import {
  findClientTokenLinks,
  insertClientToken,
  lockClientToken,
  updateClientToken,
} from '../../storage/client-tokens.js';
import {
  extendSessionToken,
  findSessionToken,
  findSessionTokenLinks,
} from '../../storage/session-tokens.js';
import { updateSession } from '../../storage/sessions.js';
import { read, withTransaction } from '../../storage/transaction.js';
import { appendWorkerChanges } from '../../storage/worker-changes.js';
import { recordLogoutOfAll, takeLogoutIds } from '../accounts/login-history.js';
import type { DomainSettings } from '../settings.js';
import { lockOpenSession } from './open-session.js';
import { clientTokenInvalid, sessionTokenInvalid } from './refusals.js';
import { removeSessions } from './remove-sessions.js';
import {
  type IssuedSessionToken,
  issueSessionToken,
  type SessionTokenDeps,
} from './session-tokens.js';
import {
  type ClientTokenStatus,
  clientTokenStatus,
  type SessionTokenStatus,
  sessionTokenStatus,
} from './token-status.js';
import { throttleTokenRequest } from './token-throttle.js';

/** Client tokens, session tokens and sessions. */
export type Sessions = {
  /** Makes a client token. The secret is shown once. @throws RATE_LIMITED */
  requestClientId(caller: Caller): Promise<{ secret: string; token: ClientToken }>;
  /**
   * Opens the caller's session, or rotates its token. `proof` is the old session token, if sent: it keeps the logins.
   *
   * @throws CLIENT_TOKEN_INVALID, RATE_LIMITED, SESSION_CAPACITY_REACHED
   */
  requestSessionToken(caller: Caller, proof: string | null): Promise<IssuedSessionToken>;
  /** Tells the status of any client token. Never fails on an unknown one. */
  getClientTokenStatus(secret: string): Promise<ClientTokenStatus>;
  /** Tells the status of any session token. Never fails on an unknown one. */
  getSessionTokenStatus(secret: string): Promise<SessionTokenStatus>;
  /** Extends the caller's client token. @throws CLIENT_TOKEN_INVALID */
  keepClientTokenAlive(caller: Caller): Promise<{ token: ClientToken; extendedMs: number }>;
  /**
   * Extends the caller's session token and its session, unless its client program has no acquired master: such a session
   * is not extended.
   *
   * @throws CLIENT_TOKEN_INVALID, SESSION_TOKEN_INVALID
   */
  keepSessionTokenAlive(caller: Caller): Promise<{ token: SessionToken; extendedMs: number }>;
  /** Ends the caller's session for good. Gives its id. @throws CLIENT_TOKEN_INVALID, SESSION_TOKEN_INVALID */
  endSession(caller: Caller): Promise<bigint>;
};

/** What the use cases stand on. */
export type SessionDeps = SessionTokenDeps & {
  readonly settings: Pick<DomainSettings, 'clientTokenMs' | 'tokenRequestsPerMinute'>;
};

/** Creates the use cases of tokens and sessions. */
export function createSessions(deps: SessionDeps): Sessions {
  const { db, time, settings } = deps;
  return {
    async requestClientId({ source }) {
      await throttleTokenRequest(deps, source);
      return issueClientToken(deps);
    },
    async requestSessionToken(caller, proof) {
      const client = asClient(caller);
      await throttleTokenRequest(deps, caller.source);
      return issueSessionToken(deps, client, proof);
    },
    getClientTokenStatus: async (secret) =>
      clientTokenStatus(
        await read(db, (reader) => findClientTokenLinks(reader, sha256(secret))),
        time.now(),
      ),
    getSessionTokenStatus: async (secret) =>
      sessionTokenStatus(
        await read(db, (reader) => findSessionTokenLinks(reader, sha256(secret))),
        time.now(),
      ),
    async keepClientTokenAlive(caller) {
      const token = await extendClientToken(deps, asClient(caller).clientToken.id);
      return { token, extendedMs: settings.clientTokenMs };
    },
    keepSessionTokenAlive: (caller) => extendSession(deps, caller),
    endSession: (caller) => endSession(deps, caller),
  };
}

async function issueClientToken({ db, time, ids, settings }: SessionDeps) {
  const now = time.now();
  const secret = randomToken();
  const token: ClientToken = {
    id: await ids.next(),
    acquiredMasterId: null,
    sessionId: null,
    createTime: now,
    updateTime: now,
    expireTime: now + settings.clientTokenMs,
  };
  await withTransaction(db, (tx) => insertClientToken(tx, token, sha256(secret)));
  return { secret, token };
}

function extendClientToken({ db, time, settings }: SessionDeps, id: bigint): Promise<ClientToken> {
  return withTransaction(db, async (tx) => {
    const token = await lockClientToken(tx, id);
    if (!token) throw clientTokenInvalid();
    const now = time.now();
    const times = { expireTime: now + settings.clientTokenMs, updateTime: now };
    await updateClientToken(tx, id, times);
    return { ...token, ...times };
  });
}

async function extendSession(
  { db, time, settings }: SessionDeps,
  caller: Caller,
): Promise<{ token: SessionToken; extendedMs: number }> {
  const sessionCaller = asSession(caller);
  return withTransaction(db, async (tx) => {
    const { session } = await lockOpenSession(tx, sessionCaller);
    const found = await findSessionToken(tx, sessionCaller.session.tokenId);
    if (!found) throw sessionTokenInvalid();
    const { tokenHash: _, ...token } = found;
    const now = time.now();
    if (session.anonymous) return { token, extendedMs: Math.max(0, token.expireTime - now) };
    const times = { expireTime: now + settings.sessionTokenMs, updateTime: now };
    await updateSession(tx, session.id, times);
    await extendSessionToken(tx, token.id, times);
    return { token: { ...token, ...times }, extendedMs: settings.sessionTokenMs };
  });
}

async function endSession({ db, time, ids }: SessionDeps, caller: Caller): Promise<bigint> {
  const sessionCaller = asSession(caller);
  const logoutIds = await takeLogoutIds(ids);
  return withTransaction(db, async (tx) => {
    const { session } = await lockOpenSession(tx, sessionCaller);
    const now = time.now();
    const by = { ids: logoutIds, source: caller.source, createTime: now };
    await recordLogoutOfAll(tx, session, by);
    await appendWorkerChanges(tx, await removeSessions(tx, [session], now));
    return session.id;
  });
}
