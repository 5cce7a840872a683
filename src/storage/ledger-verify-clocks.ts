import type { Timer } from '../model/clock.js';
import type { ClockChange, ConversionRecord, TimeRecord } from '../model/clockwork.js';
import type { Row } from './batch-transaction.js';
import {
  CLOCK_CHANGE_COLUMNS,
  CONVERSION_RECORD_COLUMNS,
  clockChangeFromRow,
  conversionRecordFromRow,
  TIME_RECORD_COLUMNS,
  timeRecordFromRow,
} from './clock-rows.js';
import { TIMER_COLUMNS, timerFromRow } from './clocks.js';
import type { OperationRange } from './ledger-verify.js';
import type { WalletOwner } from './ledger-verify-owners.js';
import { sqlValue } from './sql-values.js';
import type { Reader } from './transaction.js';

/** A clock as the owner of a ledger account. */
export type ClockOwner = WalletOwner & { readonly walletId: bigint; readonly msPerCredit: number };

/** A clock, whether its ledger account is there, and whose its wallet and its user are. Read in one statement. */
export type ClockRead = ClockOwner & {
  readonly hasAccount: boolean;
  /** Null when there is no such user any more. */
  readonly userMasterId: bigint | null;
  /** Null when there is no such wallet. */
  readonly walletUserId: bigint | null;
};

/** A clock with all that it has to agree with. Read in one statement, so one moment of the book. */
export type ClockBalance = {
  readonly id: bigint;
  readonly timer: Timer;
  readonly balance: bigint;
  readonly version: bigint;
  /** How the last operation left it; null when there was none. */
  readonly lastChange: ClockChange | null;
  /** Milliseconds that its entries took to the usage account. */
  readonly used: bigint;
  /** Milliseconds that its records say were spent. */
  readonly recorded: bigint;
  readonly isUnlinked: boolean;
  readonly isClosed: boolean;
  /** Whether its user's accounts were closed because it is removed. */
  readonly isUserRemoved: boolean;
};

/** Where {@link ClockBalance} is read from. `usage`: the first and last of the accounts that take time used up. */
export async function findClockBalances(
  reader: Reader,
  ids: readonly bigint[],
  usage: readonly [bigint, bigint],
): Promise<ClockBalance[]> {
  if (ids.length === 0) return [];
  const taken = reader('ledger_entries as e')
    .whereRaw('e.debit_account_id = c.id')
    .whereBetween('e.credit_account_id', [sqlValue(usage[0]), sqlValue(usage[1])])
    .sum('e.amount');
  const spent = reader('time_records as t').whereRaw('t.clock_id = c.id').sum('t.spent_ms');
  const isLast =
    'x.clock_id = c.id AND x.clock_version = (SELECT MAX(n.clock_version) FROM clock_changes n WHERE n.clock_id = c.id)';
  const rows: Row[] = await reader('clocks as c')
    .join('ledger_accounts as a', 'a.id', 'c.id')
    .leftJoin('users as u', 'u.id', 'c.user_id')
    .joinRaw(`LEFT JOIN clock_changes x ON ${isLast}`)
    .whereIn('c.id', ids.map(sqlValue))
    .select(TIMER_COLUMNS.map((column) => `c.${column}`))
    .select({ id: 'c.id', unlink_time: 'c.unlink_time', balance: 'a.balance', state: 'a.state' })
    .select({ version: 'a.version', user_id: 'u.id', user_remove_time: 'u.remove_time' })
    .select(CLOCK_CHANGE_COLUMNS.map((column) => `x.${column} as x_${column}`))
    .select({ used: taken as never, recorded: spent as never });
  return rows.map(clockBalanceFromRow);
}

function clockBalanceFromRow(row: Row): ClockBalance {
  const change = Object.fromEntries(CLOCK_CHANGE_COLUMNS.map((name) => [name, row[`x_${name}`]]));
  return {
    id: row.id as bigint,
    timer: timerFromRow(row),
    balance: row.balance as bigint,
    version: row.version as bigint,
    lastChange: change.operation_id === null ? null : clockChangeFromRow(change),
    used: BigInt((row.used as bigint | string | null) ?? 0),
    recorded: BigInt((row.recorded as bigint | string | null) ?? 0),
    isUnlinked: row.unlink_time !== null,
    isClosed: row.state === 'CLOSED',
    isUserRemoved: row.user_id === null || row.user_remove_time !== null,
  };
}

