import type { LedgerAccountState, Unit } from '../model/ledger.js';
import type { Row } from './batch-transaction.js';
import { numberOrNull } from './numbers.js';
import { sqlValue } from './sql-values.js';
import type { Reader, Tx } from './transaction.js';

/** The standing of a master with the state of its pool, read in one statement. Times are Unix ms. */
export type MasterState = {
  readonly id: bigint;
  readonly frozenTime: number | null;
  readonly unlinkTime: number | null;
  readonly removeTime: number | null;
  /** How often its standing changed, and up to which change its users' accounts have followed. */
  readonly standingVersion: bigint;
  readonly settledVersion: bigint;
  readonly poolAccountId: bigint;
  readonly poolState: LedgerAccountState;
  readonly poolVersion: bigint;
  readonly unclaimedCreditAccountId: bigint;
  readonly unclaimedTimeAccountId: bigint;
};

/** The standing of a user. */
export type UserState = {
  readonly id: bigint;
  readonly masterId: bigint;
  readonly emailKey: Buffer;
  readonly unlinkTime: number | null;
  readonly removeTime: number | null;
};

/** A ledger account that a user owns. */
export type OwnAccount = {
  readonly id: bigint;
  readonly unit: Unit;
  readonly state: LedgerAccountState;
};

/** The standing of a master, removed or not. */
export async function findMasterState(
  reader: Reader,
  id: bigint,
): Promise<MasterState | undefined> {
  const row: Row | undefined = await reader('masters as m')
    .join('ledger_accounts as p', 'p.id', 'm.pool_account_id')
    .where('m.id', sqlValue(id))
    .first(
      'm.id',
      'm.frozen_time',
      'm.unlink_time',
      'm.remove_time',
      'm.standing_version',
      'm.settled_version',
      'm.pool_account_id',
      'm.unclaimed_credit_account_id',
      'm.unclaimed_time_account_id',
      'p.state',
      'p.version',
    );
  return row && toMasterState(row);
}

/** The standing of a user, removed or not. Nothing is left of one that was erased. */
export async function findUserState(reader: Reader, id: bigint): Promise<UserState | undefined> {
  const row: Row | undefined = await reader('users')
    .where('id', sqlValue(id))
    .first('id', 'master_id', 'email_key', 'unlink_time', 'remove_time');
  return (
    row && {
      id: row.id as bigint,
      masterId: row.master_id as bigint,
      emailKey: row.email_key as Buffer,
      unlinkTime: numberOrNull(row.unlink_time as bigint | null),
      removeTime: numberOrNull(row.remove_time as bigint | null),
    }
  );
}

/** The ledger accounts of a user, wallets before clocks. */
export async function listOwnAccounts(reader: Reader, userId: bigint): Promise<OwnAccount[]> {
  const rows: Row[] = [];
  for (const table of ['wallets', 'clocks']) {
    const own: Row[] = await reader(`${table} as o`)
      .join('ledger_accounts as a', 'a.id', 'o.id')
      .where('o.user_id', sqlValue(userId))
      .orderBy('a.id')
      .select('a.id', 'a.unit', 'a.state');
    rows.push(...own);
  }
  return rows.map((row) => ({
    id: row.id as bigint,
    unit: row.unit as Unit,
    state: row.state as LedgerAccountState,
  }));
}

/** The next accounts of a master's users that are in this state, by id. */
export async function listAccountsInState(
  reader: Reader,
  query: {
    readonly masterId: bigint;
    readonly state: LedgerAccountState;
    readonly after: bigint;
    readonly limit: number;
  },
): Promise<bigint[]> {
  const rows: { id: bigint }[] = await reader('ledger_accounts')
    .where('master_id', sqlValue(query.masterId))
    .whereIn('kind', ['WALLET', 'CLOCK'])
    .where('state', query.state)
    .where('id', '>', sqlValue(query.after))
    .orderBy('id')
    .limit(query.limit)
    .select('id');
  return rows.map(({ id }) => id);
}

/** Notes that the accounts of a master's users have followed, unless its standing has changed since `version`. */
export async function markSettled(
  tx: Tx,
  { masterId, version }: { readonly masterId: bigint; readonly version: bigint },
): Promise<boolean> {
  const marked = await tx('masters')
    .where({ id: sqlValue(masterId), standing_version: sqlValue(version) })
    .update({ settled_version: sqlValue(version) });
  return marked > 0;
}

/** The next masters whose users' accounts have not followed, by id. */
export async function listUnsettledMasters(
  reader: Reader,
  query: { readonly after: bigint; readonly limit: number },
): Promise<bigint[]> {
  const rows: { id: bigint }[] = await reader('masters')
    .where('id', '>', sqlValue(query.after))
    .whereNull('remove_time')
    .where('settled_version', '<', reader.ref('standing_version'))
    .orderBy('id')
    .limit(query.limit)
    .select('id');
  return rows.map(({ id }) => id);
}

function toMasterState(row: Row): MasterState {
  return {
    id: row.id as bigint,
    frozenTime: numberOrNull(row.frozen_time as bigint | null),
    unlinkTime: numberOrNull(row.unlink_time as bigint | null),
    removeTime: numberOrNull(row.remove_time as bigint | null),
    standingVersion: row.standing_version as bigint,
    settledVersion: row.settled_version as bigint,
    poolAccountId: row.pool_account_id as bigint,
    poolState: row.state as LedgerAccountState,
    poolVersion: row.version as bigint,
    unclaimedCreditAccountId: row.unclaimed_credit_account_id as bigint,
    unclaimedTimeAccountId: row.unclaimed_time_account_id as bigint,
  };
}
