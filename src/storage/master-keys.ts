import type { MasterKey, MasterKeyKind } from '../model/master.js';
import { numberOrNull } from './numbers.js';
import { sqlValue } from './sql-values.js';
import type { Reader, Tx } from './transaction.js';

const columns = [
  'id',
  'master_id',
  'kind',
  'label',
  'create_time',
  'update_time',
  'revoke_time',
] as const;

/** Stores new keys by their SHA-256 hashes. */
export async function insertMasterKeys(
  tx: Tx,
  keys: readonly (MasterKey & { readonly keyHash: Buffer })[],
): Promise<void> {
  await tx('master_keys').insert(
    keys.map((key) => ({
      id: key.id,
      master_id: key.masterId,
      kind: key.kind,
      key_hash: key.keyHash,
      label: key.label,
      create_time: key.createTime,
      update_time: key.updateTime,
      revoke_time: key.revokeTime,
    })),
  );
}

/** Id of the master with this e-mail, if this is the hash of an acquire key of it that works. */
export async function findMasterIdByAcquireKey(
  reader: Reader,
  proof: { readonly emailKey: Buffer; readonly keyHash: Buffer },
): Promise<bigint | undefined> {
  const row = await reader('master_keys as k')
    .join('masters as m', 'm.id', 'k.master_id')
    .where({ 'k.key_hash': proof.keyHash, 'k.kind': 'ACQUIRE', 'k.revoke_time': null })
    .where('m.email_key', proof.emailKey)
    .first('m.id');
  return row?.id;
}

/** Whether this is the hash of an acquire key of the master that works. */
export async function isAcquireKey(
  reader: Reader,
  proof: { readonly masterId: bigint; readonly keyHash: Buffer },
): Promise<boolean> {
  const row = await reader('master_keys')
    .where({
      key_hash: proof.keyHash,
      master_id: proof.masterId,
      kind: 'ACQUIRE',
      revoke_time: null,
    })
    .first('id');
  return row !== undefined;
}

/** The keys of a master, newest first, at most `limit`, from below the position `before`. */
export async function listMasterKeys(
  reader: Reader,
  page: {
    readonly masterId: bigint;
    readonly limit: number;
    readonly before: { readonly createTime: number; readonly id: bigint } | null;
  },
): Promise<MasterKey[]> {
  const query = reader('master_keys').where({ master_id: page.masterId });
  if (page.before) {
    const { createTime, id } = page.before;
    query.where((older) =>
      older
        .where('create_time', '<', createTime)
        .orWhere((same) => same.where({ create_time: createTime }).where('id', '<', sqlValue(id))),
    );
  }
  const rows = await query
    .orderBy([
      { column: 'create_time', order: 'desc' },
      { column: 'id', order: 'desc' },
    ])
    .limit(page.limit)
    .select(columns);
  return rows.map(toMasterKey);
}

/** Locks the key of this id if it belongs to the master. */
export async function lockMasterKey(
  tx: Tx,
  key: { readonly id: bigint; readonly masterId: bigint },
): Promise<MasterKey | undefined> {
  const row = await tx('master_keys')
    .where({ id: key.id, master_id: key.masterId })
    .forUpdate()
    .first(columns);
  return row && toMasterKey(row);
}

/** Revokes a key that the transaction has locked. */
export async function revokeMasterKey(tx: Tx, id: bigint, revokeTime: number): Promise<void> {
  await tx('master_keys')
    .where({ id })
    .update({ revoke_time: revokeTime, update_time: revokeTime });
}

/** Revokes all acquire keys of a master. */
export async function revokeAcquireKeys(
  tx: Tx,
  masterId: bigint,
  revokeTime: number,
): Promise<void> {
  await tx('master_keys')
    .where({ master_id: sqlValue(masterId), kind: 'ACQUIRE', revoke_time: null })
    .update({ revoke_time: revokeTime, update_time: revokeTime });
}

/** Lets a key work again that was revoked. False when no key has the hash. */
export async function restoreMasterKey(
  tx: Tx,
  keyHash: Buffer,
  updateTime: number,
): Promise<boolean> {
  const restored = await tx('master_keys')
    .where({ key_hash: keyHash })
    .update({ revoke_time: null, update_time: updateTime });
  return restored > 0;
}

type MasterKeyRow = {
  id: bigint;
  master_id: bigint;
  kind: MasterKeyKind;
  label: string;
  create_time: bigint;
  update_time: bigint;
  revoke_time: bigint | null;
};

function toMasterKey(row: MasterKeyRow): MasterKey {
  return {
    id: row.id,
    masterId: row.master_id,
    kind: row.kind,
    label: row.label,
    createTime: Number(row.create_time),
    updateTime: Number(row.update_time),
    revokeTime: numberOrNull(row.revoke_time),
  };
}