/** The clocks with these ids, by id. */
export async function findClockOwners(
  reader: Reader,
  ids: readonly bigint[],
): Promise<Map<bigint, ClockOwner>> {
  const rows: Row[] = await reader('clocks')
    .whereIn('id', ids.map(sqlValue))
    .select('id', 'user_id', 'master_id', 'wallet_id', 'ms_per_credit');
  return new Map(rows.map((row) => [row.id as bigint, clockOwner(row)]));
}

/** The next clocks in the order of their ids. */
export async function listClocksById(
  reader: Reader,
  after: bigint | null,
  limit: number,
): Promise<ClockRead[]> {
  const query = reader('clocks as c')
    .leftJoin('ledger_accounts as a', 'a.id', 'c.id')
    .leftJoin('users as u', 'u.id', 'c.user_id')
    .leftJoin('wallets as w', 'w.id', 'c.wallet_id')
    .orderBy('c.id')
    .limit(limit)
    .select({
      id: 'c.id',
      user_id: 'c.user_id',
      master_id: 'c.master_id',
      wallet_id: 'c.wallet_id',
    })
    .select({ account_id: 'a.id', user_master_id: 'u.master_id', wallet_user_id: 'w.user_id' })
    .select({ ms_per_credit: 'c.ms_per_credit' });
  if (after !== null) query.where('c.id', '>', sqlValue(after));
  const rows: Row[] = await query;
  return rows.map((row) => ({
    ...clockOwner(row),
    hasAccount: row.account_id !== null,
    userMasterId: row.user_master_id as bigint | null,
    walletUserId: row.wallet_user_id as bigint | null,
  }));
}

function clockOwner(row: Row): ClockOwner {
  return {
    id: row.id as bigint,
    userId: row.user_id as bigint,
    masterId: row.master_id as bigint,
    walletId: row.wallet_id as bigint,
    msPerCredit: Number(row.ms_per_credit),
  };
}

/** The next clock changes of a range of operations, ordered by operation and clock. */
export async function listClockChanges(
  reader: Reader,
  range: OperationRange,
  last: Pick<ClockChange, 'operationId' | 'clockId'> | undefined,
  limit: number,
): Promise<ClockChange[]> {
  const place = last && { operationId: last.operationId, id: last.clockId };
  const query = ofOperations(reader, { table: 'clock_changes', key: 'clock_id' }, range, place);
  const rows: Row[] = await query.limit(limit).select(CLOCK_CHANGE_COLUMNS);
  return rows.map(clockChangeFromRow);
}

/** The next time records of a range of operations, ordered by the operation that stopped the timer. */
export async function listTimeRecords(
  reader: Reader,
  range: OperationRange,
  last: Pick<TimeRecord, 'operationId' | 'runId'> | undefined,
  limit: number,
): Promise<TimeRecord[]> {
  const place = last && { operationId: last.operationId, id: last.runId };
  const query = ofOperations(reader, { table: 'time_records', key: 'id' }, range, place);
  const rows: Row[] = await query.limit(limit).select(TIME_RECORD_COLUMNS);
  return rows.map(timeRecordFromRow);
}

/** The next conversion records of a range of operations, in the order of the operations. */
export async function listConversions(
  reader: Reader,
  range: OperationRange,
  last: Pick<ConversionRecord, 'operationId'> | undefined,
  limit: number,
): Promise<ConversionRecord[]> {
  const place = last && { operationId: last.operationId, id: last.operationId };
  const of = { table: 'conversion_records', key: 'operation_id' };
  const query = ofOperations(reader, of, range, place);
  const rows: Row[] = await query.limit(limit).select(CONVERSION_RECORD_COLUMNS);
  return rows.map(conversionRecordFromRow);
}

/** Rows of a range of operations, ordered by operation and key, after `last`. */
function ofOperations(
  reader: Reader,
  { table, key }: { readonly table: string; readonly key: string },
  range: OperationRange,
  last: { readonly operationId: bigint; readonly id: bigint } | undefined,
) {
  const query = reader(table).orderBy('operation_id').orderBy(key);
  if (last) {
    const operation = sqlValue(last.operationId);
    query.where('operation_id', '>=', operation).where((rest) => {
      rest.where('operation_id', '>', operation).orWhere(key, '>', sqlValue(last.id));
    });
  } else if (range.after !== null) query.where('operation_id', '>', sqlValue(range.after));
  if (range.upTo !== null) query.where('operation_id', '<=', sqlValue(range.upTo));
  if (range.ids) query.whereIn('operation_id', range.ids.map(sqlValue));
  return query;
}
