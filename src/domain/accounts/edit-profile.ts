import type { Passwords } from '../../lib/passwords.js';
import type { Time } from '../../lib/time.js';
import { type Account, accountState } from '../../model/account.js';
import { asMaster, asUser, type Caller } from '../../model/caller.js';
import type { Master } from '../../model/master.js';
import type { Database } from '../../storage/database.js';
import { findMaster } from '../../storage/masters.js';
import {
  findMasterPassword,
  lockPassword,
  type ProfileChange,
  updatePassword,
  updateProfile,
} from '../../storage/profiles.js';
import { endMasterLogins } from '../../storage/sessions.js';
import { read, type Tx, withTransaction } from '../../storage/transaction.js';
import { findUser } from '../../storage/users.js';
import { type Audit, recordAudit } from '../audit/audit.js';
import { notFound } from '../not-found.js';
import type { LoginThrottle } from '../throttle/login-throttle.js';
import { uniqueKey } from './normalise.js';
import type { NewPassword, PasswordChanges } from './password-changes.js';
import { currentPasswordNeeded, currentPasswordWrong } from './set-password.js';
import { refuseTaken } from './taken.js';

/** What to change of a user's profile. Absent parts stay as they are. */
export type AccountEdit = {
  readonly name?: string;
  readonly email?: string;
  readonly phone?: string;
  readonly alias?: string;
};

/** What to change of a master's profile. A new password comes with the current one. */
export type MasterEdit = AccountEdit & {
  readonly company?: string;
  readonly address?: string;
  /** Null stands for a current password that the settings do not ask for. */
  readonly password?: { readonly current: string | null; readonly next: string };
};

/** Profiles of users and masters. */
export type EditProfile = {
  /** @throws ACCOUNT_NAME_TAKEN, ACCOUNT_EMAIL_TAKEN, VALIDATION_FAILED, ACCOUNT_NOT_FOUND */
  editAccount(caller: Caller, edit: AccountEdit): Promise<Account>;
  /**
   * @throws MASTER_NAME_TAKEN, MASTER_EMAIL_TAKEN, VALIDATION_FAILED, MASTER_NOT_FOUND
   * @throws LOGIN_FAILED, LOGIN_THROTTLED, PASSWORD_TOO_WEAK, PASSWORD_REUSED, OVERLOADED, LEGACY_DISABLED when the password is to change
   */
  editMaster(caller: Caller, edit: MasterEdit): Promise<Master>;
};

/** What it stands on. */
export type EditProfileDeps = {
  readonly db: Database;
  readonly time: Time;
  readonly passwords: Passwords;
  readonly passwordChanges: PasswordChanges;
  readonly loginThrottle: LoginThrottle;
  readonly audit: Audit;
  readonly settings: { readonly legacyPasswordEdit: boolean };
};

const takenKeys = {
  users_master_id_name_key_unique: { field: 'name', reason: 'ACCOUNT_NAME_TAKEN' },
  users_master_id_email_key_unique: { field: 'email', reason: 'ACCOUNT_EMAIL_TAKEN' },
  masters_name_key_unique: { field: 'name', reason: 'MASTER_NAME_TAKEN' },
  masters_email_key_unique: { field: 'email', reason: 'MASTER_EMAIL_TAKEN' },
} as const;

/** Creates the use cases. */
export function createEditProfile(deps: EditProfileDeps): EditProfile {
  const { db, time, passwords, passwordChanges, loginThrottle, audit } = deps;

  async function writeMaster(
    caller: Caller,
    change: ProfileChange,
    withPassword: (tx: Tx) => Promise<void>,
  ): Promise<void> {
    const { id } = asMaster(caller).master;
    const event = await audit.prepare(caller, { kind: 'MASTER_EDITED', userId: null });
    await refuseTaken(takenKeys, () =>
      withTransaction(db, async (tx) => {
        const written = { ...change, updateTime: time.now() };
        if (!(await updateProfile(tx, 'masters', id, written))) throw notFound('master', id);
        await withPassword(tx);
        await recordAudit(tx, event);
      }),
    );
  }

  async function editWithPassword(
    caller: Caller,
    change: ProfileChange,
    { current, next }: NonNullable<MasterEdit['password']>,
  ): Promise<void> {
    if (current === null && !deps.settings.legacyPasswordEdit) throw currentPasswordNeeded();
    const { id } = asMaster(caller).master;
    const stored = await read(db, (reader) => findMasterPassword(reader, { id }));
    if (!stored) throw notFound('master', id);
    const target = { realm: 'masters', emailKey: stored.emailKey } as const;
    const guard: (
      change: (succeeded: (tx: Tx) => Promise<void>) => Promise<void>,
    ) => Promise<void> =
      current === null
        ? (change) => change(async () => {})
        : (change) => loginThrottle.guard(caller, target, change);
    await guard(async (succeeded) => {
      if (current !== null && !(await passwords.verify(stored.passwordHash, current))) {
        const refusal = { kind: 'PASSWORD_CHANGED', refusal: 'LOGIN_FAILED' } as const;
        await audit.record(caller, { ...refusal, userId: null });
        throw currentPasswordWrong();
      }
      const password = await passwordChanges.prepare(stored, next, 'password');
      const event = await audit.prepare(caller, { kind: 'PASSWORD_CHANGED', userId: null });
      await writeMaster(caller, change, async (tx) => {
        await setMasterPassword(tx, deps, password, caller.session?.id ?? null);
        await succeeded(tx);
        await recordAudit(tx, event);
      });
    });
  }

  return {
    async editAccount(caller, edit) {
      const { user, master } = asUser(caller);
      const change = { ...withKeys(edit), updateTime: time.now() };
      const event = await audit.prepare(caller, { kind: 'ACCOUNT_EDITED' });
      await refuseTaken(takenKeys, () =>
        withTransaction(db, async (tx) => {
          if (!(await updateProfile(tx, 'users', user.id, change)))
            throw notFound('account', user.id);
          await recordAudit(tx, event);
        }),
      );
      const key = { id: user.id, masterId: master.id };
      const found = await read(db, (reader) => findUser(reader, key));
      if (!found) throw notFound('account', user.id);
      return { ...found, state: accountState(found, master) };
    },
    async editMaster(caller, { password, ...edit }) {
      const { id } = asMaster(caller).master;
      const change = withKeys(edit);
      if (password) await editWithPassword(caller, change, password);
      else await writeMaster(caller, change, async () => {});
      const master = await read(db, (reader) => findMaster(reader, id));
      if (!master) throw notFound('master', id);
      return master;
    },
  };
}

function withKeys(edit: Omit<MasterEdit, 'password'>): ProfileChange {
  const { name, email } = edit;
  return {
    ...edit,
    ...(name !== undefined && { nameKey: uniqueKey('name', name) }),
    ...(email !== undefined && { emailKey: uniqueKey('email', email) }),
  };
}

/** Replaces the password of a master and logs it out of every session but one. @throws LOGIN_FAILED when another one was set meanwhile */
async function setMasterPassword(
  tx: Tx,
  { time, passwordChanges }: EditProfileDeps,
  password: NewPassword,
  keptSessionId: bigint | null,
): Promise<void> {
  if (!(await lockPassword(tx, 'masters', password.owner))) throw currentPasswordWrong();
  const { id } = password.owner;
  const { passwordHash } = password;
  const updateTime = time.now();
  await passwordChanges.archive(tx, password);
  await updatePassword(tx, 'masters', { id, passwordHash, updateTime });
  await endMasterLogins(tx, { masterId: id, keptSessionId, updateTime });
}
