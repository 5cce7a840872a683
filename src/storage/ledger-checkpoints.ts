import type { Knex } from 'knex';
import type { LedgerAccount } from '../model/ledger.js';
import type { Row } from './batch-transaction.js';
import type { Database } from './database.js';
import {
  ACCOUNT_COLUMNS,
  type AccountRead,
  accountRead,
  type IdRange,
} from './ledger-verify-accounts.js';
import { sqlValue, sqlValues } from './sql-values.js';
import type { Reader, Tx } from './transaction.js';

/** An account as it was when a clean run had folded it. */
export type Checkpoint = {
  readonly accountId: bigint;
  readonly kind: LedgerAccount['kind'];
  readonly unit: LedgerAccount['unit'];
  readonly masterId: bigint | null;
  readonly balance: bigint;
  readonly floor: bigint | null;
  readonly state: LedgerAccount['state'];
  readonly version: bigint;
  readonly refusals: bigint;
  /** How many of the refusals are of the update time's millisecond. */
  readonly refusalsThen: bigint;
  /** Unix ms. */
  readonly createTime: number;
  /** Unix ms. */
  readonly updateTime: number;
};

/** A checkpoint with the hash of its columns. */
export type SealedCheckpoint = Checkpoint & { readonly seal: Buffer };

/** An account and its checkpoint, of one moment. */
export type CheckedAccount = {
  readonly account: AccountRead;
  /** How many of the account's refusals are of its update time's millisecond. */
  readonly refusalsThen: bigint;
  /** Null when no clean run has seen the account. */
  readonly checkpoint: SealedCheckpoint | null;
};

/** How far clean runs have come. */
export type CheckpointMark = {
  /** Operations up to this id were checked as far as they were committed; those that came later are found by their accounts. */
  readonly lastOperationId: bigint;
  /** Checkpoints that there were; they are never removed. */
  readonly checkpointCount: bigint;
};

/** The columns that a checkpoint shares with its account. */
const SHARED = [
  'kind',
  'unit',
  'master_id',
  'balance',
  'floor',
  'state',
  'version',
  'refusals',
  'create_time',
  'update_time',
] as const;

const MARK_ID = 1n;

/** The next accounts in the order of their ids, with their checkpoints. One statement, so that no checkpoint is newer than its account. */
export async function listCheckedAccounts(
  db: Database,
  after: bigint | null,
  limit: number,
): Promise<CheckedAccount[]> {
  const query = checkedAccounts(db).limit(limit);
  if (after !== null) query.where('a.id', '>', sqlValue(after));
  const rows: Row[] = await query;
  return rows.map(checkedAccount);
}

/** The accounts of a range that have no checkpoint or are not as it says. The database compares; only these are given. */
export async function listChangedAccounts(db: Database, range: IdRange): Promise<CheckedAccount[]> {
  const isOther = db.engine === 'mysql' ? 'NOT (a.?? <=> c.??)' : 'a.?? IS NOT c.??';
  const query = checkedAccounts(db).where((either) => {
    either.whereNull('c.account_id');
    for (const column of SHARED) either.orWhereRaw(isOther, [column, column]);
  });
  const rows: Row[] = await within(query, 'a.id', range);
  return rows.map(checkedAccount);
}

/** The id of the account `count` after `after`; null when there are fewer. */
export async function findRangeEnd(
  reader: Reader,
  after: bigint | null,
  count: number,
): Promise<bigint | null> {
  const query = reader('ledger_accounts')
    .orderBy('id')
    .offset(count - 1)
    .limit(1)
    .select('id');
  if (after !== null) query.where('id', '>', sqlValue(after));
  const [row]: Row[] = await query;
  return row ? (row.id as bigint) : null;
}

/** The checkpoints of a range whose accounts are not there. */
export async function listStrayCheckpoints(reader: Reader, range: IdRange): Promise<bigint[]> {
  const query = reader('ledger_checkpoints as c')
    .leftJoin('ledger_accounts as a', 'a.id', 'c.account_id')
    .whereNull('a.id')
    .select({ id: 'c.account_id' });
  const rows: Row[] = await within(query, 'c.account_id', range);
  return rows.map(({ id }) => id as bigint);
}

/** A refused operation as far as the count of its account needs it. */
export type RefusalPlace = {
  readonly accountId: bigint;
  readonly createTime: number;
  readonly id: bigint;
};

/**
 * The next operations that accounts refused at some times or later, ordered by account, time and id. `places` are in the order of their
 * accounts; their ids do not count.
 */
export async function listRefusals(
  db: Database,
  places: readonly Omit<RefusalPlace, 'id'>[],
  last: RefusalPlace | undefined,
  limit: number,
): Promise<RefusalPlace[]> {
  const left = last ? places.filter(({ accountId }) => accountId >= last.accountId) : places;
  // As for items: one statement for MySQL, one per account for SQLite.
  const together = db.engine === 'mysql' ? left.length : 1;
  const rows: Row[] = [];
  for (let start = 0; start < left.length && rows.length < limit; start += together) {
    const query = db
      .knex(refusedOperations(db))
      .select('refusal_account_id', 'create_time', 'id')
      .orderBy(['refusal_account_id', 'create_time', 'id'])
      .limit(limit - rows.length)
      .where((any) => {
        for (const { accountId, createTime } of left.slice(start, start + together)) {
          any.orWhere((one) => {
            one.where('refusal_account_id', sqlValue(accountId));
            if (accountId === last?.accountId) one.whereRaw(...isAfter(last));
            else one.where('create_time', '>=', createTime);
          });
        }
      });
    rows.push(...((await query) as Row[]));
  }
  return rows.map((row) => ({
    accountId: row.refusal_account_id as bigint,
    createTime: Number(row.create_time),
    id: row.id as bigint,
  }));
}

