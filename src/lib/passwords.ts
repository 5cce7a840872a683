import { hash, verify } from '@node-rs/argon2';
import createLimit from 'p-limit';
import { DomainError } from '../model/errors.js';

/** What one hash costs. */
export type PasswordCost = {
  /** Memory in KiB. */
  readonly memoryKib: number;
  /** Passes over that memory. */
  readonly iterations: number;
};

/** Hashes of passwords, made with argon2id. */
export type Passwords = {
  /** The hash to store. @throws OVERLOADED when too many are waiting. */
  hash(password: string): Promise<string>;
  /**
   * Whether the password fits the hash. Without a hash (there is no such account) it takes as long and is false, so that
   * answers do not tell which accounts exist.
   *
   * @throws OVERLOADED when too many are waiting.
   */
  verify(passwordHash: string | undefined, password: string): Promise<boolean>;
};

/** More at once would take all of the threads that the process has for such work, and memory without bound. */
const MAX_CONCURRENT = 4;
/** At some 30 ms each, the last in the queue waits for about two seconds. */
const MAX_WAITING = 256;
const RETRY_AFTER_MS = 1000;

/** Creates the hashing of passwords. At most 4 hashes are computed at once, and 256 wait. */
export function createPasswords(cost: PasswordCost): Passwords {
  const limit = createLimit(MAX_CONCURRENT);
  const options = { memoryCost: cost.memoryKib, timeCost: cost.iterations, parallelism: 1 };
  const nobodysHash = hashOfNothing(cost);

  function run<T>(work: () => Promise<T>): Promise<T> {
    if (limit.pendingCount >= MAX_WAITING) {
      throw new DomainError('OVERLOADED', 'Too many passwords are being checked; try again.', {
        retryAfterMs: RETRY_AFTER_MS,
      });
    }
    return limit(work);
  }

  return {
    hash: async (password) => run(() => hash(normalise(password), options)),
    verify: async (passwordHash, password) =>
      run(() => verify(passwordHash ?? nobodysHash, normalise(password))),
  };
}

/** Keyboards differ in how they compose a letter; the same password must stay the same. */
function normalise(password: string): string {
  return password.normalize('NFC');
}

/** A well-formed hash at this cost that no password is known to fit. */
export function hashOfNothing({ memoryKib, iterations }: PasswordCost): string {
  const salt = Buffer.alloc(16, 1).toString('base64').replace(/=+$/, '');
  const digest = Buffer.alloc(32, 1).toString('base64').replace(/=+$/, '');
  return `$argon2id$v=19$m=${memoryKib},t=${iterations},p=1$${salt}$${digest}`;
}
