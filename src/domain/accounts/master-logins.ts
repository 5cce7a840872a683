import type { Passwords } from '../../lib/passwords.js';
import type { Time } from '../../lib/time.js';
import { asMaster, asSession, type Caller, masterStandingError } from '../../model/caller.js';
import { DomainError } from '../../model/errors.js';
import type { Master } from '../../model/master.js';
import type { Database } from '../../storage/database.js';
import type { Ids } from '../../storage/ids.js';
import { findMaster } from '../../storage/masters.js';
import { findMasterPassword, lockPassword } from '../../storage/profiles.js';
import { updateSession } from '../../storage/sessions.js';
import { read, withTransaction } from '../../storage/transaction.js';
import { type Audit, recordAudit } from '../audit/audit.js';
import { lockOpenSession } from '../sessions/open-session.js';
import { changeStanding, type SessionTimes } from '../sessions/standing.js';
import type { LoginThrottle } from '../throttle/login-throttle.js';
import { recordLogins } from './login-history.js';
import { normaliseKey } from './normalise.js';

/** Logins of masters on sessions. */
export type MasterLogins = {
  /**
   * Logs a master in on the caller's session, in place of another one. It lives then as long as one that has acquired a master.
   *
   * @throws LOGIN_FAILED for a wrong password and an unknown e-mail alike; LOGIN_THROTTLED after too many.
   * @throws MASTER_FROZEN, OVERLOADED, CLIENT_TOKEN_INVALID, SESSION_TOKEN_INVALID
   */
  login(
    caller: Caller,
    input: { readonly email: string; readonly password: string },
  ): Promise<Master>;
  /** Logs the master out of the caller's session. @throws CLIENT_TOKEN_INVALID, SESSION_TOKEN_INVALID */
  logout(caller: Caller): Promise<bigint>;
};

/** What it stands on. */
export type MasterLoginDeps = {
  readonly db: Database;
  readonly time: Time;
  readonly ids: Ids;
  readonly passwords: Passwords;
  readonly loginThrottle: LoginThrottle;
  readonly audit: Audit;
  readonly settings: SessionTimes;
};

/** A master that is pending removal may log in, to recover; one that is frozen may not. */
const ALLOWED = { whileFrozen: false, whilePendingRemoval: true };

/** Creates the use cases. */
export function createMasterLogins(deps: MasterLoginDeps): MasterLogins {
  const { db, time, ids, passwords, loginThrottle, audit, settings } = deps;

  async function provePassword(caller: Caller, emailKey: Buffer, password: string) {
    const stored = await read(db, (reader) => findMasterPassword(reader, { emailKey }));
    const right = await passwords.verify(stored?.passwordHash, password);
    if (stored && right) return stored;
    const refusal = { kind: 'MASTER_LOGIN', refusal: 'LOGIN_FAILED' } as const;
    await audit.record(caller, {
      ...refusal,
      masterId: stored?.id ?? null,
      userId: null,
      emailKey,
    });
    throw loginFailed();
  }

  return {
    async login(caller, { email, password }) {
      const sessionCaller = asSession(caller);
      const emailKey = normaliseKey(email);
      return loginThrottle.guard(caller, { realm: 'masters', emailKey }, async (succeeded) => {
        const stored = await provePassword(caller, emailKey, password);
        const master = await read(db, (reader) => findMaster(reader, stored.id));
        if (!master) throw loginFailed();
        const refusal = masterStandingError(master, ALLOWED);
        if (refusal) throw refusal;
        const act = { kind: 'MASTER_LOGIN', masterId: master.id, userId: null } as const;
        const event = await audit.prepare(caller, act);
        const [loginId, ...logoutIds] = (await ids.take(2)) as [bigint, bigint];
        return withTransaction(db, async (tx) => {
          const { session } = await lockOpenSession(tx, sessionCaller);
          // The password may have been changed while it was checked.
          if (!(await lockPassword(tx, 'masters', stored))) throw loginFailed();
          const now = time.now();
          const by = { source: caller.source, createTime: now };
          const { id: sessionId, activeMasterId: before } = session;
          if (before !== null && before !== master.id) {
            const logout = [{ subjectId: before, sessionId }];
            await recordLogins(tx, 'LOGOUT', logout, { ...by, ids: logoutIds });
          }
          await recordLogins(tx, 'LOGIN', [{ subjectId: master.id, sessionId }], {
            ...by,
            ids: [loginId],
          });
          await updateSession(tx, sessionId, { activeMasterId: master.id, updateTime: now });
          await succeeded(tx);
          await recordAudit(tx, event);
          await changeStanding(tx, session, { anonymous: false, now, times: settings });
          return master;
        });
      });
    },
    async logout(caller) {
      const { master } = asMaster(caller);
      const sessionCaller = asSession(caller);
      const event = await audit.prepare(caller, { kind: 'MASTER_LOGOUT', userId: null });
      const logoutIds = [await ids.next()];
      return withTransaction(db, async (tx) => {
        const { clientToken, session } = await lockOpenSession(tx, sessionCaller);
        const now = time.now();
        if (session.activeMasterId === master.id) {
          const logout = [{ subjectId: master.id, sessionId: session.id }];
          const by = { ids: logoutIds, source: caller.source, createTime: now };
          await recordLogins(tx, 'LOGOUT', logout, by);
          await updateSession(tx, session.id, { activeMasterId: null, updateTime: now });
          await recordAudit(tx, event);
          const anonymous = clientToken.acquiredMasterId === null;
          await changeStanding(tx, session, { anonymous, now, times: settings });
        }
        return master.id;
      });
    },
  };
}

function loginFailed(): DomainError {
  return new DomainError('LOGIN_FAILED', 'The e-mail or the password is wrong.');
}
