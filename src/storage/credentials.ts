import type {
  CallerClientToken,
  CallerSession,
  MasterStanding,
  UserStanding,
} from '../model/caller.js';
import type { Database } from './database.js';
import { numberOrNull } from './numbers.js';
import { PARTY_WALLET_COLUMNS, partyWalletFromRow } from './payment-parties.js';
import { readRows } from './read-rows.js';
import { list } from './statements.js';

/** What a client token proves, with the standing of its acquired master. */
export type ClientProof = {
  readonly clientToken: CallerClientToken;
  readonly master: MasterStanding | null;
};

/** What a session token proves: its session, the client token that it belongs to, and the active user. */
export type SessionProof = ClientProof & {
  /** SHA-256 of that client token as hex. */
  readonly clientTokenHash: string;
  readonly session: CallerSession;
  /** The master that is logged in on it, acquired or not. */
  readonly loggedInMaster: MasterStanding | null;
  readonly user: UserStanding | null;
};

/** What a backend key proves. */
export type BackendProof = { readonly keyId: bigint; readonly master: MasterStanding };

const CLIENT_COLUMNS = `c.id AS client_token_id, c.expire_time AS client_token_expire_time,
  c.acquired_master_id`;
const MASTER_COLUMNS = `m.id AS master_id, m.frozen_time AS master_frozen_time,
  m.unlink_time AS master_unlink_time, m.pool_account_id, m.self_supply`;
const USER_COLUMNS = `u.id AS user_id, u.master_id AS user_master_id, u.unlink_time AS user_unlink_time,
  u.active_wallet_id, ${PARTY_WALLET_COLUMNS}`;

/** What client tokens prove, by their SHA-256 hashes (hex), in one statement. Unknown ones are left out. */
export async function listClientProofs(
  db: Database,
  hashes: readonly string[],
): Promise<Map<string, ClientProof>> {
  const sql = `SELECT c.token_hash, ${CLIENT_COLUMNS}, ${MASTER_COLUMNS}
FROM client_tokens c LEFT JOIN masters m ON m.id = c.acquired_master_id
WHERE c.token_hash IN (${list(hashes.length)})`;
  const rows = (await readRows(db, { sql, bindings: hashes.map(fromHex) })) as Row[];
  return new Map(rows.map((row) => [toHex(row.token_hash), toClientProof(row)]));
}

/** What session tokens prove, by their SHA-256 hashes (hex), in one statement. Unknown and ended ones are left out. */
export async function listSessionProofs(
  db: Database,
  hashes: readonly string[],
): Promise<Map<string, SessionProof>> {
  const sql = `SELECT t.token_hash, c.token_hash AS client_token_hash, ${CLIENT_COLUMNS},
  ${MASTER_COLUMNS}, ${USER_COLUMNS},
  s.id AS session_id, t.id AS session_token_id, t.expire_time AS session_token_expire_time,
  s.expire_time AS session_expire_time, s.active_user_id, l.id AS active_master_id,
  l.frozen_time AS active_master_frozen_time, l.unlink_time AS active_master_unlink_time,
  l.pool_account_id AS active_master_pool_account_id, l.self_supply AS active_master_self_supply
FROM session_tokens t
JOIN sessions s ON s.id = t.session_id AND s.session_token_id = t.id
JOIN client_tokens c ON c.id = t.client_token_id
LEFT JOIN masters m ON m.id = c.acquired_master_id
LEFT JOIN masters l ON l.id = s.active_master_id AND l.remove_time IS NULL
LEFT JOIN users u ON u.id = s.active_user_id AND u.master_id = c.acquired_master_id
LEFT JOIN wallets w ON w.id = u.active_wallet_id
WHERE t.token_hash IN (${list(hashes.length)}) AND t.end_time IS NULL`;
  const rows = (await readRows(db, { sql, bindings: hashes.map(fromHex) })) as SessionRow[];
  return new Map(rows.map((row) => [toHex(row.token_hash), toSessionProof(row)]));
}

/** What backend keys prove, by their SHA-256 hashes (hex), in one statement. Unknown, revoked and acquire keys are left out. */
export async function listBackendProofs(
  db: Database,
  hashes: readonly string[],
): Promise<Map<string, BackendProof>> {
  const sql = `SELECT k.key_hash, k.id AS key_id, ${MASTER_COLUMNS}
FROM master_keys k JOIN masters m ON m.id = k.master_id
WHERE k.key_hash IN (${list(hashes.length)}) AND k.kind = 'BACKEND' AND k.revoke_time IS NULL`;
  const rows = (await readRows(db, { sql, bindings: hashes.map(fromHex) })) as Row[];
  return new Map(
    rows.map((row) => [
      toHex(row.key_hash),
      { keyId: row.key_id as bigint, master: toMaster(row) as MasterStanding },
    ]),
  );
}

/**
 * The standing of users, by id, in one statement. A statement of its own, by primary key: joined to the keys, the database might read
 * all users of a master instead.
 */
export async function listUserStandings(
  db: Database,
  ids: readonly bigint[],
): Promise<Map<bigint, UserStanding>> {
  const sql = `SELECT ${USER_COLUMNS} FROM users u LEFT JOIN wallets w ON w.id = u.active_wallet_id
WHERE u.id IN (${list(ids.length)})`;
  const rows = (await readRows(db, { sql, bindings: ids })) as Row[];
  return new Map(rows.map((row) => [row.user_id as bigint, toUser(row) as UserStanding]));
}

type Row = Record<string, bigint | null>;
type SessionRow = Row & { client_token_hash: Buffer };

function toClientProof(row: Row): ClientProof {
  return {
    clientToken: {
      id: row.client_token_id as bigint,
      masterId: row.acquired_master_id ?? null,
      expireTime: Number(row.client_token_expire_time),
    },
    master: toMaster(row),
  };
}

function toSessionProof(row: SessionRow): SessionProof {
  return {
    ...toClientProof(row),
    clientTokenHash: toHex(row.client_token_hash),
    session: {
      id: row.session_id as bigint,
      tokenId: row.session_token_id as bigint,
      expireTime: Math.min(Number(row.session_token_expire_time), Number(row.session_expire_time)),
      activeUserId: row.active_user_id ?? null,
      activeMasterId: row.active_master_id ?? null,
    },
    loggedInMaster: toMaster({
      master_id: row.active_master_id ?? null,
      master_frozen_time: row.active_master_frozen_time ?? null,
      master_unlink_time: row.active_master_unlink_time ?? null,
      pool_account_id: row.active_master_pool_account_id ?? null,
      self_supply: row.active_master_self_supply ?? null,
    }),
    user: toUser(row),
  };
}

function toMaster(row: Row): MasterStanding | null {
  if (row.master_id === null) return null;
  return {
    id: row.master_id as bigint,
    frozenTime: numberOrNull(row.master_frozen_time ?? null),
    unlinkTime: numberOrNull(row.master_unlink_time ?? null),
    poolAccountId: row.pool_account_id as bigint,
    selfSupply: row.self_supply === 1n,
  };
}

function toUser(row: Row): UserStanding | null {
  if (row.user_id === null) return null;
  return {
    id: row.user_id as bigint,
    masterId: row.user_master_id as bigint,
    unlinkTime: numberOrNull(row.user_unlink_time ?? null),
    activeWalletId: row.active_wallet_id ?? null,
    activeWallet: row.wallet_id === null ? null : partyWalletFromRow(row),
  };
}

function toHex(hash: unknown): string {
  return (hash as Buffer).toString('hex');
}

function fromHex(hash: string): Buffer {
  return Buffer.from(hash, 'hex');
}
