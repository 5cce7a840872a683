import type { LeaseTime } from './lease-time.js';
import { takeFromSequence } from './sequences.js';
import type { Reader, Tx } from './transaction.js';

/** A running server as the others know it. Its workers carry its number and its epoch. */
export type InstanceKey = { readonly instanceNumber: bigint; readonly epoch: bigint };

/**
 * Registers an instance under an epoch that nobody ever had, and starts its lease. Workers of its earlier epochs are dead
 * from then on.
 */
export async function insertInstance(
  tx: Tx,
  input: {
    readonly instanceNumber: bigint;
    readonly leaseTime: LeaseTime;
    readonly leaseMs: number;
    readonly startTime: number;
  },
): Promise<bigint> {
  const epoch = await takeFromSequence(tx, 'epoch', 1);
  await tx('instances').where({ instance_number: input.instanceNumber }).delete();
  await tx('instances').insert({
    instance_number: input.instanceNumber,
    epoch,
    lease_expire_time: input.leaseTime.in(tx, input.leaseMs),
    start_time: input.startTime,
  });
  return epoch;
}

/** Renews a lease that nobody has taken, expired or not. False when it is gone. */
export async function renewInstance(
  tx: Tx,
  key: InstanceKey,
  lease: { readonly leaseTime: LeaseTime; readonly leaseMs: number },
): Promise<boolean> {
  const renewed = await row(tx, key).update({
    lease_expire_time: lease.leaseTime.in(tx, lease.leaseMs),
  });
  return renewed > 0;
}

/** Locks the row of an instance, as long as its lease is not taken: after sessions, before workers. */
export async function lockInstance(tx: Tx, key: InstanceKey): Promise<boolean> {
  return (await row(tx, key).forUpdate().first('epoch')) !== undefined;
}

/** Gives a lease back. The workers under it are dead from then on. */
export async function deleteInstance(tx: Tx, key: InstanceKey): Promise<void> {
  await row(tx, key).delete();
}

/** Takes a lease that has run out, by the database's clock. False when it was renewed or taken meanwhile. */
export async function deleteExpiredInstance(
  tx: Tx,
  key: InstanceKey,
  leaseTime: LeaseTime,
): Promise<boolean> {
  const taken = await row(tx, key).where('lease_expire_time', '<=', leaseTime.in(tx)).delete();
  return taken > 0;
}

/** Instances whose lease has run out, but `except`. */
export async function listExpiredInstances(
  reader: Reader,
  { leaseTime, except }: { readonly leaseTime: LeaseTime; readonly except: bigint },
): Promise<InstanceKey[]> {
  const rows = await reader('instances')
    .where('lease_expire_time', '<=', leaseTime.in(reader))
    .whereNot({ instance_number: except })
    .orderBy('instance_number')
    .select('instance_number', 'epoch');
  return rows.map(toKey);
}

/** Every instance that holds a lease. */
export async function listInstances(reader: Reader): Promise<InstanceKey[]> {
  const rows = await reader('instances')
    .orderBy('instance_number')
    .select('instance_number', 'epoch');
  return rows.map(toKey);
}

function row(tx: Tx, { instanceNumber, epoch }: InstanceKey) {
  return tx('instances').where({ instance_number: instanceNumber, epoch });
}

function toKey(found: { instance_number: bigint; epoch: bigint }): InstanceKey {
  return { instanceNumber: found.instance_number, epoch: found.epoch };
}
