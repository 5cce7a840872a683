import { hmac } from '../../lib/hash.js';
import type { Time } from '../../lib/time.js';
import type { Caller } from '../../model/caller.js';
import { DomainError } from '../../model/errors.js';
import type { Database } from '../../storage/database.js';
import { isKnownSource, keepKnownSource } from '../../storage/known-sources.js';
import { read, type Tx } from '../../storage/transaction.js';
import type { Audit, AuditAct } from '../audit/audit.js';
import type { DomainSettings } from '../settings.js';
import { networkOf } from './network.js';
import type { Throttle } from './throttle.js';

/** What is tried to log in to: the e-mail as it was given, whether or not it exists. `realm` is the master's id, or 'masters'. */
export type LoginTarget = { readonly realm: bigint | 'masters'; readonly emailKey: Buffer };

/** Throttles failed logins, of users and of masters, and wrong passwords and codes of those that are logged in. */
export type LoginThrottle = {
  /**
   * Lets a login be tried, counted as failed from the start, so that those at once are counted one by one. `login` calls `succeeded` in its
   * transaction: then it does not count, and the source becomes known. It counts when it throws LOGIN_FAILED, and no other error does.
   *
   * @throws LOGIN_THROTTLED, without a call of `login`; and what `login` throws.
   */
  guard<T>(
    caller: Caller,
    target: LoginTarget,
    login: (succeeded: (tx: Tx) => Promise<void>) => Promise<T>,
  ): Promise<T>;
};

/** What it stands on. */
export type LoginThrottleDeps = {
  readonly db: Database;
  readonly time: Time;
  readonly throttle: Throttle;
  readonly audit: Audit;
  readonly settings: Pick<DomainSettings, 'auditKey' | 'loginLimits'>;
};

/** How long a source stays known without a login. */
const KNOWN_SOURCE_MS = 90 * 24 * 3_600_000;

/**
 * Creates the throttle of logins. Failures are counted per source and account together, per source, and per account, in this order,
 * and one that a full bucket refuses counts in none of the others: a stranger at one source fills its own pair with the account,
 * which adds no more to the account than one pair takes. Strangers at many sources can fill the account's bucket; then a source from
 * which the account was logged in to before is still let in, on its own pair alone. That pair is also all that counts where many
 * people share an address, for each who logged in from there before.
 */
export function createLoginThrottle(deps: LoginThrottleDeps): LoginThrottle {
  const { db, time, throttle, audit, settings } = deps;
  const limits = settings.loginLimits;

  function hash(text: string): Buffer {
    return hmac(settings.auditKey, text);
  }

  return {
    async guard(caller, { realm, emailKey }, login) {
      const network = networkOf(caller.source);
      const account = `${realm} ${emailKey.toString('hex')}`;
      const subjectHash = hash(`known source ${account} ${network}`);
      const pair = { subject: `login ${account} from ${network}`, limit: limits.perPair };
      const source = { subject: `logins from ${network}`, limit: limits.perSource };
      const whole = { subject: `login ${account}`, limit: limits.perAccount };
      const known = await read(db, (reader) =>
        isKnownSource(reader, { subjectHash, now: time.now() }),
      );
      const attempt = await throttle.take(known ? [pair] : [pair, source, whole]);
      if (!attempt.taken) {
        if (attempt.first) await audit.record(caller, throttledAct(realm, emailKey));
        throw loginThrottled(attempt.retryAfterMs);
      }
      try {
        return await login(async (tx) => {
          await attempt.giveBack(tx);
          await keepKnownSource(tx, { subjectHash, expireTime: time.now() + KNOWN_SOURCE_MS });
        });
      } catch (error) {
        // Where it cannot be given back it stays counted, and what went wrong is told.
        if (!isFailure(error)) await attempt.giveBack().catch(() => {});
        throw error;
      }
    },
  };
}

function isFailure(error: unknown): boolean {
  return error instanceof DomainError && error.reason === 'LOGIN_FAILED';
}

function throttledAct(realm: bigint | 'masters', emailKey: Buffer): AuditAct {
  return {
    kind: 'LOGIN_THROTTLED',
    refusal: 'LOGIN_THROTTLED',
    masterId: realm === 'masters' ? null : realm,
    userId: null,
    emailKey,
  };
}

function loginThrottled(retryAfterMs: number): DomainError {
  return new DomainError(
    'LOGIN_THROTTLED',
    'Too many failed logins from this address or to this account; try later.',
    { retryAfterMs, metadata: { retry_after_seconds: String(Math.ceil(retryAfterMs / 1_000)) } },
  );
}
