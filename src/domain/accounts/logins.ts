import type { Passwords } from '../../lib/passwords.js';
import type { User } from '../../model/account.js';
import type { SessionCaller } from '../../model/caller.js';
import { DomainError } from '../../model/errors.js';
import type { Ids } from '../../storage/ids.js';
import {
  deleteSessionUser,
  insertSessionUser,
  listSessionUserIds,
  updateSession,
} from '../../storage/sessions.js';
import { read, withTransaction } from '../../storage/transaction.js';
import { findUser, findUserLogin, lockUserLogin } from '../../storage/users.js';
import { type Audit, recordAudit } from '../audit/audit.js';
import { notFound } from '../not-found.js';
import { lockOpenSession } from '../sessions/open-session.js';
import type { LoginThrottle } from '../throttle/login-throttle.js';
import { loginFailed } from './login-failed.js';
import { recordLogins } from './login-history.js';
import { normaliseKey } from './normalise.js';
import { checkSecondFactor, type SecondFactorDeps } from './second-factor.js';

/** What logins stand on. */
export type LoginDeps = SecondFactorDeps & {
  readonly ids: Ids;
  readonly passwords: Passwords;
  readonly loginThrottle: LoginThrottle;
  readonly audit: Audit;
};

/**
 * Logs a user of the acquired master, `masterId`, in on the caller's session and makes it the active one. Others stay logged in.
 * A wrong password, a wrong or missing one-time code and an unknown e-mail answer alike and take as long.
 *
 * @throws LOGIN_FAILED, LOGIN_THROTTLED, OVERLOADED, MASTER_NOT_ACQUIRED, CLIENT_TOKEN_INVALID, SESSION_TOKEN_INVALID
 */
export async function logIn(
  deps: LoginDeps,
  caller: SessionCaller,
  masterId: bigint,
  input: { readonly email: string; readonly password: string; readonly oneTimeCode: string },
): Promise<User> {
  const { db, time, ids, passwords, loginThrottle, audit } = deps;
  const emailKey = normaliseKey(input.email);
  return loginThrottle.guard(caller, { realm: masterId, emailKey }, async (succeeded) => {
    const login = await read(db, (reader) => findUserLogin(reader, { masterId, emailKey }));
    const factor = await checkSecondFactor(deps, login?.id, input.oneTimeCode);
    const right = await passwords.verify(login?.passwordHash, input.password);
    const act = { kind: 'LOGIN', masterId, userId: login?.id ?? null } as const;
    if (!login || !right || !factor.right) {
      await audit.record(caller, { ...act, refusal: 'LOGIN_FAILED', emailKey });
      throw loginFailed();
    }
    const event = await audit.prepare(caller, act);
    const recovery =
      factor.recovery && (await audit.prepare(caller, { ...act, kind: 'RECOVERY_CODE_USED' }));
    const recordIds = [await ids.next()];
    return withTransaction(db, async (tx) => {
      const { clientToken, session } = await lockOpenSession(tx, caller);
      if (clientToken.acquiredMasterId !== masterId) {
        throw new DomainError('MASTER_NOT_ACQUIRED', 'The master was released meanwhile.');
      }
      const user = await lockUserLogin(tx, login);
      // The password may have been changed while it was checked, and the code used.
      if (!user || !(await factor.use(tx))) throw loginFailed();
      const now = time.now();
      await insertSessionUser(tx, { sessionId: session.id, userId: user.id, loginTime: now });
      await updateSession(tx, session.id, { activeUserId: user.id, updateTime: now });
      const record = [{ subjectId: user.id, sessionId: session.id }];
      const by = { ids: recordIds, source: caller.source, createTime: now };
      await recordLogins(tx, 'LOGIN', record, by);
      await succeeded(tx);
      await recordAudit(tx, event);
      if (recovery) await recordAudit(tx, recovery);
      return user;
    });
  });
}

/**
 * Logs a user out of the caller's session: the one named, else the active one. When it was the active one, the latest
 * login among the others becomes active.
 *
 * @throws ACCOUNT_NOT_FOUND when it is not logged in on this session.
 * @throws NOT_LOGGED_IN, CLIENT_TOKEN_INVALID, SESSION_TOKEN_INVALID
 */
export async function logOut(
  { db, time, ids, audit }: Pick<LoginDeps, 'db' | 'time' | 'ids' | 'audit'>,
  caller: SessionCaller,
  accountId: bigint | null,
): Promise<{ accountId: bigint; activeAccountId: bigint | null }> {
  const target = accountId === null ? {} : { userId: accountId };
  const event = await audit.prepare(caller, { kind: 'LOGOUT', ...target });
  const recordIds = [await ids.next()];
  return withTransaction(db, async (tx) => {
    const { session } = await lockOpenSession(tx, caller);
    const userId = accountId ?? session.activeUserId;
    if (userId === null) throw new DomainError('NOT_LOGGED_IN', 'Nobody is logged in.');
    const loggedIn = await listSessionUserIds(tx, session.id);
    if (!loggedIn.includes(userId)) throw notFound('account', userId);
    const others = loggedIn.filter((id) => id !== userId);
    const activeUserId =
      session.activeUserId === userId ? (others[0] ?? null) : session.activeUserId;
    await deleteSessionUser(tx, { sessionId: session.id, userId });
    const now = time.now();
    await updateSession(tx, session.id, { activeUserId, updateTime: now });
    const record = [{ subjectId: userId, sessionId: session.id }];
    const by = { ids: recordIds, source: caller.source, createTime: now };
    await recordLogins(tx, 'LOGOUT', record, by);
    await recordAudit(tx, event);
    return { accountId: userId, activeAccountId: activeUserId };
  });
}

/**
 * Makes a user that is logged in on the caller's session its active one. What others do on their sessions is nothing to it.
 *
 * @throws ACCOUNT_NOT_FOUND when it is not logged in on this session.
 * @throws CLIENT_TOKEN_INVALID, SESSION_TOKEN_INVALID
 */
export async function switchAccount(
  { db, time }: Pick<LoginDeps, 'db' | 'time'>,
  caller: SessionCaller,
  key: { readonly id: bigint; readonly masterId: bigint },
): Promise<User> {
  return withTransaction(db, async (tx) => {
    const { session } = await lockOpenSession(tx, caller);
    const loggedIn = await listSessionUserIds(tx, session.id);
    const user = loggedIn.includes(key.id) ? await findUser(tx, key) : undefined;
    if (!user) throw notFound('account', key.id);
    await updateSession(tx, session.id, { activeUserId: user.id, updateTime: time.now() });
    return user;
  });
}
