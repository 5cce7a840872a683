import type { ClientToken } from '../model/session.js';
import { numberOrNull } from './numbers.js';
import { sqlValue } from './sql-values.js';
import type { Reader, Tx } from './transaction.js';

type ClientTokenRow = {
  id: bigint;
  acquired_master_id: bigint | null;
  session_id: bigint | null;
  create_time: bigint;
  update_time: bigint;
  expire_time: bigint;
};

/** Columns of a client token but for its hash. */
export const clientTokenColumns = [
  'client_tokens.id',
  'client_tokens.acquired_master_id',
  'client_tokens.session_id',
  'client_tokens.create_time',
  'client_tokens.update_time',
  'client_tokens.expire_time',
];

/** What may change about a client token. Absent parts stay as they are. */
export type ClientTokenChange = {
  readonly acquiredMasterId?: bigint | null;
  readonly sessionId?: bigint | null;
  readonly expireTime?: number;
  readonly updateTime: number;
};

/** A client token with what it is linked to; the parts of a session that does not exist are null. */
export type ClientTokenLinks = {
  readonly token: ClientToken;
  readonly sessionExpireTime: number | null;
  readonly sessionTokenId: bigint | null;
  readonly sessionTokenExpireTime: number | null;
};

/** Stores a new client token by its SHA-256 hash. */
export async function insertClientToken(
  tx: Tx,
  token: ClientToken,
  tokenHash: Buffer,
): Promise<void> {
  await tx('client_tokens').insert({
    id: token.id,
    token_hash: tokenHash,
    acquired_master_id: token.acquiredMasterId,
    session_id: token.sessionId,
    create_time: token.createTime,
    update_time: token.updateTime,
    expire_time: token.expireTime,
  });
}

/** Locks a client token: the first in the order client token, session, session token. */
export async function lockClientToken(tx: Tx, id: bigint): Promise<ClientToken | undefined> {
  const row = await tx('client_tokens').where({ id }).forUpdate().first(clientTokenColumns);
  return row && toClientToken(row);
}

/** Locks client tokens in id order. Those that are gone are left out. */
export async function lockClientTokens(tx: Tx, ids: readonly bigint[]): Promise<ClientToken[]> {
  if (ids.length === 0) return [];
  const rows = await tx('client_tokens')
    .whereIn('id', ids.map(sqlValue))
    .orderBy('id')
    .forUpdate()
    .select(clientTokenColumns);
  return rows.map(toClientToken);
}

/** Takes their session from client tokens that the transaction has locked. */
export async function unlinkSessions(
  tx: Tx,
  ids: readonly bigint[],
  updateTime: number,
): Promise<void> {
  await tx('client_tokens')
    .whereIn('id', ids.map(sqlValue))
    .update({ session_id: null, update_time: updateTime });
}

/** Removes client tokens that the transaction has locked. */
export async function deleteClientTokens(tx: Tx, ids: readonly bigint[]): Promise<void> {
  await tx('client_tokens').whereIn('id', ids.map(sqlValue)).delete();
}

/** Changes a client token that the transaction has locked. */
export async function updateClientToken(
  tx: Tx,
  id: bigint,
  change: ClientTokenChange,
): Promise<void> {
  await tx('client_tokens').where({ id }).update({
    acquired_master_id: change.acquiredMasterId,
    session_id: change.sessionId,
    expire_time: change.expireTime,
    update_time: change.updateTime,
  });
}

/** The client token of this hash with its session and the token that opens it, as one consistent picture. */
export async function findClientTokenLinks(
  reader: Reader,
  tokenHash: Buffer,
): Promise<ClientTokenLinks | undefined> {
  const row = await reader('client_tokens')
    .leftJoin('sessions as s', 's.id', 'client_tokens.session_id')
    .leftJoin('session_tokens as t', 't.id', 's.session_token_id')
    .where('client_tokens.token_hash', tokenHash)
    .first(...clientTokenColumns, {
      session_expire_time: 's.expire_time',
      session_token_id: 't.id',
      session_token_expire_time: 't.expire_time',
    });
  return (
    row && {
      token: toClientToken(row),
      sessionExpireTime: numberOrNull(row.session_expire_time),
      sessionTokenId: row.session_token_id,
      sessionTokenExpireTime: numberOrNull(row.session_token_expire_time),
    }
  );
}

/** A row of `client_tokens`. */
export function toClientToken(row: ClientTokenRow): ClientToken {
  return {
    id: row.id,
    acquiredMasterId: row.acquired_master_id,
    sessionId: row.session_id,
    createTime: Number(row.create_time),
    updateTime: Number(row.update_time),
    expireTime: Number(row.expire_time),
  };
}
