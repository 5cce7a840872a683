import { hmac } from '../../lib/hash.js';
import type { Time } from '../../lib/time.js';
import type { Database } from '../../storage/database.js';
import { countAttempt, readAttempts, uncountAttempt } from '../../storage/throttle.js';
import { read, type Tx, withTransaction } from '../../storage/transaction.js';

/** What is counted together, and how many of it one span takes; 0 for any number. */
export type Bucket = { readonly subject: string; readonly limit: number };

/** What came of an attempt. */
export type Attempt =
  | {
      readonly taken: true;
      /** Takes it back: it did not fail after all. In the caller's transaction when it gives one. */
      giveBack(tx?: Tx): Promise<void>;
    }
  | {
      readonly taken: false;
      readonly limit: number;
      /** How long until the span is over, in milliseconds. */
      readonly retryAfterMs: number;
      /** True for the first that was refused in this span, over all servers: the one to record. */
      readonly first: boolean;
    };

/** Counts attempts in fixed spans of time, over all servers. */
export type Throttle = {
  /**
   * Counts an attempt in each bucket, in order, before anything is tried: so attempts at once are counted one by one. Where a bucket
   * is full, the attempt is refused and counts in no other: what a full bucket keeps off cannot fill the next one.
   */
  take(buckets: readonly Bucket[]): Promise<Attempt>;
  /** How long, in milliseconds, until a bucket that is full takes more; undefined while it takes some. Counts nothing. */
  waitOf(bucket: Bucket): Promise<number | undefined>;
};

/** What it stands on. `key` hides what is counted: addresses and e-mails can be guessed. */
export type ThrottleDeps = {
  readonly db: Database;
  readonly time: Time;
  readonly spanMs: number;
  readonly key: string;
};

/** Full buckets that a server remembers. */
const MAX_REMEMBERED = 10_000;

/** Creates a throttle. Once a server knows a bucket to be full, refusals cost no write until the span is over. */
export function createThrottle({ db, time, spanMs, key }: ThrottleDeps): Throttle {
  /** Hash and start of a full bucket. A span that is over is dropped with all others when there are too many. */
  const full = new Set<string>();

  function remember(name: string): void {
    if (full.size >= MAX_REMEMBERED) full.clear();
    full.add(name);
  }

  function spanOf(now: number) {
    const startTime = now - (now % spanMs);
    return { startTime, retryAfterMs: startTime + spanMs - now };
  }

  function count({ subject, limit }: Bucket, startTime: number): Counted {
    const subjectHash = hmac(key, `${spanMs} ${subject}`);
    return { subjectHash, startTime, limit, name: `${subjectHash.toString('hex')}/${startTime}` };
  }

  return {
    async take(buckets) {
      const { startTime, retryAfterMs } = spanOf(time.now());
      const counted = buckets
        .filter(({ limit }) => limit > 0)
        .map((bucket) => count(bucket, startTime));
      const known = counted.find(({ name }) => full.has(name));
      if (known) return { taken: false, limit: known.limit, retryAfterMs, first: false };
      const refusal = counted.length === 0 ? undefined : await countAll(db, counted);
      if (refusal) {
        remember(refusal.name);
        return { taken: false, limit: refusal.limit, retryAfterMs, first: refusal.first };
      }
      return {
        taken: true,
        async giveBack(tx) {
          if (counted.length === 0) return;
          if (tx) await uncountAll(tx, counted);
          else await withTransaction(db, (own) => uncountAll(own, counted));
        },
      };
    },
    async waitOf(bucket) {
      if (bucket.limit === 0) return undefined;
      const { startTime, retryAfterMs } = spanOf(time.now());
      const counted = count(bucket, startTime);
      if (full.has(counted.name)) return retryAfterMs;
      const attempts = await read(db, (reader) => readAttempts(reader, counted));
      return attempts >= bucket.limit ? retryAfterMs : undefined;
    },
  };
}

type Counted = { subjectHash: Buffer; startTime: number; limit: number; name: string };

async function countAll(
  db: Database,
  buckets: readonly Counted[],
): Promise<(Counted & { first: boolean }) | undefined> {
  return withTransaction(db, async (tx) => {
    for (const [index, bucket] of buckets.entries()) {
      const count = await countAttempt(tx, bucket);
      if (count > bucket.limit) {
        await uncountAll(tx, buckets.slice(0, index));
        return { ...bucket, first: count === bucket.limit + 1 };
      }
    }
    return undefined;
  });
}

async function uncountAll(tx: Tx, buckets: readonly Counted[]): Promise<void> {
  for (const bucket of buckets) await uncountAttempt(tx, bucket);
}
