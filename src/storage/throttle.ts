import type { Reader, Tx } from './transaction.js';

/** Counts an attempt in its span of time, and tells how many there are with it. */
export async function countAttempt(
  tx: Tx,
  bucket: { readonly subjectHash: Buffer; readonly startTime: number },
): Promise<number> {
  const key = { subject_hash: bucket.subjectHash, start_time: bucket.startTime };
  await tx('throttle_buckets')
    .insert({ ...key, attempt_count: 1 })
    .onConflict(['subject_hash', 'start_time'])
    .merge({ attempt_count: tx.raw('throttle_buckets.attempt_count + 1') });
  const row = await tx('throttle_buckets')
    .where(key)
    .first<{ attempt_count: bigint }>('attempt_count');
  return Number(row.attempt_count);
}

/** Attempts counted in a span so far. */
export async function readAttempts(
  reader: Reader,
  bucket: { readonly subjectHash: Buffer; readonly startTime: number },
): Promise<number> {
  const row = await reader('throttle_buckets')
    .where({ subject_hash: bucket.subjectHash, start_time: bucket.startTime })
    .first<{ attempt_count: bigint } | undefined>('attempt_count');
  return Number(row?.attempt_count ?? 0n);
}

/** Takes back an attempt that was counted: it was none of those that are counted. */
export async function uncountAttempt(
  tx: Tx,
  bucket: { readonly subjectHash: Buffer; readonly startTime: number },
): Promise<void> {
  await tx('throttle_buckets')
    .where({ subject_hash: bucket.subjectHash, start_time: bucket.startTime })
    .where('attempt_count', '>', 0)
    .decrement('attempt_count', 1);
}

/** Start times of up to `limit` buckets that began before a moment: what is over. */
export async function listOldBuckets(
  reader: Reader,
  { before, limit }: { readonly before: number; readonly limit: number },
): Promise<{ subjectHash: Buffer; startTime: number }[]> {
  const rows: { subject_hash: Buffer; start_time: bigint }[] = await reader('throttle_buckets')
    .where('start_time', '<', before)
    .orderBy(['start_time', 'subject_hash'])
    .limit(limit)
    .select('subject_hash', 'start_time');
  return rows.map((row) => ({
    subjectHash: row.subject_hash,
    startTime: Number(row.start_time),
  }));
}

/** Deletes buckets. */
export async function deleteBuckets(
  tx: Tx,
  buckets: readonly { readonly subjectHash: Buffer; readonly startTime: number }[],
): Promise<void> {
  for (const startTime of new Set(buckets.map((bucket) => bucket.startTime))) {
    const hashes = buckets
      .filter((bucket) => bucket.startTime === startTime)
      .map(({ subjectHash }) => subjectHash);
    await tx('throttle_buckets')
      .where({ start_time: startTime })
      .whereIn('subject_hash', hashes)
      .delete();
  }
}
