import type { Passwords } from '../../lib/passwords.js';
import type { Time } from '../../lib/time.js';
import { asMaster, asSession, asUser, type Caller } from '../../model/caller.js';
import { DomainError } from '../../model/errors.js';
import type { Database } from '../../storage/database.js';
import type { Ids } from '../../storage/ids.js';
import { findUserPassword, lockPassword, updatePassword } from '../../storage/profiles.js';
import { deleteUserLogins } from '../../storage/removals.js';
import { read, type Tx, withTransaction } from '../../storage/transaction.js';
import { type Audit, type AuditAct, recordAudit } from '../audit/audit.js';
import { notFound } from '../not-found.js';
import type { LoginThrottle } from '../throttle/login-throttle.js';
import { legacyDisabled } from './chosen-keys.js';
import { recordLogins, takeLogoutIds } from './login-history.js';
import type { NewPassword, PasswordChanges } from './password-changes.js';

/** Passwords of users, replaced. */
export type SetPassword = {
  /**
   * Replaces the caller's password, and logs it out of every other session.
   *
   * @throws LOGIN_FAILED for a wrong current one; LOGIN_THROTTLED after too many.
   * @throws PASSWORD_TOO_WEAK, PASSWORD_REUSED, NOT_LOGGED_IN, OVERLOADED
   */
  change(
    caller: Caller,
    input: { readonly currentPassword: string; readonly newPassword: string },
  ): Promise<void>;
  /**
   * As {@link SetPassword.change}, without the current password: the session is the proof. Only where the settings allow it.
   *
   * @throws LEGACY_DISABLED, PASSWORD_TOO_WEAK, PASSWORD_REUSED, NOT_LOGGED_IN, OVERLOADED
   */
  overwrite(caller: Caller, newPassword: string): Promise<void>;
  /**
   * Replaces the password of a user of the calling master, and logs it out of every session.
   *
   * @throws ACCOUNT_NOT_FOUND, PASSWORD_TOO_WEAK, PASSWORD_REUSED, OVERLOADED
   */
  reset(
    caller: Caller,
    input: { readonly accountId: bigint; readonly newPassword: string },
  ): Promise<void>;
};

/** What it stands on. */
export type SetPasswordDeps = {
  readonly db: Database;
  readonly time: Time;
  readonly ids: Ids;
  readonly passwords: Passwords;
  readonly passwordChanges: PasswordChanges;
  readonly loginThrottle: LoginThrottle;
  readonly audit: Audit;
  readonly settings: { readonly legacyPasswordEdit: boolean };
};

/** Creates the use cases. */
export function createSetPassword(deps: SetPasswordDeps): SetPassword {
  const { db, time, ids, passwords, passwordChanges, loginThrottle, audit } = deps;

  /** `confirmed` runs in the transaction. False when the password is no longer the one that was read. */
  async function replace(
    caller: Caller,
    password: NewPassword,
    keptSessionId: bigint | null,
    act: AuditAct,
    confirmed: (tx: Tx) => Promise<void>,
  ): Promise<boolean> {
    const event = await audit.prepare(caller, act);
    const logoutIds = await takeLogoutIds(ids);
    const { id } = password.owner;
    return withTransaction(db, async (tx) => {
      // First of all: a login that checked the old password sees that it is not the one any more, or is ended below.
      if (!(await lockPassword(tx, 'users', password.owner))) return false;
      const now = time.now();
      await passwordChanges.archive(tx, password);
      const { passwordHash } = password;
      await updatePassword(tx, 'users', { id, passwordHash, updateTime: now });
      const ended = await deleteUserLogins(tx, { userId: id, keptSessionId });
      const logouts = ended.map((sessionId) => ({ subjectId: id, sessionId }));
      const by = { ids: logoutIds, source: caller.source, createTime: now };
      await recordLogins(tx, 'LOGOUT', logouts, by);
      await confirmed(tx);
      await recordAudit(tx, event);
      return true;
    });
  }

  /** Without the current password: another change that comes in between is overwritten. */
  async function set(
    caller: Caller,
    key: { readonly id: bigint; readonly masterId: bigint },
    newPassword: string,
    keptSessionId: bigint | null,
    act: AuditAct,
  ): Promise<void> {
    for (;;) {
      const stored = await read(db, (reader) => findUserPassword(reader, key));
      if (!stored) throw notFound('account', key.id);
      const password = await passwordChanges.prepare(stored, newPassword, 'new_password');
      if (await replace(caller, password, keptSessionId, act, async () => {})) return;
    }
  }

  return {
    async change(caller, { currentPassword, newPassword }) {
      const { user, master } = asUser(caller);
      const { session } = asSession(caller);
      const stored = await read(db, (reader) =>
        findUserPassword(reader, { id: user.id, masterId: master.id }),
      );
      if (!stored) throw notFound('account', user.id);
      const target = { realm: master.id, emailKey: stored.emailKey };
      await loginThrottle.guard(caller, target, async (succeeded) => {
        if (!(await passwords.verify(stored.passwordHash, currentPassword))) {
          await audit.record(caller, { kind: 'PASSWORD_CHANGED', refusal: 'LOGIN_FAILED' });
          throw currentPasswordWrong();
        }
        const password = await passwordChanges.prepare(stored, newPassword, 'new_password');
        const act = { kind: 'PASSWORD_CHANGED' } as const;
        const done = await replace(caller, password, session.id, act, succeeded);
        if (!done) throw currentPasswordWrong();
      });
    },
    async overwrite(caller, newPassword) {
      if (!deps.settings.legacyPasswordEdit) throw currentPasswordNeeded();
      const { user, master } = asUser(caller);
      const { session } = asSession(caller);
      const act = { kind: 'PASSWORD_CHANGED' } as const;
      await set(caller, { id: user.id, masterId: master.id }, newPassword, session.id, act);
    },
    async reset(caller, { accountId, newPassword }) {
      const masterId = asMaster(caller).master.id;
      const act = { kind: 'PASSWORD_RESET', userId: accountId } as const;
      await set(caller, { id: accountId, masterId }, newPassword, null, act);
    },
  };
}

/** The current password was given wrongly. */
export function currentPasswordWrong(): DomainError {
  return new DomainError('LOGIN_FAILED', 'The current password is wrong.');
}

/** Only where the settings allow it does a session stand in for the current password. */
export function currentPasswordNeeded(): DomainError {
  return legacyDisabled('A new password takes the current one: ask for the change with both.');
}
