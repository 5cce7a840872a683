import { type Account, accountState, type User } from '../../model/account.js';
import {
  asMaster,
  asSession,
  asUser,
  type Caller,
  type MasterStanding,
  masterStandingError,
} from '../../model/caller.js';
import { listSessionUserIds } from '../../storage/sessions.js';
import type { Reader } from '../../storage/transaction.js';
import { read } from '../../storage/transaction.js';
import { findUser } from '../../storage/users.js';
import { notFound } from '../not-found.js';
import {
  type CreateAccountDeps,
  type CreateAccountInput,
  createAccount,
} from './create-account.js';
import { type LoginDeps, logIn, logOut, switchAccount } from './logins.js';

/** Accounts of users, and their logins. */
export type Accounts = {
  /**
   * Makes a user of the caller's master, with a wallet and its sheets. Does not log it in.
   *
   * @throws MASTER_NOT_ACQUIRED, PASSWORD_TOO_WEAK, VALIDATION_FAILED, ACCOUNT_NAME_TAKEN, ACCOUNT_EMAIL_TAKEN,
   *   SUBORDINATE_POOL_FULL, MASTER_FROZEN, MASTER_PENDING_REMOVAL, OVERLOADED
   */
  createAccount(caller: Caller, input: CreateAccountInput): Promise<Account>;
  /**
   * Logs a user of the acquired master in and makes it the active one of the session.
   *
   * @throws LOGIN_FAILED for a wrong password, a wrong or missing one-time code, and an unknown e-mail alike.
   * @throws LOGIN_THROTTLED after too many of them.
   * @throws MASTER_NOT_ACQUIRED, MASTER_FROZEN, MASTER_PENDING_REMOVAL, OVERLOADED, CLIENT_TOKEN_INVALID,
   *   SESSION_TOKEN_INVALID
   */
  login(
    caller: Caller,
    input: { readonly email: string; readonly password: string; readonly oneTimeCode: string },
  ): Promise<Account>;
  /**
   * Logs a user out of the session: the one named, else the active one.
   *
   * @throws ACCOUNT_NOT_FOUND, NOT_LOGGED_IN, CLIENT_TOKEN_INVALID, SESSION_TOKEN_INVALID
   */
  logout(
    caller: Caller,
    input: { readonly accountId: bigint | null },
  ): Promise<{ accountId: bigint; activeAccountId: bigint | null }>;
  /**
   * Makes another user that is logged in on the session the active one.
   *
   * @throws ACCOUNT_NOT_FOUND, NOT_LOGGED_IN, CLIENT_TOKEN_INVALID, SESSION_TOKEN_INVALID
   */
  switchAccount(caller: Caller, input: { readonly accountId: bigint }): Promise<Account>;
  /**
   * Shows an account: the caller's own, or one that is logged in on its session.
   *
   * @throws ACCOUNT_NOT_FOUND, NOT_LOGGED_IN
   */
  getAccount(caller: Caller, input: { readonly accountId: bigint | null }): Promise<Account>;
};

/** Creates the use cases of accounts. */
export function createAccounts(deps: CreateAccountDeps & LoginDeps): Accounts {
  return {
    async createAccount(caller, input) {
      const acting = asMaster(caller);
      return toAccount(await createAccount(deps, acting, input), acting.master);
    },
    async login(caller, input) {
      const { master } = asMaster(caller);
      // The access rule lets users pending removal in; a master pending removal freezes its users.
      const refusal = masterStandingError(master);
      if (refusal) throw refusal;
      return toAccount(await logIn(deps, asSession(caller), master.id, input), master);
    },
    logout: async (caller, { accountId }) => logOut(deps, asSession(caller), accountId),
    async switchAccount(caller, { accountId }) {
      const { master } = asUser(caller);
      const key = { id: accountId, masterId: master.id };
      return toAccount(await switchAccount(deps, asSession(caller), key), master);
    },
    async getAccount(caller, { accountId }) {
      const { user, master } = asUser(caller);
      const id = accountId ?? user.id;
      const found = await read(deps.db, async (reader) =>
        id === user.id || (await isLoggedIn(reader, caller, id))
          ? findUser(reader, { id, masterId: master.id })
          : undefined,
      );
      if (!found) throw notFound('account', id);
      return toAccount(found, master);
    },
  };
}

async function isLoggedIn(reader: Reader, { session }: Caller, userId: bigint): Promise<boolean> {
  return session !== null && (await listSessionUserIds(reader, session.id)).includes(userId);
}

function toAccount(user: User, master: MasterStanding): Account {
  return { ...user, state: accountState(user, master) };
}
