import type { Cleaner, CleanerName } from '../model/cleaner.js';
import type { LeaseTime } from './lease-time.js';
import { numberOrNull } from './numbers.js';
import type { Reader, Tx } from './transaction.js';

/** A sweep that runs, or is to run: `holder` is a number that no other sweep has. */
export type SweepKey = { readonly name: CleanerName; readonly holder: bigint };

/** How long a sweep may go without renewing its lease. */
export type SweepLease = { readonly leaseTime: LeaseTime; readonly leaseMs: number };

/** A cleaner as it is stored; its interval is a setting. */
export type StoredCleaner = Omit<Cleaner, 'intervalMs'>;

/**
 * Begins a sweep unless another one runs on any server.
 *
 * @param due the interval of the cleaner for a sweep that it does by itself: only when the last one began that long ago, and
 *   nobody stopped it. Null for one that the operator demands.
 */
export async function acquireSweep(
  tx: Tx,
  { name, holder }: SweepKey,
  { leaseTime, leaseMs }: SweepLease,
  due: { readonly intervalMs: number } | null,
): Promise<boolean> {
  const acquired = await tx('cleaners')
    .where({ name: Buffer.from(name) })
    .where('lease_expire_time', '<=', leaseTime.in(tx))
    .modify((query) => {
      if (due === null) return;
      const latest = leaseTime.in(tx, -due.intervalMs);
      query.where('started', 1);
      query.where((or) => or.whereNull('sweep_time').orWhere('sweep_time', '<=', latest));
    })
    .update({
      holder,
      lease_expire_time: leaseTime.in(tx, leaseMs),
      sweep_time: leaseTime.in(tx),
    });
  return acquired > 0;
}

/** Renews the lease of a sweep. False when it ran out and another sweep began. */
export async function renewSweep(
  tx: Tx,
  { name, holder }: SweepKey,
  { leaseTime, leaseMs }: SweepLease,
): Promise<boolean> {
  const renewed = await tx('cleaners')
    .where({ name: Buffer.from(name), holder })
    .update({ lease_expire_time: leaseTime.in(tx, leaseMs) });
  return renewed > 0;
}

/** Ends a sweep; `removedCount` is null for one that did not get to its end. */
export async function endSweep(
  tx: Tx,
  { name, holder }: SweepKey,
  { leaseTime, removedCount }: { leaseTime: LeaseTime; removedCount: number | null },
): Promise<void> {
  const outcome =
    removedCount === null ? {} : { end_time: leaseTime.in(tx), removed_count: removedCount };
  await tx('cleaners')
    .where({ name: Buffer.from(name), holder })
    .update({ holder: null, lease_expire_time: 0, ...outcome });
}

/** Lets cleaners sweep by themselves, or keeps them from it, on every server. */
export async function setCleanersStarted(
  tx: Tx,
  names: readonly CleanerName[],
  started: boolean,
): Promise<void> {
  await tx('cleaners')
    .whereIn(
      'name',
      names.map((name) => Buffer.from(name)),
    )
    .update({ started: Number(started) });
}

/** Every cleaner. */
export async function listCleaners(reader: Reader, leaseTime: LeaseTime): Promise<StoredCleaner[]> {
  const rows = await reader('cleaners').select(
    'name',
    'started',
    'sweep_time',
    'end_time',
    'removed_count',
    reader.raw('lease_expire_time > ? as sweeping', [leaseTime.in(reader)]),
  );
  return rows.map((row) => ({
    name: row.name.toString() as CleanerName,
    started: row.started === 1n,
    sweeping: Number(row.sweeping) === 1,
    sweepTime: numberOrNull(row.sweep_time),
    endTime: numberOrNull(row.end_time),
    removedCount: Number(row.removed_count),
  }));
}
