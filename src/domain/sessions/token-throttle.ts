import { sha256 } from '../../lib/hash.js';
import type { Time } from '../../lib/time.js';
import { DomainError } from '../../model/errors.js';
import type { Database } from '../../storage/database.js';
import { countAttempt } from '../../storage/throttle.js';
import { withTransaction } from '../../storage/transaction.js';
import { networkOf } from '../throttle/network.js';

/** Attempts are counted by the minute. */
export const THROTTLE_SPAN_MS = 60_000;

/** What the throttle stands on. */
export type TokenThrottleDeps = {
  readonly db: Database;
  readonly time: Time;
  readonly settings: { readonly tokenRequestsPerMinute: number };
};

/**
 * Counts a token request of a source, over all instances, and refuses what is too much. A refused request counts too.
 *
 * @throws RATE_LIMITED
 */
export async function throttleTokenRequest(
  { db, time, settings }: TokenThrottleDeps,
  source: string,
): Promise<void> {
  const limit = settings.tokenRequestsPerMinute;
  if (limit === 0) return;
  const now = time.now();
  const startTime = now - (now % THROTTLE_SPAN_MS);
  const subjectHash = sha256(`token requests ${networkOf(source)}`);
  const count = await withTransaction(db, (tx) => countAttempt(tx, { subjectHash, startTime }));
  if (count <= limit) return;
  throw new DomainError('RATE_LIMITED', 'Too many token requests from this address; try later.', {
    metadata: { limit: String(limit) },
    retryAfterMs: startTime + THROTTLE_SPAN_MS - now,
  });
}
