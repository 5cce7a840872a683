import { sha256 } from '../../lib/hash.js';
import { stepOfCode } from '../../lib/one-time-codes.js';
import type { Time } from '../../lib/time.js';
import type { Vault } from '../../lib/vault.js';
import type { Database } from '../../storage/database.js';
import {
  acceptTotpStep,
  findTotp,
  hasRecoveryCode,
  type TotpRow,
  useRecoveryCode,
} from '../../storage/totp.js';
import { read, type Tx } from '../../storage/transaction.js';

/** What a code proved, before it is used up. */
export type SecondFactor = {
  /** True when the account needs no code, or the code fits. */
  readonly right: boolean;
  /** True when it is a recovery code. */
  readonly recovery: boolean;
  /**
   * Uses the code up, in the transaction of what it is for. False when somebody else was faster: then it proves nothing. True when the
   * account needs none.
   */
  use(tx: Tx): Promise<boolean>;
};

/** What checks of codes stand on. */
export type SecondFactorDeps = {
  readonly db: Database;
  readonly time: Time;
  readonly vault: Vault;
};

/** Says whose a secret is, so that no row can take another one's place. */
export function totpContext(userId: bigint): string {
  return `totp of user ${userId}`;
}

/** The hash under which a recovery code is kept. Codes have 80 random bits, so it needs no salt; spaces and hyphens do not matter. */
export function hashRecoveryCode(userId: bigint, code: string): Buffer {
  return sha256(`recovery code of ${userId}: ${code.replaceAll(/[\s-]/g, '').toLowerCase()}`);
}

/**
 * Looks at the code that came with a login: one of the authenticator, or a recovery code. Makes the same statements whether or not there
 * is such a user (`userId` undefined), it has one-time passwords, and the code fits.
 */
export async function checkSecondFactor(
  { db, time, vault }: SecondFactorDeps,
  userId: bigint | undefined,
  code: string,
): Promise<SecondFactor> {
  const id = userId ?? 0n;
  const codeHash = hashRecoveryCode(id, code);
  const [totp, recovery] = await read(db, async (reader) => [
    await findTotp(reader, id),
    await hasRecoveryCode(reader, { userId: id, codeHash }),
  ]);
  if (!totp || totp.confirmTime === null) {
    return { right: true, recovery: false, use: async () => true };
  }
  if (recovery) {
    const use = (tx: Tx) => useRecoveryCode(tx, { userId: id, codeHash });
    return { right: true, recovery: true, use };
  }
  const now = time.now();
  const step = stepOf(vault, totp, code, now);
  if (step === undefined) return { right: false, recovery: false, use: async () => false };
  return { right: true, recovery: false, use: (tx) => acceptStep(tx, vault, totp, step, now) };
}

/** The step of a code that fits the secret and is newer than the last one that was accepted. */
export function stepOf(vault: Vault, totp: TotpRow, code: string, now: number): number | undefined {
  const secret = openSecret(vault, totp);
  const step = stepOfCode(secret, code, now);
  return step !== undefined && step > totp.lastStep ? step : undefined;
}

/** Uses a step up, and encrypts the secret anew when its key is an old one. */
export function acceptStep(
  tx: Tx,
  vault: Vault,
  totp: TotpRow,
  step: number,
  now: number,
): Promise<boolean> {
  const sealed = vault.isOld(totp)
    ? vault.seal(openSecret(vault, totp), totpContext(totp.userId))
    : { keyId: totp.keyId, bytes: totp.secret };
  return acceptTotpStep(tx, { totp, step, keyId: sealed.keyId, secret: sealed.bytes, now });
}

function openSecret(vault: Vault, { userId, keyId, secret }: TotpRow): Buffer {
  return vault.open({ keyId, bytes: secret }, totpContext(userId));
}
