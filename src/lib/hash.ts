import { createHmac, hash as hashAtOnce, timingSafeEqual } from 'node:crypto';

/** The SHA-256 hash (32 bytes). Enough for secrets of 256 random bits; passwords need argon2. */
export function sha256(data: Buffer | string): Buffer {
  return hashAtOnce('sha256', data, 'buffer');
}

/** The SHA-256 hash as 64 hexadecimal digits. */
export function sha256Hex(data: Buffer | string): string {
  return hashAtOnce('sha256', data, 'hex');
}

/** HMAC-SHA-256 (32 bytes): a hash of guessable data, like an e-mail, that needs `key` to be guessed. */
export function hmac(key: Buffer | string, data: Buffer | string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

/** Whether the secret has this SHA-256 hash, in a time that tells nothing of how much of it is right. */
export function hasHash(secret: string, hash: Buffer): boolean {
  return timingSafeEqual(sha256(secret), hash);
}
