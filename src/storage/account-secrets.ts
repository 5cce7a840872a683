import { sqlValue } from './sql-values.js';
import type { Tx } from './transaction.js';

/** Erases what a removed user or master proved itself by: earlier passwords, one-time passwords and recovery codes. */
export async function eraseAccountSecrets(tx: Tx, ownerId: bigint): Promise<void> {
  await tx('password_archive').where('owner_id', sqlValue(ownerId)).delete();
  await tx('totp_secrets').where('user_id', sqlValue(ownerId)).delete();
  await tx('recovery_codes').where('user_id', sqlValue(ownerId)).delete();
}
