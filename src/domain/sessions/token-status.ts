import type { ClientToken, SessionToken } from '../../model/session.js';
import type { ClientTokenLinks } from '../../storage/client-tokens.js';
import type { SessionTokenLinks } from '../../storage/session-tokens.js';

/** The status of a client token, known or not. */
export type ClientTokenStatus = {
  readonly registered: boolean;
  readonly valid: boolean;
  readonly expired: boolean;
  /** A valid session token is linked to it. */
  readonly linked: boolean;
  /** It has a live session. */
  readonly plugged: boolean;
  /** A master is acquired through it. */
  readonly acquired: boolean;
  readonly token: ClientToken | null;
  readonly sessionTokenId: bigint | null;
};

/** The status of a session token, known or not. */
export type SessionTokenStatus = {
  readonly registered: boolean;
  readonly valid: boolean;
  /** Its time is over, or it was replaced or revoked. */
  readonly expired: boolean;
  /** The client token that it belongs to is valid. */
  readonly linked: boolean;
  /** Its session is live. */
  readonly plugged: boolean;
  readonly token: SessionToken | null;
};

/** The status of what was found for a client token. */
export function clientTokenStatus(
  found: ClientTokenLinks | undefined,
  now: number,
): ClientTokenStatus {
  const valid = isLive(found?.token.expireTime, now);
  const plugged = isLive(found?.sessionExpireTime, now);
  return {
    registered: found !== undefined,
    valid,
    expired: found !== undefined && !valid,
    linked: isLive(found?.sessionTokenExpireTime, now),
    plugged,
    acquired: found !== undefined && found.token.acquiredMasterId !== null,
    token: found?.token ?? null,
    sessionTokenId: found?.sessionTokenId ?? null,
  };
}

/** The status of what was found for a session token. */
export function sessionTokenStatus(
  found: SessionTokenLinks | undefined,
  now: number,
): SessionTokenStatus {
  const works = isLive(found?.token.expireTime, now) && found?.token.endTime === null;
  const linked = isLive(found?.clientTokenExpireTime, now);
  const plugged = isLive(found?.sessionExpireTime, now);
  return {
    registered: found !== undefined,
    valid: works && linked && plugged,
    expired: found !== undefined && !works,
    linked,
    plugged,
    token: found?.token ?? null,
  };
}

function isLive(expireTime: number | null | undefined, now: number): boolean {
  return expireTime != null && expireTime > now;
}
