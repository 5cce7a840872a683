import type { Time } from '../../lib/time.js';
import type { UserCaller } from '../../model/caller.js';
import type { Sheet } from '../../model/sheet.js';
import type { Database } from '../../storage/database.js';
import {
  findSheetRecord,
  listSheetRecords,
  type PlacedRecord,
  type RecordReading,
  unlinkSheetRecord,
} from '../../storage/sheet-records.js';
import { touchSheet } from '../../storage/sheets.js';
import { withTransaction } from '../../storage/transaction.js';
import { notFound } from '../not-found.js';
import { cutPage, type Page, type PageRequest } from './history.js';
import { sheetWords } from './sheet-words.js';

/** The records on sheets of one kind. R: a record as it is read; S: its parties. */
export type SheetRecords<R, S extends string> = {
  /** A record on one of the caller's sheets. @throws …_RECORD_NOT_FOUND */
  getRecord(caller: UserCaller, recordId: bigint): Promise<PlacedRecord<R, S>>;
  /** Records of the sheet named, or of the active sheet of the active wallet or clock, newest first. @throws …_SHEET_NOT_FOUND */
  listRecords(
    caller: UserCaller,
    sheetId: bigint | null,
    page: PageRequest,
  ): Promise<Page<PlacedRecord<R, S>>>;
  /** Takes a record off the caller's sheet. Another party, and the ledger, keep it. @throws …_RECORD_NOT_FOUND */
  unlinkRecord(caller: UserCaller, recordId: bigint): Promise<void>;
};

/** Finds a sheet of the caller: the one named, or the active one. @throws …_SHEET_NOT_FOUND */
type GetSheet = (caller: UserCaller, sheetId: bigint | null) => Promise<Sheet>;

/** Creates the use cases. */
export function createSheetRecords<R, S extends string>(
  { db, time }: { readonly db: Database; readonly time: Time },
  reading: RecordReading<R, S>,
  getSheet: GetSheet,
): SheetRecords<R, S> {
  const { kind } = reading;

  async function getRecord({ user }: UserCaller, id: bigint): Promise<PlacedRecord<R, S>> {
    const record = await findSheetRecord(db.knex, reading, { id, userId: user.id });
    if (record) return record;
    throw notFound(sheetWords[kind].record, id);
  }

  return {
    getRecord,
    async listRecords(caller, sheetId, { before, size }) {
      const { id: ownerId } = await getSheet(caller, before?.ownerId ?? sheetId);
      const beforeVersion = before?.version ?? null;
      const query = { sheetId: ownerId, beforeVersion, limit: size + 1 };
      const rows = await listSheetRecords(db.knex, reading, query);
      return cutPage(rows, size, ({ version }) => ({ ownerId, version }));
    },
    async unlinkRecord(caller, id) {
      const { side, sheetId } = await getRecord(caller, id);
      const now = time.now();
      const done = await withTransaction(db, async (tx) => {
        if (!(await unlinkSheetRecord(tx, kind, { id, side, now }))) return false;
        await touchSheet(tx, sheetId, now);
        return true;
      });
      if (!done) throw notFound(sheetWords[kind].record, id);
    },
  };
}
