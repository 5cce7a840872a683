import type { Knex } from 'knex';
import type { SheetKind } from '../model/sheet.js';
import type { Row } from './batch-transaction.js';
import { type RecordPlace, recordTables } from './record-places.js';
import { sqlValue } from './sql-values.js';
import type { Reader, Tx } from './transaction.js';

/** How the records of a kind are read: whole, with what is told beside them. `r` is the alias of their table. */
export type RecordReading<R, S extends string> = {
  readonly kind: SheetKind;
  /** The parties of a record, as {@link recordTables} calls them. */
  readonly sides: readonly S[];
  query(reader: Reader): Knex.QueryBuilder;
  fromRow(row: Row): R;
};

/** A record as it stands on a sheet: for which of its parties, and where. */
export type PlacedRecord<R, S extends string> = {
  readonly side: S;
  readonly sheetId: bigint;
  readonly version: bigint;
  readonly record: R;
};

/**
 * The records on a sheet, newest first, from below `beforeVersion` of the ledger account of the sheet's owner; those taken off the sheet
 * are left out.
 */
export async function listSheetRecords<R, S extends string>(
  reader: Reader,
  reading: RecordReading<R, S>,
  page: { readonly sheetId: bigint; readonly beforeVersion: bigint | null; readonly limit: number },
): Promise<PlacedRecord<R, S>[]> {
  const pages = await Promise.all(
    recordTables[reading.kind].places.map(async (place) => {
      const query = reading
        .query(reader)
        .where(`r.${place.sheet}`, sqlValue(page.sheetId))
        .whereNull(`r.${place.unlinkTime}`);
      if (page.beforeVersion !== null) {
        query.where(`r.${place.version}`, '<', sqlValue(page.beforeVersion));
      }
      const rows: Row[] = await query.orderBy(`r.${place.version}`, 'desc').limit(page.limit);
      return rows.map((row) => placed(row, place, reading));
    }),
  );
  const newestFirst = pages.flat().sort((a, b) => (a.version > b.version ? -1 : 1));
  return newestFirst.slice(0, page.limit);
}

/** The record of this id as it stands on a sheet of this user that is not unlinked. */
export async function findSheetRecord<R, S extends string>(
  reader: Reader,
  reading: RecordReading<R, S>,
  key: { readonly id: bigint; readonly userId: bigint },
): Promise<PlacedRecord<R, S> | undefined> {
  const { id, places } = recordTables[reading.kind];
  const row: Row | undefined = await reading
    .query(reader)
    .where(`r.${id}`, sqlValue(key.id))
    .first();
  const place = row && places.find((each) => isOn(row, each, key.userId));
  if (!row || !place) return undefined;
  const sheet = await reader('sheets')
    .where({ id: sqlValue(row[place.sheet] as bigint), unlink_time: null })
    .first('id');
  return sheet && placed(row, place, reading);
}

/** Takes a record off a sheet. False when it is off it already. The other party keeps it. */
export async function unlinkSheetRecord(
  tx: Tx,
  kind: SheetKind,
  at: { readonly id: bigint; readonly side: string; readonly now: number },
): Promise<boolean> {
  const { table, id, places } = recordTables[kind];
  const place = places.find(({ side }) => side === at.side);
  if (!place) throw new Error(`Records of ${kind} have no ${at.side}.`);
  const updated = await tx(table)
    .where({ [id]: sqlValue(at.id), [place.unlinkTime]: null })
    .update({ [place.unlinkTime]: at.now });
  return updated > 0;
}

function isOn(row: Row, place: RecordPlace, userId: bigint): boolean {
  return row[place.user] === userId && row[place.sheet] !== null && row[place.unlinkTime] === null;
}

function placed<R, S extends string>(
  row: Row,
  place: RecordPlace,
  { kind, sides, fromRow }: RecordReading<R, S>,
): PlacedRecord<R, S> {
  return {
    side: sides[recordTables[kind].places.indexOf(place)] as S,
    sheetId: row[place.sheet] as bigint,
    version: row[place.version] as bigint,
    record: fromRow(row),
  };
}
