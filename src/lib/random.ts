import { randomBytes, randomUUID } from 'node:crypto';

/** A secret of 256 random bits as base64url text (43 characters): client and session tokens, keys. */
export function randomToken(): string {
  return randomBytes(32).toString('base64url');
}

/** Random bytes, good enough for keys. */
export function randomSecret(bytes: number): Buffer {
  return randomBytes(bytes);
}

/** A random (version 4) UUID in its usual text form. */
export function randomUuid(): string {
  return randomUUID();
}

/** A number from 0 (included) to 1 (excluded), for jitter only: it is predictable. */
export function randomFraction(): number {
  return Math.random();
}
