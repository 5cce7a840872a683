import type { Reader, Tx } from './transaction.js';

/** Notes that an account was logged in to from a network; both are in the hash. */
export async function keepKnownSource(
  tx: Tx,
  source: { readonly subjectHash: Buffer; readonly expireTime: number },
): Promise<void> {
  await tx('known_sources')
    .insert({ subject_hash: source.subjectHash, expire_time: source.expireTime })
    .onConflict(['subject_hash'])
    .merge(['expire_time']);
}

/** Whether the account was logged in to from the network, not too long ago. */
export async function isKnownSource(
  reader: Reader,
  { subjectHash, now }: { readonly subjectHash: Buffer; readonly now: number },
): Promise<boolean> {
  const row = await reader('known_sources')
    .where('subject_hash', subjectHash)
    .where('expire_time', '>', now)
    .first('expire_time');
  return row !== undefined;
}

/** Deletes up to `limit` that are over, and tells how many. */
export async function deleteExpiredSources(
  tx: Tx,
  { now, limit }: { readonly now: number; readonly limit: number },
): Promise<number> {
  const rows: { subject_hash: Buffer }[] = await tx('known_sources')
    .where('expire_time', '<=', now)
    .orderBy('expire_time')
    .limit(limit)
    .select('subject_hash');
  const hashes = rows.map((row) => row.subject_hash);
  if (hashes.length > 0) await tx('known_sources').whereIn('subject_hash', hashes).delete();
  return hashes.length;
}
