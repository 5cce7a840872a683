import type { SessionToken } from '../../../generated/ewallet/v1/session_service.js';
import type { SessionView } from '../../domain/sessions/system-sessions.js';
import { DomainError } from '../../model/errors.js';
import { parseId } from '../../model/public-id.js';
import type { Session } from '../../model/session.js';
import type { InstructionCall, RestDomain } from './instruction.js';
import { fieldsOf, mapOf } from './reply-shape.js';
import { dateText } from './values.js';

/** The session data of a master's replies. */
export const masterSessionShape = fieldsOf({
  id: 'int',
  master: 'string',
  create_date: 'string',
  write_date: 'string',
  expiration_date: 'string',
});

/** The session data of a user's replies. */
export const userSessionShape = fieldsOf({
  session_user_account: 'string',
  session_credit_ewallet: 'int',
  session_contact_list: 'int',
  session_account_archive: mapOf('string'),
});

/** The session that the sent session token opens, and who is logged in on it; undefined when there is none. */
export async function findOwnSession({ services, domain, sessionToken }: InstructionCall) {
  const { token } = await services.sessions.getSessionTokenStatus({ sessionToken });
  return token && findSession(domain, sessionIdOf(token));
}

/** A session with who is logged in on it; undefined when it is gone. */
export async function findSession(
  { systemSessions }: Pick<RestDomain, 'systemSessions'>,
  id: bigint,
): Promise<SessionView | undefined> {
  try {
    return await systemSessions.getSession(id);
  } catch (error) {
    if (error instanceof DomainError && error.reason === 'SESSION_NOT_FOUND') return undefined;
    throw error;
  }
}

function sessionIdOf({ sessionId }: SessionToken): bigint {
  return parseId('session', sessionId) ?? 0n;
}

/** Session data of a master that is logged in by this e-mail address, or of none. */
export async function masterSessionData(call: InstructionCall, email: string | null) {
  const { session } = (await findOwnSession(call)) ?? {};
  if (!session) return null;
  return { id: session.id, master: email, ...datesOf(session) };
}

function datesOf({ createTime, updateTime, expireTime }: Session) {
  return {
    create_date: dateText(createTime),
    write_date: dateText(updateTime),
    expiration_date: dateText(expireTime),
  };
}
