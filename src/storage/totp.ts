import { numberOrNull } from './numbers.js';
import { sqlValue } from './sql-values.js';
import type { Reader, Tx } from './transaction.js';

/** The one-time passwords of a user. The secret is encrypted by the key of that id. Times are Unix ms. */
export type TotpRow = {
  readonly userId: bigint;
  readonly keyId: string;
  readonly secret: Buffer;
  /** When a first code proved them; null while they wait for it. */
  readonly confirmTime: number | null;
  /** Step of the newest code that was accepted; 0 before the first. */
  readonly lastStep: number;
};

/** The one-time passwords of a user, confirmed or not. */
export async function findTotp(reader: Reader, userId: bigint): Promise<TotpRow | undefined> {
  const row = await reader('totp_secrets')
    .where('user_id', sqlValue(userId))
    .first<
      { key_id: string; secret: Buffer; confirm_time: bigint | null; last_step: bigint } | undefined
    >('key_id', 'secret', 'confirm_time', 'last_step');
  if (!row) return undefined;
  return {
    userId,
    keyId: row.key_id,
    secret: row.secret,
    confirmTime: numberOrNull(row.confirm_time),
    lastStep: Number(row.last_step),
  };
}

/** Stores a new secret, in place of one that was never confirmed. False when there is a confirmed one. */
export async function replacePendingTotp(
  tx: Tx,
  totp: Pick<TotpRow, 'userId' | 'keyId' | 'secret'> & { readonly createTime: number },
): Promise<boolean> {
  const user = sqlValue(totp.userId);
  await tx('totp_secrets').where({ user_id: user, confirm_time: null }).delete();
  const left = await tx('totp_secrets').where('user_id', user).forUpdate().first('user_id');
  if (left) return false;
  await tx('totp_secrets').insert({
    user_id: user,
    key_id: totp.keyId,
    secret: totp.secret,
    confirm_time: null,
    last_step: 0,
    create_time: totp.createTime,
    update_time: totp.createTime,
  });
  return true;
}

/**
 * Notes that a code of this step of this secret was accepted, and stores the secret as it is encrypted now. False when a code of the
 * step, or of a later one, was accepted before, or the secret is another one by now: then this one is not accepted.
 */
export async function acceptTotpStep(
  tx: Tx,
  accepted: {
    readonly totp: TotpRow;
    readonly step: number;
    readonly keyId: string;
    readonly secret: Buffer;
    readonly now: number;
  },
): Promise<boolean> {
  const { totp, step, keyId, secret, now } = accepted;
  const changed = await tx('totp_secrets')
    .where({ user_id: sqlValue(totp.userId), key_id: totp.keyId, secret: totp.secret })
    .where('last_step', '<', step)
    .update({
      last_step: step,
      key_id: keyId,
      secret,
      confirm_time: totp.confirmTime ?? now,
      update_time: now,
    });
  return changed === 1;
}

/** Removes the one-time passwords of a user and its recovery codes. False when there were none. */
export async function deleteTotp(tx: Tx, userId: bigint): Promise<boolean> {
  await tx('recovery_codes').where('user_id', sqlValue(userId)).delete();
  return (await tx('totp_secrets').where('user_id', sqlValue(userId)).delete()) > 0;
}

/** Stores recovery codes by their hashes, in place of all that the user has. */
export async function replaceRecoveryCodes(
  tx: Tx,
  codes: {
    readonly userId: bigint;
    readonly codeHashes: readonly Buffer[];
    readonly createTime: number;
  },
): Promise<void> {
  const user = sqlValue(codes.userId);
  await tx('recovery_codes').where('user_id', user).delete();
  await tx('recovery_codes').insert(
    codes.codeHashes.map((hash) => ({
      user_id: user,
      code_hash: hash,
      create_time: codes.createTime,
    })),
  );
}

/** Whether the user has this recovery code. */
export async function hasRecoveryCode(
  reader: Reader,
  code: { readonly userId: bigint; readonly codeHash: Buffer },
): Promise<boolean> {
  const row = await reader('recovery_codes')
    .where({ user_id: sqlValue(code.userId), code_hash: code.codeHash })
    .first('user_id');
  return row !== undefined;
}

/** Uses a recovery code up. False when it is gone already. */
export async function useRecoveryCode(
  tx: Tx,
  code: { readonly userId: bigint; readonly codeHash: Buffer },
): Promise<boolean> {
  const used = await tx('recovery_codes')
    .where({ user_id: sqlValue(code.userId), code_hash: code.codeHash })
    .delete();
  return used === 1;
}

/** Ids of the keys that secrets in the database are encrypted with. */
export async function listTotpKeyIds(reader: Reader): Promise<string[]> {
  const rows: { key_id: string }[] = await reader('totp_secrets').distinct('key_id');
  return rows.map((row) => row.key_id);
}
