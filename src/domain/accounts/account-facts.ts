import { countAcquiredTokens } from '../../storage/acquired-tokens.js';
import type { Database } from '../../storage/database.js';
import { findMaster } from '../../storage/masters.js';
import { isUserLoggedIn } from '../../storage/sessions.js';
import { read } from '../../storage/transaction.js';
import { findUser } from '../../storage/users.js';

/**
 * What replies in the predecessor's shapes tell besides the subject of an instruction. Asked only after a method of the API has let the
 * caller in and shown it that subject.
 */
export type AccountFacts = {
  /** Whether the user is logged in on any session. */
  isLoggedIn(userId: bigint): Promise<boolean>;
  /** Client tokens that have acquired the master. */
  countAcquiredTokens(masterId: bigint): Promise<number>;
  /** Null when the master is gone. */
  findMasterEmail(masterId: bigint): Promise<string | null>;
  /** Null when the user is gone. */
  findUserEmail(key: { readonly id: bigint; readonly masterId: bigint }): Promise<string | null>;
};

/** Creates the look-ups. */
export function createAccountFacts({ db }: { readonly db: Database }): AccountFacts {
  return {
    isLoggedIn: (userId) => read(db, (reader) => isUserLoggedIn(reader, userId)),
    countAcquiredTokens: (masterId) => read(db, (reader) => countAcquiredTokens(reader, masterId)),
    findMasterEmail: async (id) =>
      (await read(db, (reader) => findMaster(reader, id)))?.email ?? null,
    findUserEmail: async (key) =>
      (await read(db, (reader) => findUser(reader, key)))?.email ?? null,
  };
}
