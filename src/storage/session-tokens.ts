import type { SessionToken } from '../model/session.js';
import { numberOrNull } from './numbers.js';
import { sqlValue } from './sql-values.js';
import type { Reader, Tx } from './transaction.js';

type SessionTokenRow = {
  id: bigint;
  client_token_id: bigint;
  session_id: bigint;
  create_time: bigint;
  update_time: bigint;
  expire_time: bigint;
  end_time: bigint | null;
};

const columns = [
  'session_tokens.id',
  'session_tokens.client_token_id',
  'session_tokens.session_id',
  'session_tokens.create_time',
  'session_tokens.update_time',
  'session_tokens.expire_time',
  'session_tokens.end_time',
];

/** A session token with when the rest of its chain expires; null for what does not exist any more. */
export type SessionTokenLinks = {
  readonly token: SessionToken;
  readonly clientTokenExpireTime: number | null;
  readonly sessionExpireTime: number | null;
};

/** Stores a new session token by its SHA-256 hash. */
export async function insertSessionToken(
  tx: Tx,
  token: SessionToken,
  tokenHash: Buffer,
): Promise<void> {
  await tx('session_tokens').insert({
    id: token.id,
    token_hash: tokenHash,
    client_token_id: token.clientTokenId,
    session_id: token.sessionId,
    create_time: token.createTime,
    update_time: token.updateTime,
    expire_time: token.expireTime,
    end_time: token.endTime,
  });
}

/** The session token of this id, with its hash. */
export async function findSessionToken(
  reader: Reader,
  id: bigint,
): Promise<(SessionToken & { tokenHash: Buffer }) | undefined> {
  const row = await reader('session_tokens')
    .where({ id })
    .first(...columns, 'token_hash');
  return row && { ...toSessionToken(row), tokenHash: row.token_hash };
}

/** Session tokens of these ids; those that are gone are left out. */
export async function listSessionTokens(
  reader: Reader,
  ids: readonly bigint[],
): Promise<SessionToken[]> {
  const rows = await reader('session_tokens')
    .whereIn('id', ids.map(sqlValue))
    .orderBy('id')
    .select(columns);
  return rows.map(toSessionToken);
}

/** Ids of every session token that these client tokens ever had. */
export async function listSessionTokenIdsOfClients(
  reader: Reader,
  clientTokenIds: readonly bigint[],
): Promise<bigint[]> {
  const rows: { id: bigint }[] = await reader('session_tokens')
    .whereIn('client_token_id', clientTokenIds.map(sqlValue))
    .orderBy('id')
    .select('id');
  return rows.map(({ id }) => id);
}

/** Ends session tokens for good. */
export async function endSessionTokens(
  tx: Tx,
  ids: readonly bigint[],
  endTime: number,
): Promise<void> {
  await tx('session_tokens')
    .whereIn('id', ids.map(sqlValue))
    .update({ end_time: endTime, update_time: endTime });
}

/** Removes session tokens of sessions that the transaction has locked. */
export async function deleteSessionTokens(tx: Tx, ids: readonly bigint[]): Promise<void> {
  await tx('session_tokens').whereIn('id', ids.map(sqlValue)).delete();
}

/** Moves the end of a session token's validity. */
export async function extendSessionToken(
  tx: Tx,
  id: bigint,
  times: { readonly expireTime: number; readonly updateTime: number },
): Promise<void> {
  await tx('session_tokens')
    .where({ id })
    .update({ expire_time: times.expireTime, update_time: times.updateTime });
}

/** The session token of this hash with its client token and session, as one consistent picture. */
export async function findSessionTokenLinks(
  reader: Reader,
  tokenHash: Buffer,
): Promise<SessionTokenLinks | undefined> {
  const row = await reader('session_tokens')
    .leftJoin('client_tokens as c', 'c.id', 'session_tokens.client_token_id')
    .leftJoin('sessions as s', 's.id', 'session_tokens.session_id')
    .where('session_tokens.token_hash', tokenHash)
    .first(...columns, {
      client_token_expire_time: 'c.expire_time',
      session_expire_time: 's.expire_time',
    });
  return (
    row && {
      token: toSessionToken(row),
      clientTokenExpireTime: numberOrNull(row.client_token_expire_time),
      sessionExpireTime: numberOrNull(row.session_expire_time),
    }
  );
}

function toSessionToken(row: SessionTokenRow): SessionToken {
  return {
    id: row.id,
    clientTokenId: row.client_token_id,
    sessionId: row.session_id,
    createTime: Number(row.create_time),
    updateTime: Number(row.update_time),
    expireTime: Number(row.expire_time),
    endTime: numberOrNull(row.end_time),
  };
}