function isAfter({ createTime, id }: RefusalPlace): [sql: string, bindings: Knex.RawBinding[]] {
  const values = sqlValues([createTime, createTime, id]);
  return ['create_time >= ? AND (create_time > ? OR id > ?)', values];
}

function refusedOperations({ knex, engine }: Database): Knex.Raw {
  const index = 'operations_refusal_account_id_create_time_index';
  return knex.raw(engine === 'mysql' ? `operations force index (${index})` : 'operations');
}

/** Writes checkpoints, in place of older ones of the same accounts. */
export async function saveCheckpoints(
  tx: Tx,
  checkpoints: readonly SealedCheckpoint[],
): Promise<void> {
  const rows = checkpoints.map((checkpoint) => ({
    account_id: checkpoint.accountId,
    kind: checkpoint.kind,
    unit: checkpoint.unit,
    master_id: checkpoint.masterId,
    balance: checkpoint.balance,
    floor: checkpoint.floor,
    state: checkpoint.state,
    version: checkpoint.version,
    refusals: checkpoint.refusals,
    refusals_then: checkpoint.refusalsThen,
    create_time: checkpoint.createTime,
    update_time: checkpoint.updateTime,
    seal: checkpoint.seal,
  }));
  await tx<Row>('ledger_checkpoints').insert(rows).onConflict('account_id').merge();
}

/** How far clean runs have come, with its seal; undefined when none has ended. */
export async function findMark(
  reader: Reader,
): Promise<(CheckpointMark & { readonly seal: Buffer }) | undefined> {
  const row: Row | undefined = await reader('ledger_checkpoint_marks')
    .where('id', sqlValue(MARK_ID))
    .first('last_operation_id', 'checkpoint_count', 'seal');
  return (
    row && {
      lastOperationId: row.last_operation_id as bigint,
      checkpointCount: row.checkpoint_count as bigint,
      seal: row.seal as Buffer,
    }
  );
}

/** Writes how far a clean run has come. */
export async function saveMark(
  tx: Tx,
  mark: CheckpointMark & { readonly seal: Buffer },
): Promise<void> {
  const row = {
    id: MARK_ID,
    last_operation_id: mark.lastOperationId,
    checkpoint_count: mark.checkpointCount,
    seal: mark.seal,
  };
  await tx<Row>('ledger_checkpoint_marks').insert(row).onConflict('id').merge();
}

/** How many checkpoints there are. */
export async function countCheckpoints(reader: Reader): Promise<bigint> {
  const row = await reader('ledger_checkpoints').count({ n: '*' }).first();
  return BigInt((row?.n as bigint | number | undefined) ?? 0);
}

function checkedAccounts({ knex }: Database) {
  const checkpoint = [...SHARED, 'account_id', 'refusals_then', 'seal'];
  return knex('ledger_accounts as a')
    .leftJoin('ledger_checkpoints as c', 'c.account_id', 'a.id')
    .orderBy('a.id')
    .select(ACCOUNT_COLUMNS.map((column) => `a.${column}`))
    .select(Object.fromEntries(checkpoint.map((column) => [`checked_${column}`, `c.${column}`])))
    .select(
      knex.raw(`CASE WHEN a.refusals = 0 THEN 0 ELSE (SELECT COUNT(*) FROM operations o
WHERE o.refusal_account_id = a.id AND o.create_time = a.update_time) END AS refusals_then`),
    );
}

function within<T extends { where(column: string, operator: string, value: unknown): T }>(
  query: T,
  column: string,
  { after, upTo }: IdRange,
): T {
  if (after !== null) query.where(column, '>', sqlValue(after));
  if (upTo !== null) query.where(column, '<=', sqlValue(upTo));
  return query;
}

function checkedAccount(row: Row): CheckedAccount {
  return {
    account: accountRead(row),
    refusalsThen: BigInt(row.refusals_then as bigint | number),
    checkpoint: row.checked_account_id === null ? null : checkpointFromRow(row),
  };
}

function checkpointFromRow(row: Row): SealedCheckpoint {
  return {
    accountId: row.checked_account_id as bigint,
    kind: row.checked_kind as Checkpoint['kind'],
    unit: row.checked_unit as Checkpoint['unit'],
    masterId: row.checked_master_id as bigint | null,
    balance: row.checked_balance as bigint,
    floor: row.checked_floor as bigint | null,
    state: row.checked_state as Checkpoint['state'],
    version: row.checked_version as bigint,
    refusals: row.checked_refusals as bigint,
    refusalsThen: row.checked_refusals_then as bigint,
    createTime: Number(row.checked_create_time),
    updateTime: Number(row.checked_update_time),
    seal: row.checked_seal as Buffer,
  };
}
