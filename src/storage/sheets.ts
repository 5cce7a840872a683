import { sqlValue } from './sql-values.js';
import type { Reader, Tx } from './transaction.js';

/** What the records on a sheet are. Transfer and invoice sheets belong to wallets, the others to clocks. */
export type SheetKind = 'TRANSFER' | 'INVOICE' | 'CONVERSION' | 'TIME';

/** A sheet to store: a named journal of one wallet or clock. */
export type NewSheet = {
  readonly id: bigint;
  readonly kind: SheetKind;
  /** The wallet or clock that owns it. */
  readonly ownerId: bigint;
  readonly userId: bigint;
  readonly reference: string;
  readonly createTime: number;
};

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

/** The sheet of this id and kind, if the user owns it. */
export async function ownsSheet(
  reader: Reader,
  sheet: Pick<NewSheet, 'id' | 'kind' | 'userId'>,
): Promise<boolean> {
  const row = await reader('sheets')
    .where({ id: sqlValue(sheet.id), kind: sheet.kind, user_id: sqlValue(sheet.userId) })
    .first('id');
  return row !== undefined;
}
