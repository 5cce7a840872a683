import type { Funding, Master } from '../model/master.js';
import { numberOrNull } from './numbers.js';
import type { Reader, Tx } from './transaction.js';

/** What is stored of a new master beside what may be told. */
export type NewMaster = Omit<Master, 'poolCredits'> & {
  readonly nameKey: Buffer;
  readonly emailKey: Buffer;
  readonly passwordHash: string;
  readonly unclaimedCreditAccountId: bigint;
  readonly unclaimedTimeAccountId: bigint;
};

/**
 * Stores a new master; its ledger accounts are opened in the same transaction.
 *
 * @throws StorageError 'duplicate' with key `masters_name_key_unique` or `masters_email_key_unique`.
 */
export async function insertMaster(tx: Tx, master: NewMaster): Promise<void> {
  await tx('masters').insert({
    id: master.id,
    name: master.name,
    name_key: master.nameKey,
    email: master.email,
    email_key: master.emailKey,
    phone: master.phone,
    alias: master.alias,
    company: master.company,
    address: master.address,
    password_hash: master.passwordHash,
    subordinate_limit: master.subordinateLimit,
    subordinate_count: master.subordinateCount,
    funding: master.terms.funding,
    credit_limit: master.terms.creditLimit,
    self_supply: master.terms.selfSupply ? 1 : 0,
    pool_account_id: master.poolAccountId,
    unclaimed_credit_account_id: master.unclaimedCreditAccountId,
    unclaimed_time_account_id: master.unclaimedTimeAccountId,
    frozen_time: master.frozenTime,
    unlink_time: master.unlinkTime,
    create_time: master.createTime,
    update_time: master.updateTime,
  });
}

/** The master of this id, with the balance of its pool, unless it is removed. */
export async function findMaster(reader: Reader, id: bigint): Promise<Master | undefined> {
  const row = await reader('masters as m')
    .join('ledger_accounts as p', 'p.id', 'm.pool_account_id')
    .where({ 'm.id': id, 'm.remove_time': null })
    .first(
      'm.id',
      'm.name',
      'm.email',
      'm.phone',
      'm.alias',
      'm.company',
      'm.address',
      'm.subordinate_limit',
      'm.subordinate_count',
      'm.funding',
      'm.credit_limit',
      'm.self_supply',
      'm.pool_account_id',
      'm.frozen_time',
      'm.unlink_time',
      'm.create_time',
      'm.update_time',
      'p.balance',
    );
  return row && toMaster(row);
}

/** Id of the master with this e-mail. */
export async function findMasterId(reader: Reader, emailKey: Buffer): Promise<bigint | undefined> {
  const row = await reader('masters').where({ email_key: emailKey }).first('id');
  return row?.id;
}

/**
 * Counts one more subordinate, unless the master has as many as it may have, is frozen or is pending removal. True when
 * counted; the row stays locked until the transaction ends, so that rivals count one after the other.
 */
export async function claimSubordinate(
  tx: Tx,
  claim: { readonly masterId: bigint; readonly updateTime: number },
): Promise<boolean> {
  const claimed = await tx('masters')
    .where({ id: claim.masterId, frozen_time: null, unlink_time: null })
    .where('subordinate_count', '<', tx.ref('subordinate_limit'))
    .update({
      subordinate_count: tx.raw('subordinate_count + 1'),
      update_time: claim.updateTime,
    });
  return claimed === 1;
}

/**
 * Changes how many subordinates a master may have. False when that would be fewer than it has, more than `highest`, or when there is no
 * such master.
 */
export async function changeSubordinateLimit(
  tx: Tx,
  change: {
    readonly masterId: bigint;
    readonly by: number;
    readonly highest: number;
    readonly updateTime: number;
  },
): Promise<boolean> {
  const changed = await tx('masters')
    .where({ id: change.masterId, remove_time: null })
    .whereRaw('subordinate_limit + ? >= subordinate_count', [change.by])
    .whereRaw('subordinate_limit + ? BETWEEN 0 AND ?', [change.by, change.highest])
    .update({
      subordinate_limit: tx.raw('subordinate_limit + ?', [change.by]),
      update_time: change.updateTime,
    });
  return changed > 0;
}

type MasterRow = Record<'id' | 'pool_account_id' | 'credit_limit' | 'balance', bigint> &
  Record<'subordinate_limit' | 'subordinate_count' | 'self_supply', bigint> &
  Record<'create_time' | 'update_time', bigint> &
  Record<'frozen_time' | 'unlink_time', bigint | null> &
  Record<'name' | 'email' | 'phone' | 'alias' | 'company' | 'address', string> & {
    funding: Funding;
  };

function toMaster(row: MasterRow): Master {
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    phone: row.phone,
    alias: row.alias,
    company: row.company,
    address: row.address,
    subordinateLimit: Number(row.subordinate_limit),
    subordinateCount: Number(row.subordinate_count),
    terms: {
      funding: row.funding,
      creditLimit: row.credit_limit,
      selfSupply: row.self_supply === 1n,
    },
    poolAccountId: row.pool_account_id,
    poolCredits: row.balance,
    frozenTime: numberOrNull(row.frozen_time),
    unlinkTime: numberOrNull(row.unlink_time),
    createTime: Number(row.create_time),
    updateTime: Number(row.update_time),
  };
}
