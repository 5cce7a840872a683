import type { Caller } from '../../model/caller.js';
import { DomainError } from '../../model/errors.js';
import type { Reason } from '../../model/reasons.js';
import type { Audit } from '../audit/audit.js';
import { networkOf } from './network.js';
import type { Throttle } from './throttle.js';

/** What the key opens. */
export type KeyKind = 'acquire' | 'backend' | 'registration' | 'operator';

/** Throttles wrong keys. */
export type KeyThrottle = {
  /**
   * Call it before a key that people choose counts as right: where too many were wrong, the right one is refused too, or trying on would tell
   * it. Keys that the server made need none of it: 256 random bits cannot be guessed, and nobody holds up a right one.
   *
   * @throws RATE_LIMITED
   */
  admit(caller: Caller, kind: KeyKind): Promise<void>;
  /** Notes a wrong key and gives the error to throw: `refusal`, or RATE_LIMITED when there were too many from this source. */
  refused(caller: Caller, kind: KeyKind, refusal: DomainError): Promise<DomainError>;
};

/** What it stands on. */
export type KeyThrottleDeps = {
  readonly throttle: Throttle;
  readonly audit: Audit;
  readonly settings: { readonly keyFailuresPerSource: number };
};

/** Creates the throttle of wrong keys. Each is recorded until the source is throttled; then that is, once a span. */
export function createKeyThrottle({ throttle, audit, settings }: KeyThrottleDeps): KeyThrottle {
  function bucketOf(source: string, kind: KeyKind) {
    const subject = `${kind} keys from ${networkOf(source)}`;
    return { subject, limit: settings.keyFailuresPerSource };
  }

  function record(
    caller: Caller,
    kind: KeyKind,
    act: 'KEY_REFUSED' | 'KEYS_THROTTLED',
    reason: Reason,
  ) {
    return audit.record(caller, { kind: act, refusal: reason, method: kind });
  }

  async function refuse(caller: Caller, kind: KeyKind, refusal: DomainError): Promise<DomainError> {
    const attempt = await throttle.take([bucketOf(caller.source, kind)]);
    if (attempt.taken) {
      await record(caller, kind, 'KEY_REFUSED', refusal.reason);
      return refusal;
    }
    if (attempt.first) await record(caller, kind, 'KEYS_THROTTLED', 'RATE_LIMITED');
    return rateLimited(attempt.limit, attempt.retryAfterMs);
  }

  return {
    refused: refuse,
    async admit(caller, kind) {
      const bucket = bucketOf(caller.source, kind);
      const wait = await throttle.waitOf(bucket);
      // The first that is held up is recorded, whichever key it has.
      if (wait !== undefined) throw await refuse(caller, kind, rateLimited(bucket.limit, wait));
    },
  };
}

function rateLimited(limit: number, retryAfterMs: number): DomainError {
  return new DomainError('RATE_LIMITED', 'Too many wrong keys from this address; try later.', {
    metadata: { limit: String(limit) },
    retryAfterMs,
  });
}
