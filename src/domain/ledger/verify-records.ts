import type { LedgerEntry, RecordSide } from '../../model/ledger.js';
import type { OperationShape } from './operation-shapes.js';
import type { TellOperation } from './verify-operation.js';
import type { OperationRows } from './verify-operations.js';
import type { Parties } from './verify-parties.js';

/** A column's name, what it holds and what belongs there. */
type Fact = [name: string, found: unknown, expected: unknown];

/** Checks that the records say what the entry says, and stand on sheets of the wallets that it moved. Pure. */
export function verifyRecords(
  rows: OperationRows,
  shape: OperationShape,
  parties: Parties,
  tell: TellOperation,
): void {
  const entry = rows.entries[0];
  checkPresence('TRANSFER_DIFFERS', rows.transfer !== null, shape.transfer !== null, tell);
  checkPresence('INVOICE_DIFFERS', rows.invoice !== null, shape.seller !== null, tell);
  if (!entry) return;
  checkTransfer(rows, shape, entry, parties, tell);
  checkInvoice(rows, shape, entry, parties, tell);
}

function checkPresence(
  code: 'TRANSFER_DIFFERS' | 'INVOICE_DIFFERS',
  found: boolean,
  expected: boolean,
  tell: TellOperation,
): void {
  if (found === expected) return;
  tell(code, expected ? 'The record is missing.' : 'There is a record, but none belongs.');
}

function checkTransfer(
  { operation, transfer }: OperationRows,
  shape: OperationShape,
  entry: LedgerEntry,
  parties: Parties,
  tell: TellOperation,
): void {
  if (!transfer || !shape.transfer) return;
  const masterPays = shape.transfer === 'SUPPLY';
  const facts: Fact[] = [
    ['kind', transfer.kind, shape.transfer],
    ['credits', transfer.credits, entry.amount],
    ['payer_master_id', transfer.payerMasterId, masterPays ? operation.scope : null],
    ['payer_wallet_id', transfer.payer.walletId, masterPays ? null : entry.debit],
    ['payer_version', transfer.payerVersion, entry.debitVersion],
    ['payee_wallet_id', transfer.payee.walletId, entry.credit],
    ['payee_version', transfer.payeeVersion, entry.creditVersion],
    ['create_time', transfer.createTime, operation.createTime],
  ];
  checkFacts('TRANSFER_DIFFERS', facts, tell);
  checkSide('payer', transfer.payer, 'TRANSFER', parties, tell);
  checkSide('payee', transfer.payee, 'TRANSFER', parties, tell);
}

function checkInvoice(
  { operation, invoice }: OperationRows,
  shape: OperationShape,
  entry: LedgerEntry,
  parties: Parties,
  tell: TellOperation,
): void {
  if (!invoice || !shape.seller) return;
  const masterSells = shape.seller === 'master';
  const debit = { account: entry.debit, version: entry.debitVersion };
  const credit = { account: entry.credit, version: entry.creditVersion };
  const [seller, buyer] = masterSells ? [debit, credit] : [credit, debit];
  const facts: Fact[] = [
    ['credits', invoice.credits, entry.amount],
    ['seller_master_id', invoice.sellerMasterId, masterSells ? operation.scope : null],
    ['seller_wallet_id', invoice.seller.walletId, masterSells ? null : seller.account],
    ['seller_version', invoice.sellerVersion, seller.version],
    ['buyer_wallet_id', invoice.buyer.walletId, buyer.account],
    ['buyer_version', invoice.buyerVersion, buyer.version],
    ['create_time', invoice.createTime, operation.createTime],
  ];
  checkFacts('INVOICE_DIFFERS', facts, tell);
  if (invoice.torn) tell('INVOICE_DIFFERS', 'Only some of the columns of a cost are set.');
  if (invoice.cost && !masterSells) tell('INVOICE_DIFFERS', 'Only a supply has a cost.');
  checkSide('seller', invoice.seller, 'INVOICE', parties, tell);
  checkSide('buyer', invoice.buyer, 'INVOICE', parties, tell);
}

function checkFacts(
  code: 'TRANSFER_DIFFERS' | 'INVOICE_DIFFERS',
  facts: readonly Fact[],
  tell: TellOperation,
): void {
  for (const [name, found, expected] of facts) {
    if (found !== expected) tell(code, `${name} is ${found} where ${expected} belongs.`);
  }
}

/** A side without a wallet has no user and no sheet; a wallet's record names its user and stands on one of its sheets, if any. */
function checkSide(
  name: string,
  { userId, walletId, sheetId }: RecordSide,
  kind: 'TRANSFER' | 'INVOICE',
  { wallets, sheets }: Parties,
  tell: TellOperation,
): void {
  const wallet = walletId === null ? undefined : wallets.get(walletId);
  const expectedUser = wallet?.userId ?? null;
  if (userId !== expectedUser) {
    tell('SHEET_DIFFERS', `The ${name} is user ${userId} where ${expectedUser} belongs.`);
  }
  if (sheetId === null) return;
  const sheet = sheets.get(sheetId);
  if (sheet?.kind === kind && sheet.ownerId === walletId && sheet.userId === expectedUser) return;
  tell('SHEET_DIFFERS', `Sheet ${sheetId} of the ${name} is no sheet of wallet ${walletId}.`);
}
