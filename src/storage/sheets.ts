import type { Sheet, SheetKind } from '../model/sheet.js';
import type { Row } from './batch-transaction.js';
import { type ListPart, newestFirst } from './newest-first.js';
import { recordTables } from './record-places.js';
import { sheetOwners } from './sheet-owners.js';
import { sqlValue } from './sql-values.js';
import type { Reader, Tx } from './transaction.js';

/** A sheet to store. */
export type NewSheet = Omit<Sheet, 'active' | 'updateTime'>;

/** Stores new sheets. */
export async function insertSheets(tx: Tx, sheets: readonly NewSheet[]): Promise<void> {
  await tx('sheets').insert(
    sheets.map((sheet) => ({
      id: sheet.id,
      kind: sheet.kind,
      owner_id: sheet.ownerId,
      user_id: sheet.userId,
      reference: sheet.reference,
      create_time: sheet.createTime,
      update_time: sheet.createTime,
    })),
  );
}

/** The sheet of this id and kind, unless it is unlinked or another user's. */
export async function findSheet(
  reader: Reader,
  key: Pick<Sheet, 'id' | 'kind' | 'userId'>,
): Promise<Sheet | undefined> {
  const row: Row | undefined = await sheets(reader, key.kind)
    .where({ 's.id': sqlValue(key.id), 's.user_id': sqlValue(key.userId) })
    .first();
  return row && toSheet(key.kind, row);
}

/** The sheets of a wallet or clock, newest first, but for those that are unlinked. */
export async function listSheets(
  reader: Reader,
  query: ListPart & Pick<Sheet, 'kind' | 'ownerId'>,
): Promise<Sheet[]> {
  const own = sheets(reader, query.kind).where('s.owner_id', sqlValue(query.ownerId));
  const rows: Row[] = await newestFirst(own, query, 's');
  return rows.map((row) => toSheet(query.kind, row));
}

/** The ids of a wallet's or clock's sheets that are not unlinked, the oldest first. */
export async function listSheetIds(
  tx: Tx,
  { kind, ownerId }: Pick<Sheet, 'kind' | 'ownerId'>,
): Promise<bigint[]> {
  const rows: { id: bigint }[] = await tx('sheets')
    .where({ owner_id: sqlValue(ownerId), kind, unlink_time: null })
    .orderBy(['create_time', 'id'])
    .select('id');
  return rows.map(({ id }) => id);
}

/** Hides a sheet. Its owner is locked. */
export async function unlinkSheet(tx: Tx, id: bigint, now: number): Promise<void> {
  await tx('sheets').where('id', sqlValue(id)).update({ unlink_time: now, update_time: now });
}

/** Says that something of the sheet has changed. */
export async function touchSheet(tx: Tx, id: bigint, now: number): Promise<void> {
  await tx('sheets').where('id', sqlValue(id)).update({ update_time: now });
}

function sheets(reader: Reader, kind: SheetKind) {
  const { table: owners, active } = sheetOwners[kind];
  const { table, places } = recordTables[kind];
  const query = reader('sheets as s')
    .join(`${owners} as o`, 'o.id', 's.owner_id')
    .where('s.kind', kind)
    .whereNull('s.unlink_time')
    .select('s.id', 's.owner_id', 's.user_id', 's.reference', 's.create_time', 's.update_time')
    .select({ active_id: `o.${active}` });
  for (const [index, place] of places.entries()) {
    const newest = reader(`${table} as r`)
      .where(`r.${place.sheet}`, reader.ref('s.id'))
      .orderBy(`r.${place.version}`, 'desc')
      .limit(1)
      .select('r.create_time');
    query.select(newest.as(`record_time_${index}`));
  }
  return query;
}

function toSheet(kind: SheetKind, row: Row): Sheet {
  const times = [row.update_time, row.record_time_0, row.record_time_1];
  return {
    id: row.id as bigint,
    kind,
    ownerId: row.owner_id as bigint,
    userId: row.user_id as bigint,
    reference: row.reference as string,
    active: row.active_id === row.id,
    createTime: Number(row.create_time),
    updateTime: Math.max(...times.map((time) => Number(time ?? 0))),
  };
}
