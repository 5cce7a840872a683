import type { UserCaller } from '../../model/caller.js';
import type { RecordSide } from '../../model/ledger.js';
import { formatId } from '../../model/public-id.js';
import type { Database } from '../../storage/database.js';
import { findInvoice, findTransfer, listInvoices, listTransfers } from '../../storage/records.js';
import { ownsSheet } from '../../storage/sheets.js';
import { findWallet } from '../../storage/wallets.js';
import { notFound } from '../wallets/not-found.js';
import type { InvoiceSeen, TransferSeen } from '../wallets/records-seen.js';
import { cutPage, type Page, type PageRequest } from './history.js';

/** Records on the caller's transfer and invoice sheets. */
export type SheetRecords = {
  /** @throws TRANSFER_RECORD_NOT_FOUND */
  getTransfer(caller: UserCaller, operationId: bigint): Promise<TransferSeen>;
  /** @throws INVOICE_RECORD_NOT_FOUND */
  getInvoice(caller: UserCaller, operationId: bigint): Promise<InvoiceSeen>;
  /** Records of the sheet named, or of the active sheet of the active wallet. @throws TRANSFER_SHEET_NOT_FOUND */
  listTransfers(
    caller: UserCaller,
    sheetId: bigint | null,
    page: PageRequest,
  ): Promise<Page<TransferSeen>>;
  /** As {@link SheetRecords.listTransfers}. @throws INVOICE_SHEET_NOT_FOUND */
  listInvoices(
    caller: UserCaller,
    sheetId: bigint | null,
    page: PageRequest,
  ): Promise<Page<InvoiceSeen>>;
};

/** The two kinds of sheet that wallets have, and what differs between them. */
const kinds = {
  TRANSFER: {
    reason: 'TRANSFER_SHEET_NOT_FOUND',
    type: 'transfer_sheet',
    idKind: 'transferSheet',
    active: 'activeTransferSheetId',
  },
  INVOICE: {
    reason: 'INVOICE_SHEET_NOT_FOUND',
    type: 'invoice_sheet',
    idKind: 'invoiceSheet',
    active: 'activeInvoiceSheetId',
  },
} as const;

/** Creates the use cases over a database. */
export function createSheetRecords({ db }: { db: Database }): SheetRecords {
  /** The caller's sheet to list: the one of the page token, the one named, or the active one. */
  async function ownSheet(
    caller: UserCaller,
    kind: keyof typeof kinds,
    sheetId: bigint | null,
  ): Promise<bigint> {
    const { reason, type, idKind, active } = kinds[kind];
    const wallet =
      sheetId === null && caller.user.activeWalletId !== null
        ? await findWallet(db.knex, caller.user.activeWalletId)
        : undefined;
    const id = sheetId ?? wallet?.[active] ?? null;
    const owned = id !== null && (await ownsSheet(db.knex, { id, kind, userId: caller.user.id }));
    if (owned) return id;
    throw notFound(reason, type, id === null ? '' : formatId(idKind, id));
  }

  return {
    async getTransfer(caller, operationId) {
      const stored = await findTransfer(db.knex, operationId);
      const sides = (['payer', 'payee'] as const).filter(
        (side) => !stored?.unlinked.includes(side),
      );
      const side = stored && sides.find((each) => isOn(stored.record[each], caller));
      if (stored && side) return { side, stored };
      const name = formatId('transferRecord', operationId);
      throw notFound('TRANSFER_RECORD_NOT_FOUND', 'transfer_record', name);
    },
    async getInvoice(caller, operationId) {
      const stored = await findInvoice(db.knex, operationId);
      const sides = (['seller', 'buyer'] as const).filter(
        (side) => !stored?.unlinked.includes(side),
      );
      const side = stored && sides.find((each) => isOn(stored.record[each], caller));
      if (stored && side) return { side, stored };
      const name = formatId('invoiceRecord', operationId);
      throw notFound('INVOICE_RECORD_NOT_FOUND', 'invoice_record', name);
    },
    async listTransfers(caller, sheetId, page) {
      const { before, size } = page;
      const ownerId = await ownSheet(caller, 'TRANSFER', before?.ownerId ?? sheetId);
      const beforeVersion = before?.version ?? null;
      const query = { sheetId: ownerId, beforeVersion, limit: size + 1 };
      const rows = await listTransfers(db.knex, query);
      return cutPage(rows, size, ({ version }) => ({ ownerId, version }));
    },
    async listInvoices(caller, sheetId, page) {
      const { before, size } = page;
      const ownerId = await ownSheet(caller, 'INVOICE', before?.ownerId ?? sheetId);
      const beforeVersion = before?.version ?? null;
      const query = { sheetId: ownerId, beforeVersion, limit: size + 1 };
      const rows = await listInvoices(db.knex, query);
      return cutPage(rows, size, ({ version }) => ({ ownerId, version }));
    },
  };
}

function isOn(side: RecordSide, caller: UserCaller): boolean {
  return side.userId === caller.user.id && side.sheetId !== null;
}
