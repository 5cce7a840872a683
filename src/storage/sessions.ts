import type { Session } from '../model/session.js';
import { sqlValue } from './sql-values.js';
import type { Reader, Tx } from './transaction.js';

type SessionRow = {
  id: bigint;
  client_token_id: bigint | null;
  session_token_id: bigint | null;
  worker_id: bigint | null;
  anonymous: bigint;
  active_user_id: bigint | null;
  active_master_id: bigint | null;
  reference: string | null;
  create_time: bigint;
  update_time: bigint;
  expire_time: bigint;
};

const columns = [
  'id',
  'client_token_id',
  'session_token_id',
  'worker_id',
  'anonymous',
  'active_user_id',
  'active_master_id',
  'reference',
  'create_time',
  'update_time',
  'expire_time',
];

/** What may change about a session. Absent parts stay as they are. */
export type SessionChange = {
  readonly sessionTokenId?: bigint;
  readonly activeUserId?: bigint | null;
  readonly activeMasterId?: bigint | null;
  readonly anonymous?: boolean;
  readonly expireTime?: number;
  readonly updateTime: number;
};

/** Stores a new session. */
export async function insertSession(tx: Tx, session: Session): Promise<void> {
  await tx('sessions').insert({
    id: session.id,
    client_token_id: session.clientTokenId,
    session_token_id: session.sessionTokenId,
    worker_id: session.workerId,
    anonymous: Number(session.anonymous),
    active_user_id: session.activeUserId,
    active_master_id: session.activeMasterId,
    reference: session.reference,
    create_time: session.createTime,
    update_time: session.updateTime,
    expire_time: session.expireTime,
  });
}

/** Locks a session: after its client token. */
export async function lockSession(tx: Tx, id: bigint): Promise<Session | undefined> {
  const row = await tx('sessions').where({ id }).forUpdate().first(columns);
  return row && toSession(row);
}

/** Locks sessions in id order: after their client tokens. Those that are gone are left out. */
export async function lockSessions(tx: Tx, ids: readonly bigint[]): Promise<Session[]> {
  if (ids.length === 0) return [];
  const rows = await tx('sessions')
    .whereIn('id', ids.map(sqlValue))
    .orderBy('id')
    .forUpdate()
    .select(columns);
  return rows.map(toSession);
}

/** Ids of the client tokens that these sessions belong to, which never changes. */
export async function listClientTokenIds(
  reader: Reader,
  ids: readonly bigint[],
): Promise<bigint[]> {
  const rows: { client_token_id: bigint }[] = await reader('sessions')
    .whereIn('id', ids.map(sqlValue))
    .whereNotNull('client_token_id')
    .select('client_token_id');
  return rows.map((row) => row.client_token_id);
}

/** The session of this id. */
export async function findSession(reader: Reader, id: bigint): Promise<Session | undefined> {
  const row = await reader('sessions').where({ id }).first(columns);
  return row && toSession(row);
}

/** Changes a session that the transaction has locked. */
export async function updateSession(tx: Tx, id: bigint, change: SessionChange): Promise<void> {
  await tx('sessions')
    .where({ id })
    .update({
      session_token_id: change.sessionTokenId,
      active_user_id: change.activeUserId,
      active_master_id: change.activeMasterId,
      anonymous: change.anonymous === undefined ? undefined : Number(change.anonymous),
      expire_time: change.expireTime,
      update_time: change.updateTime,
    });
}

/** Removes sessions that the transaction has locked, with their logins. */
export async function deleteSessions(tx: Tx, ids: readonly bigint[]): Promise<void> {
  await tx('session_users').whereIn('session_id', ids.map(sqlValue)).delete();
  await tx('sessions').whereIn('id', ids.map(sqlValue)).delete();
}

/** Notes that a user is logged in on a session; a second login only renews the time. */
export async function insertSessionUser(
  tx: Tx,
  login: { readonly sessionId: bigint; readonly userId: bigint; readonly loginTime: number },
): Promise<void> {
  const key = { session_id: login.sessionId, user_id: login.userId };
  const renewed = await tx('session_users').where(key).update({ login_time: login.loginTime });
  if (renewed === 0) await tx('session_users').insert({ ...key, login_time: login.loginTime });
}

/** The users logged in on a session, the latest login first. */
export async function listSessionUserIds(reader: Reader, sessionId: bigint): Promise<bigint[]> {
  const rows = await reader('session_users')
    .where({ session_id: sessionId })
    .orderBy([
      { column: 'login_time', order: 'desc' },
      { column: 'user_id', order: 'desc' },
    ])
    .select('user_id');
  return rows.map((row) => row.user_id);
}

/** Forgets the login of one user on a session. */
export async function deleteSessionUser(
  tx: Tx,
  login: { readonly sessionId: bigint; readonly userId: bigint },
): Promise<void> {
  await tx('session_users').where({ session_id: login.sessionId, user_id: login.userId }).delete();
}

/** Forgets every login on a session. */
export async function deleteSessionUsers(tx: Tx, sessionId: bigint): Promise<void> {
  await tx('session_users').where({ session_id: sessionId }).delete();
}

/** Logs a master out of every session but one. */
export async function endMasterLogins(
  tx: Tx,
  change: {
    readonly masterId: bigint;
    readonly keptSessionId: bigint | null;
    readonly updateTime: number;
  },
): Promise<void> {
  await tx('sessions')
    .where('active_master_id', sqlValue(change.masterId))
    .whereNot('id', sqlValue(change.keptSessionId ?? 0n))
    .update({ active_master_id: null, update_time: change.updateTime });
}

function toSession(row: SessionRow): Session {
  return {
    id: row.id,
    clientTokenId: row.client_token_id,
    sessionTokenId: row.session_token_id,
    workerId: row.worker_id,
    anonymous: row.anonymous === 1n,
    activeUserId: row.active_user_id,
    activeMasterId: row.active_master_id,
    reference: row.reference,
    createTime: Number(row.create_time),
    updateTime: Number(row.update_time),
    expireTime: Number(row.expire_time),
  };
}

/** Whether a user is logged in on any session. */
export async function isUserLoggedIn(reader: Reader, userId: bigint): Promise<boolean> {
  const row = await reader('session_users').where('user_id', sqlValue(userId)).first('user_id');
  return row !== undefined;
}
