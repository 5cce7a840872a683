import { asMaster, asUser, type Caller } from '../../model/caller.js';
import type { Database } from '../../storage/database.js';
import type { Ids } from '../../storage/ids.js';
import {
  insertLoginRecords,
  type LoginAct,
  type LoginRecord,
  listLoginRecords,
} from '../../storage/login-records.js';
import { listSessionUserIds } from '../../storage/sessions.js';
import { read, type Tx } from '../../storage/transaction.js';
import { cutList, type ListPage, type ListRows } from '../list-page.js';

/** The logins and logouts of users and masters. */
export type LoginHistory = {
  /** Those of the calling user, newest first. @throws NOT_LOGGED_IN */
  listOfUser(caller: Caller, act: LoginAct, page: ListPage): Promise<ListRows<LoginRecord>>;
  /** Those of the calling master, newest first. @throws MASTER_NOT_ACQUIRED */
  listOfMaster(caller: Caller, act: LoginAct, page: ListPage): Promise<ListRows<LoginRecord>>;
};

/** Creates the use cases. */
export function createLoginHistory({ db }: { readonly db: Database }): LoginHistory {
  async function list(subjectId: bigint, act: LoginAct, page: ListPage) {
    const query = { subjectId, act, before: page.before, limit: page.size + 1 };
    return cutList(await read(db, (reader) => listLoginRecords(reader, query)), page.size);
  }
  return {
    listOfUser: async (caller, act, page) => list(asUser(caller).user.id, act, page),
    listOfMaster: async (caller, act, page) => list(asMaster(caller).master.id, act, page),
  };
}

/** Whose login or logout is recorded, and on which session. */
export type LoginEvent = { readonly subjectId: bigint; readonly sessionId: bigint };

/** Records logins or logouts in a transaction. Ids are made before it begins: take one for each, or more. */
export async function recordLogins(
  tx: Tx,
  act: LoginAct,
  events: readonly LoginEvent[],
  by: { readonly ids: readonly bigint[]; readonly source: string; readonly createTime: number },
): Promise<void> {
  const { ids, source, createTime } = by;
  const records = events.flatMap((event, index): LoginRecord[] => {
    const id = ids[index];
    return id === undefined ? [] : [{ ...event, id, act, source, createTime }];
  });
  await insertLoginRecords(tx, records);
}

/** Sessions that somebody is logged out of at once, as far as each gets a record of its own. */
const MAX_RECORDED = 100;

/** Ids for the logouts of somebody who is logged out of many sessions at once. */
export function takeLogoutIds(ids: Ids): Promise<bigint[]> {
  return ids.take(MAX_RECORDED);
}

/** Records the logouts of everybody who is logged in on a session that the transaction has locked and ends, or logs all out of. */
export async function recordLogoutOfAll(
  tx: Tx,
  session: { readonly id: bigint; readonly activeMasterId: bigint | null },
  by: Parameters<typeof recordLogins>[3],
): Promise<void> {
  const users = await listSessionUserIds(tx, session.id);
  const everybody = session.activeMasterId === null ? users : [...users, session.activeMasterId];
  const events = everybody.map((subjectId) => ({ subjectId, sessionId: session.id }));
  await recordLogins(tx, 'LOGOUT', events, by);
}
