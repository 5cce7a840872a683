import type {
  CallerClientToken,
  CallerSession,
  MasterStanding,
  UserStanding,
} from '../model/caller.js';
import { numberOrNull } from './numbers.js';
import { partyWalletFromRow } from './payment-parties.js';
import { sqlValue } from './sql-values.js';
import type { Reader } from './transaction.js';

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

const clientColumns = {
  client_token_id: 'c.id',
  client_token_expire_time: 'c.expire_time',
  acquired_master_id: 'c.acquired_master_id',
};
const masterColumns = {
  master_id: 'm.id',
  master_frozen_time: 'm.frozen_time',
  master_unlink_time: 'm.unlink_time',
  pool_account_id: 'm.pool_account_id',
  self_supply: 'm.self_supply',
};
const userColumns = {
  user_id: 'u.id',
  user_master_id: 'u.master_id',
  user_unlink_time: 'u.unlink_time',
  active_wallet_id: 'u.active_wallet_id',
  wallet_id: 'wallets.id',
  wallet_user_id: 'wallets.user_id',
  wallet_master_id: 'wallets.master_id',
  active_transfer_sheet_id: 'wallets.active_transfer_sheet_id',
  active_invoice_sheet_id: 'wallets.active_invoice_sheet_id',
  wallet_unlink_time: 'wallets.unlink_time',
};

/** What client tokens prove, by their SHA-256 hashes (hex), in one statement. Unknown ones are left out. */
export async function listClientProofs(
  reader: Reader,
  hashes: readonly string[],
): Promise<Map<string, ClientProof>> {
  const rows = await reader('client_tokens as c')
    .leftJoin('masters as m', 'm.id', 'c.acquired_master_id')
    .whereIn('c.token_hash', hashes.map(fromHex))
    .select({ ...clientColumns, ...masterColumns, token_hash: 'c.token_hash' });
  return new Map(rows.map((row) => [toHex(row.token_hash), toClientProof(row)]));
}

/** What session tokens prove, by their SHA-256 hashes (hex), in one statement. Unknown and ended ones are left out. */
export async function listSessionProofs(
  reader: Reader,
  hashes: readonly string[],
): Promise<Map<string, SessionProof>> {
  const rows = await reader('session_tokens as t')
    .join('sessions as s', (on) =>
      on.on('s.id', 't.session_id').andOn('s.session_token_id', 't.id'),
    )
    .join('client_tokens as c', 'c.id', 't.client_token_id')
    .leftJoin('masters as m', 'm.id', 'c.acquired_master_id')
    .leftJoin('masters as l', (on) =>
      on.on('l.id', 's.active_master_id').andOnNull('l.remove_time'),
    )
    .leftJoin('users as u', (on) =>
      on.on('u.id', 's.active_user_id').andOn('u.master_id', 'c.acquired_master_id'),
    )
    .leftJoin('wallets', 'wallets.id', 'u.active_wallet_id')
    .whereIn('t.token_hash', hashes.map(fromHex))
    .whereNull('t.end_time')
    .select({
      ...clientColumns,
      ...masterColumns,
      ...userColumns,
      token_hash: 't.token_hash',
      client_token_hash: 'c.token_hash',
      session_id: 's.id',
      session_token_id: 't.id',
      session_token_expire_time: 't.expire_time',
      session_expire_time: 's.expire_time',
      active_user_id: 's.active_user_id',
      active_master_id: 'l.id',
      active_master_frozen_time: 'l.frozen_time',
      active_master_unlink_time: 'l.unlink_time',
      active_master_pool_account_id: 'l.pool_account_id',
      active_master_self_supply: 'l.self_supply',
    });
  return new Map(rows.map((row) => [toHex(row.token_hash), toSessionProof(row)]));
}

/** What backend keys prove, by their SHA-256 hashes (hex), in one statement. Unknown, revoked and acquire keys are left out. */
export async function listBackendProofs(
  reader: Reader,
  hashes: readonly string[],
): Promise<Map<string, BackendProof>> {
  const rows = await reader('master_keys as k')
    .join('masters as m', 'm.id', 'k.master_id')
    .whereIn('k.key_hash', hashes.map(fromHex))
    .where('k.kind', 'BACKEND')
    .whereNull('k.revoke_time')
    .select({ ...masterColumns, key_hash: 'k.key_hash', key_id: 'k.id' });
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
  reader: Reader,
  ids: readonly bigint[],
): Promise<Map<bigint, UserStanding>> {
  const rows = await reader('users as u')
    .leftJoin('wallets', 'wallets.id', 'u.active_wallet_id')
    .whereIn('u.id', ids.map(sqlValue))
    .select(userColumns);
  return new Map(rows.map((row) => [row.user_id as bigint, toUser(row) as UserStanding]));
}

type Row = Record<string, bigint | null>;

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

function toSessionProof(row: Row & { client_token_hash: Buffer }): SessionProof {
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
