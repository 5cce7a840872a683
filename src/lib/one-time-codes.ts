import { Secret, TOTP } from 'otpauth';
import { randomSecret } from './random.js';

const DIGITS = 6;
const PERIOD_S = 30;
const ALGORITHM = 'SHA1';
const SECRET_BYTES = 20;
/** Steps before and after the present one whose codes count: clocks differ. */
const WINDOW = 1;

/** A new secret of 160 random bits. */
export function newOneTimeSecret(): Buffer {
  return randomSecret(SECRET_BYTES);
}

/**
 * The time step (RFC 6238, 30 seconds, six digits, SHA-1: what every authenticator knows) that the code is of, when it is the present
 * one, the one before or the one after. Undefined for any other code.
 */
export function stepOfCode(secret: Buffer, code: string, now: number): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined;
  const totp = totpOf(secret);
  const delta = totp.validate({ token: code, timestamp: now, window: WINDOW });
  return delta === null ? undefined : totp.counter({ timestamp: now }) + delta;
}

/** The secret as an authenticator takes it: base32 to type in, and a URI to scan. */
export function describeSecret(
  secret: Buffer,
  { issuer, label }: { readonly issuer: string; readonly label: string },
): { readonly base32: string; readonly uri: string } {
  const totp = totpOf(secret, issuer, label);
  return { base32: totp.secret.base32, uri: totp.toString() };
}

function totpOf(secret: Buffer, issuer = '', label = ''): TOTP {
  // A copy: the library takes the whole memory behind a view.
  const buffer = Uint8Array.from(secret).buffer;
  return new TOTP({
    secret: new Secret({ buffer }),
    issuer,
    label,
    algorithm: ALGORITHM,
    digits: DIGITS,
    period: PERIOD_S,
  });
}
