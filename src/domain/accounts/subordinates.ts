import { type Account, accountState } from '../../model/account.js';
import { asMaster, type Caller } from '../../model/caller.js';
import type { ClientToken } from '../../model/session.js';
import { findAcquiredToken, listAcquiredTokens } from '../../storage/acquired-tokens.js';
import type { Database } from '../../storage/database.js';
import { read } from '../../storage/transaction.js';
import { findUser, listUsers } from '../../storage/users.js';
import { cutList, type ListPage, type ListRows } from '../list-page.js';
import { notFound } from '../not-found.js';

/** What a master sees of its users and of the client programs that have acquired it. Those of another master do not exist for it. */
export type Subordinates = {
  /** The accounts of its users, newest first. */
  list(caller: Caller, page: ListPage): Promise<ListRows<Account>>;
  /** @throws ACCOUNT_NOT_FOUND */
  get(caller: Caller, accountId: bigint): Promise<Account>;
  /** The client tokens that have acquired it, newest first. */
  listTokens(caller: Caller, page: ListPage): Promise<ListRows<ClientToken>>;
  /** @throws CLIENT_TOKEN_NOT_FOUND */
  getToken(caller: Caller, clientTokenId: bigint): Promise<ClientToken>;
};

/** Creates the use cases. */
export function createSubordinates({ db }: { readonly db: Database }): Subordinates {
  return {
    async list(caller, { size, before }) {
      const { master } = asMaster(caller);
      const query = { masterId: master.id, before, limit: size + 1 };
      const { rows, next } = cutList(await read(db, (reader) => listUsers(reader, query)), size);
      return { rows: rows.map((user) => ({ ...user, state: accountState(user, master) })), next };
    },
    async get(caller, id) {
      const { master } = asMaster(caller);
      const user = await read(db, (reader) => findUser(reader, { id, masterId: master.id }));
      if (!user) throw notFound('account', id);
      return { ...user, state: accountState(user, master) };
    },
    async listTokens(caller, { size, before }) {
      const query = { masterId: asMaster(caller).master.id, before, limit: size + 1 };
      return cutList(await read(db, (reader) => listAcquiredTokens(reader, query)), size);
    },
    async getToken(caller, id) {
      const key = { id, masterId: asMaster(caller).master.id };
      const token = await read(db, (reader) => findAcquiredToken(reader, key));
      if (!token) throw notFound('clientToken', id);
      return token;
    },
  };
}
