import { DomainError } from '../../model/errors.js';
import type { Reason } from '../../model/reasons.js';
import { StorageError } from '../../storage/errors.js';

/** For a unique key of the database: the field that is taken, and the reason to say so. */
export type TakenKeys = Readonly<
  Record<string, { readonly field: string; readonly reason: Reason }>
>;

/** Runs a write; a duplicate of one of `keys` becomes its reason (metadata: field, never the value). */
export async function refuseTaken<T>(keys: TakenKeys, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const taken =
      error instanceof StorageError && error.kind === 'duplicate' && keys[error.key ?? ''];
    if (!taken) throw error;
    throw new DomainError(taken.reason, `The ${taken.field} is taken.`, {
      metadata: { field: taken.field },
      cause: error,
    });
  }
}
