import type { Session as SessionMessage } from '../../../generated/ewallet/system/v1/system_service.js';
import type { SessionView } from '../../domain/sessions/system-sessions.js';
import { formatId, formatOptionalId } from '../../model/public-id.js';
import { toTimestamp } from '../convert.js';

/** A session as the operator sees it. */
export function toSession({ session, userIds }: SessionView): SessionMessage {
  return {
    sessionId: formatId('session', session.id),
    workerId: formatOptionalId('worker', session.workerId),
    clientTokenId: formatOptionalId('clientToken', session.clientTokenId),
    sessionTokenId: formatOptionalId('sessionToken', session.sessionTokenId),
    anonymous: session.anonymous,
    activeAccountId: formatOptionalId('account', session.activeUserId),
    activeMasterId: formatOptionalId('master', session.activeMasterId),
    accountIds: userIds.map((id) => formatId('account', id)),
    reference: session.reference ?? '',
    createTime: toTimestamp(session.createTime),
    updateTime: toTimestamp(session.updateTime),
    expireTime: toTimestamp(session.expireTime),
  };
}
