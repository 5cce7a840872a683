import type { SheetKind } from '../model/sheet.js';
import { sqlValue } from './sql-values.js';
import type { Reader, Tx } from './transaction.js';

/** Whose sheets of a kind are: the table, and the column that names the active one. */
export const sheetOwners: Readonly<
  Record<SheetKind, { readonly table: 'wallets' | 'clocks'; readonly active: string }>
> = {
  TRANSFER: { table: 'wallets', active: 'active_transfer_sheet_id' },
  INVOICE: { table: 'wallets', active: 'active_invoice_sheet_id' },
  CONVERSION: { table: 'clocks', active: 'active_conversion_sheet_id' },
  TIME: { table: 'clocks', active: 'active_time_sheet_id' },
};

/** A wallet or clock as the owner of sheets of some kind. */
export type SheetOwnerRow = {
  readonly id: bigint;
  readonly userId: bigint;
  readonly activeSheetId: bigint | null;
};

/** Whether the user owns this wallet or clock, and it is not unlinked. Undefined when not. */
export async function findSheetOwner(
  reader: Reader,
  kind: SheetKind,
  key: { readonly id: bigint; readonly userId: bigint },
): Promise<SheetOwnerRow | undefined> {
  return toOwner(await owners(reader, kind, key.id).where('user_id', sqlValue(key.userId)).first());
}

/** The active wallet of a user, or that wallet's active clock: whose sheets are meant when nothing is named. */
export async function findActiveOwner(
  reader: Reader,
  kind: SheetKind,
  user: { readonly id: bigint; readonly activeWalletId: bigint | null },
): Promise<SheetOwnerRow | undefined> {
  const { id: userId, activeWalletId } = user;
  if (activeWalletId === null) return undefined;
  if (sheetOwners[kind].table === 'wallets') {
    return findSheetOwner(reader, kind, { id: activeWalletId, userId });
  }
  const wallet = await reader('wallets')
    .where('id', sqlValue(activeWalletId))
    .first('active_clock_id');
  const id: bigint | null = wallet?.active_clock_id ?? null;
  return id === null ? undefined : findSheetOwner(reader, kind, { id, userId });
}

/** Locks a wallet or clock that is not unlinked, so that its sheets change one after another. */
export async function lockSheetOwner(
  tx: Tx,
  kind: SheetKind,
  id: bigint,
): Promise<SheetOwnerRow | undefined> {
  return toOwner(await owners(tx, kind, id).forUpdate().first());
}

/** Makes a sheet the active one of its owner, or none. */
export async function setActiveSheet(
  tx: Tx,
  kind: SheetKind,
  owner: { readonly id: bigint; readonly activeSheetId: bigint | null; readonly now: number },
): Promise<void> {
  const { table, active } = sheetOwners[kind];
  const { activeSheetId } = owner;
  await tx(table)
    .where('id', sqlValue(owner.id))
    .update({
      [active]: activeSheetId === null ? null : sqlValue(activeSheetId),
      update_time: owner.now,
      // What watches compare.
      ...(table === 'clocks' && { revision: tx.raw('revision + 1') }),
    });
}

function owners(reader: Reader, kind: SheetKind, id: bigint) {
  const { table, active } = sheetOwners[kind];
  return reader(table)
    .where({ id: sqlValue(id), unlink_time: null })
    .select('id', 'user_id', { active_id: active });
}

type OwnerRow = { id: bigint; user_id: bigint; active_id: bigint | null };

function toOwner(row: OwnerRow | undefined): SheetOwnerRow | undefined {
  return row && { id: row.id, userId: row.user_id, activeSheetId: row.active_id };
}
