import type { Time } from '../../lib/time.js';
import type { SheetKind } from '../../model/sheet.js';
import type { Database } from '../../storage/database.js';
import type { Ids } from '../../storage/ids.js';
import { lockSheetOwner, setActiveSheet } from '../../storage/sheet-owners.js';
import { insertSheets } from '../../storage/sheets.js';
import { withTransaction } from '../../storage/transaction.js';
import { sheetWords } from './sheet-words.js';

/**
 * Opens a sheet of a wallet or clock that has no active one, and makes it the active one. Undefined when the owner is unlinked or not
 * there.
 *
 * @returns the active sheet, whoever opened it.
 */
export async function openMissingSheet(
  { db, time, ids }: { readonly db: Database; readonly time: Time; readonly ids: Ids },
  kind: SheetKind,
  ownerId: bigint,
): Promise<bigint | undefined> {
  const id = await ids.next();
  return withTransaction(db, async (tx) => {
    const owner = await lockSheetOwner(tx, kind, ownerId);
    if (!owner || owner.activeSheetId !== null) return owner?.activeSheetId ?? undefined;
    const now = time.now();
    const { reference } = sheetWords[kind];
    const { userId } = owner;
    await insertSheets(tx, [{ id, kind, ownerId, userId, reference, createTime: now }]);
    await setActiveSheet(tx, kind, { id: ownerId, activeSheetId: id, now });
    return id;
  });
}
