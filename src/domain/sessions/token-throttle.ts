import { sha256 } from '../../lib/hash.js';
import type { Time } from '../../lib/time.js';
import { DomainError } from '../../model/errors.js';
import type { Database } from '../../storage/database.js';
import { countAttempt } from '../../storage/throttle.js';
import { withTransaction } from '../../storage/transaction.js';

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

/** Who makes the requests, as far as an address tells: of IPv6 the first 64 bits, whose rest its holder chooses at will. */
export function networkOf(source: string): string {
  const address = source.replace(/^\[|\]$/g, '').split('%')[0] ?? '';
  if (!address.includes(':')) return source;
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array.from({ length: Math.max(0, zeros) }, () => '0'), ...after];
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(':')}::/64`;
}
