import type { ClientToken, SessionToken } from '../../../generated/ewallet/v1/session_service.js';
import type { Timestamp } from '../../../generated/google/protobuf/timestamp.js';
import { parseId } from '../../model/public-id.js';
import type { InstructionCall } from './instruction.js';
import { fieldsOf } from './reply-shape.js';
import { findOwnSession } from './session-facts.js';
import { dateText, numberOf } from './values.js';

/** A client token as the predecessor shows it. */
export const clientTokenShape = fieldsOf({
  stoken: 'string',
  acquired_master: 'int',
  create_date: 'string',
  write_date: 'string',
  label: 'string',
  active: 'bool',
  unlink: 'bool',
  valid_to: 'string',
});

/** A session token as the predecessor shows it. */
export const sessionTokenShape = fieldsOf({
  ctoken: 'string',
  worker_id: 'int',
  create_date: 'string',
  write_date: 'string',
  label: 'string',
  active: 'bool',
  unlink: 'bool',
  valid_to: 'string',
});

type Times = Pick<ClientToken, 'createTime' | 'updateTime' | 'expireTime'>;

/** Data of a client token that works. `label` and `stoken` are the tokens where the caller sent them, else their public ids. */
export function clientTokenData(
  token: Times,
  told: { readonly label: string; readonly stoken: string | null; readonly masterId: string },
) {
  return {
    ...timesOf(token),
    stoken: told.stoken,
    acquired_master: numberOf('master', told.masterId),
    label: told.label,
    active: true,
    unlink: false,
  };
}

/** Data of the session token that was sent with its client token. */
export async function sessionTokenData(call: InstructionCall, token: SessionToken) {
  const { session } = (await findOwnSession(call)) ?? {};
  return {
    ...timesOf(token),
    ctoken: call.clientId,
    worker_id: session?.workerId ?? null,
    label: call.sessionToken,
    active: true,
    unlink: false,
  };
}

/** Data of the client token that was sent, as it is now. */
export async function ownClientTokenData(call: InstructionCall) {
  const { clientId, sessionToken, services } = call;
  const { clientToken } = await services.sessions.getClientTokenStatus({ clientId });
  if (!clientToken) return null;
  const masterId = clientToken.acquiredMasterId;
  return clientTokenData(clientToken, { label: clientId, stoken: sessionToken, masterId });
}

/** The integer of a session's public id; null for none. */
export function sessionNumber(sessionId: string): bigint | null {
  return parseId('session', sessionId) ?? null;
}

function timesOf({ createTime, updateTime, expireTime }: Times): {
  readonly [K in 'create_date' | 'write_date' | 'valid_to']: string | null;
} {
  const text = (time: Timestamp | undefined) => dateText(time);
  return {
    create_date: text(createTime),
    write_date: text(updateTime),
    valid_to: text(expireTime),
  };
}
