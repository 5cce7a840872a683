import type { Passwords } from '../../lib/passwords.js';
import type { Time } from '../../lib/time.js';
import { invalidField } from '../../model/errors.js';
import type { Database } from '../../storage/database.js';
import type { Ids } from '../../storage/ids.js';
import { archivePassword, listArchivedPasswords } from '../../storage/password-archive.js';
import { read, type Tx } from '../../storage/transaction.js';
import { checkPasswordPolicy } from './password-policy.js';

/** Whose password: a user's or a master's, with the hash as it was read. */
export type PasswordOwner = { readonly id: bigint; readonly passwordHash: string };

/** A new password that may be set, hashed. */
export type NewPassword = {
  readonly owner: PasswordOwner;
  readonly passwordHash: string;
  readonly archiveId: bigint;
};

/** The rules of replacing a password. */
export type PasswordChanges = {
  /**
   * Checks the new password against the policy, the present password and the archived ones, and hashes it. Call it before the
   * transaction. `field` is the request's name of the new password.
   *
   * @throws PASSWORD_TOO_WEAK, PASSWORD_REUSED, OVERLOADED
   */
  prepare(owner: PasswordOwner, password: string, field: string): Promise<NewPassword>;
  /**
   * Archives the password that is replaced. Call it in the transaction that sets the new hash, which must first have found, under
   * lock, that the hash is still the one that was read ({@link PasswordOwner}): else two changes at once would both pass.
   */
  archive(tx: Tx, password: NewPassword): Promise<void>;
};

/** What changes of passwords stand on. */
export type PasswordChangeDeps = {
  readonly db: Database;
  readonly time: Time;
  readonly ids: Ids;
  readonly passwords: Passwords;
  readonly settings: { readonly passwordHistory: number };
};

/** Creates the rules. The last `passwordHistory` passwords before the present one are refused; 0 refuses only the present one. */
export function createPasswordChanges(deps: PasswordChangeDeps): PasswordChanges {
  const { db, time, ids, passwords, settings } = deps;
  const keep = settings.passwordHistory;
  return {
    async prepare(owner, password, field) {
      checkPasswordPolicy(password, field);
      const archived = await read(db, (reader) =>
        listArchivedPasswords(reader, { ownerId: owner.id, limit: keep }),
      );
      // One after another: a change must not take every place at which passwords are hashed.
      for (const hash of [owner.passwordHash, ...archived]) {
        if (await passwords.verify(hash, password)) throw passwordReused(field);
      }
      const passwordHash = await passwords.hash(password);
      return { owner, passwordHash, archiveId: await ids.next() };
    },
    archive: (tx, { owner, archiveId }) =>
      archivePassword(tx, {
        id: archiveId,
        ownerId: owner.id,
        passwordHash: owner.passwordHash,
        createTime: time.now(),
        keep,
      }),
  };
}

function passwordReused(field: string) {
  return invalidField(
    'PASSWORD_REUSED',
    field,
    'This is the present password or one of the last; choose another one.',
  );
}
