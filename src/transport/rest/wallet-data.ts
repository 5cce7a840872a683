import type { Wallet } from '../../../generated/ewallet/v1/wallet_service.js';
import { newestOf } from './account-data.js';
import type { InstructionCall } from './instruction.js';
import { fieldsOf, mapOf } from './reply-shape.js';
import { byId, dateText, numberOf } from './values.js';

/** A wallet as the predecessor shows it. */
export const walletShape = fieldsOf({
  id: 'int',
  user: 'int',
  reference: 'string',
  create_date: 'string',
  write_date: 'string',
  credits: 'int',
  clock: 'int',
  clock_archive: mapOf('string'),
  transfer_sheet: 'int',
  transfer_sheet_archive: mapOf('string'),
  invoice_sheet: 'int',
  invoice_sheet_archive: mapOf('string'),
});

/** The data of a wallet of the caller. */
export async function walletData({ services }: InstructionCall, wallet: Wallet) {
  const { walletId } = wallet;
  const [clocks, transferSheets, invoiceSheets] = await Promise.all([
    newestOf(
      (page) => services.clocks.listClocks({ ...page, walletId }),
      (reply) => reply.clocks,
    ),
    newestOf(
      (page) => services.transferSheets.listTransferSheets({ ...page, walletId }),
      (reply) => reply.transferSheets,
    ),
    newestOf(
      (page) => services.invoiceSheets.listInvoiceSheets({ ...page, walletId }),
      (reply) => reply.invoiceSheets,
    ),
  ]);
  return {
    id: numberOf('wallet', walletId),
    user: numberOf('account', wallet.accountId),
    reference: wallet.reference,
    create_date: dateText(wallet.createTime),
    write_date: dateText(wallet.updateTime),
    credits: wallet.balanceCredits,
    clock: numberOf('clock', wallet.activeClockId),
    clock_archive: byId('clock', clocks, (row) => row.clockId, referenceOf),
    transfer_sheet: numberOf('transferSheet', wallet.activeTransferSheetId),
    transfer_sheet_archive: byId(
      'transferSheet',
      transferSheets,
      (row) => row.transferSheetId,
      referenceOf,
    ),
    invoice_sheet: numberOf('invoiceSheet', wallet.activeInvoiceSheetId),
    invoice_sheet_archive: byId(
      'invoiceSheet',
      invoiceSheets,
      (row) => row.invoiceSheetId,
      referenceOf,
    ),
  };
}

/** What something is called. */
export function referenceOf({ reference }: { readonly reference: string }): string {
  return reference;
}
