import type {
  ClientToken as ClientTokenMessage,
  GetClientTokenStatusResponse,
  GetSessionTokenStatusResponse,
  SessionToken as SessionTokenMessage,
} from '../../../generated/ewallet/v1/session_service.js';
import type { ClientTokenStatus, SessionTokenStatus } from '../../domain/sessions/token-status.js';
import { formatId, formatOptionalId } from '../../model/public-id.js';
import type { ClientToken, SessionToken } from '../../model/session.js';
import { toTimestamp } from '../convert.js';

/** What may be told of a client token. */
export function toClientToken(token: ClientToken): ClientTokenMessage {
  return {
    clientTokenId: formatId('clientToken', token.id),
    createTime: toTimestamp(token.createTime),
    updateTime: toTimestamp(token.updateTime),
    expireTime: toTimestamp(token.expireTime),
    acquiredMasterId: formatOptionalId('master', token.acquiredMasterId),
    sessionId: formatOptionalId('session', token.sessionId),
  };
}

/** What may be told of a session token. */
export function toSessionToken(token: SessionToken): SessionTokenMessage {
  return {
    sessionTokenId: formatId('sessionToken', token.id),
    sessionId: formatId('session', token.sessionId),
    clientTokenId: formatId('clientToken', token.clientTokenId),
    createTime: toTimestamp(token.createTime),
    updateTime: toTimestamp(token.updateTime),
    expireTime: toTimestamp(token.expireTime),
  };
}

/** The status of a client token. */
export function toClientTokenStatus(status: ClientTokenStatus): GetClientTokenStatusResponse {
  const { token, sessionTokenId, ...flags } = status;
  return {
    ...flags,
    clientToken: token === null ? undefined : toClientToken(token),
    sessionTokenId: formatOptionalId('sessionToken', sessionTokenId),
  };
}

/** The status of a session token. */
export function toSessionTokenStatus(status: SessionTokenStatus): GetSessionTokenStatusResponse {
  const { token, ...flags } = status;
  return { ...flags, token: token === null ? undefined : toSessionToken(token) };
}
