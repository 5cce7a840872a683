import type {
  Entry as EntryMessage,
  PayCreditsRequest,
  PaymentOrder,
  Wallet as WalletMessage,
} from '../../../generated/ewallet/v1/wallet_service.js';
import type { Money } from '../../../generated/google/type/money.js';
import { requestIdOf } from '../../domain/ledger/money-request.js';
import type { PayeeInput } from '../../domain/wallets/parties.js';
import type { PaymentInput } from '../../domain/wallets/payments.js';
import type { WalletEntry } from '../../domain/wallets/wallets.js';
import type { Cost } from '../../model/ledger.js';
import { formatId, formatOptionalId } from '../../model/public-id.js';
import type { Wallet } from '../../model/wallet.js';
import { toTimestamp } from '../convert.js';
import { readId, readOptionalId } from '../ids.js';
import { operationKinds } from './operations.js';
import { toDirection } from './records.js';

/** A wallet as its owner sees it. */
export function toWallet(wallet: Wallet, active: boolean): WalletMessage {
  return {
    walletId: formatId('wallet', wallet.id),
    accountId: formatId('account', wallet.userId),
    reference: wallet.reference,
    balanceCredits: wallet.balance,
    activeTransferSheetId: formatOptionalId('transferSheet', wallet.activeTransferSheetId),
    activeInvoiceSheetId: formatOptionalId('invoiceSheet', wallet.activeInvoiceSheetId),
    activeClockId: formatOptionalId('clock', wallet.activeClockId),
    active,
    version: wallet.version,
    createTime: toTimestamp(wallet.createTime),
    updateTime: toTimestamp(wallet.updateTime),
  };
}

/** A ledger entry as the owner of the wallet sees it. */
export function toEntry({ entry, incoming }: WalletEntry): EntryMessage {
  return {
    operationId: formatId('operation', entry.operationId),
    kind: operationKinds[entry.kind],
    direction: toDirection(incoming),
    credits: entry.amount,
    balanceCredits: incoming ? entry.creditBalance : entry.debitBalance,
    version: incoming ? entry.creditVersion : entry.debitVersion,
    createTime: toTimestamp(entry.createTime),
  };
}

/** A payment or transfer as it is asked for: both requests have the same fields. */
export function fromPayment(request: PayCreditsRequest): PaymentInput {
  return fromOrder(request, {
    requestId: requestIdOf(request.requestId),
    walletId: readOptionalId('wallet', request.walletId),
  });
}

/** A payment or transfer of a stream, or of its own request. */
export function fromOrder(
  order: Pick<PaymentOrder, 'credits' | 'notes' | 'payee' | 'payeeWalletId'>,
  from: Pick<PaymentInput, 'requestId' | 'walletId'>,
): PaymentInput {
  const { payee, payeeWalletId, credits, notes } = order;
  return {
    requestId: from.requestId,
    walletId: from.walletId,
    payee: fromPayee(payee),
    payeeWalletId: readOptionalId('wallet', payeeWalletId),
    credits,
    notes,
  };
}

function fromPayee(payee: PaymentOrder['payee']): PayeeInput {
  if (payee?.$case === 'payeeEmail') return { email: payee.value };
  return { accountId: readId('account', payee?.value ?? '') };
}

/** What one credit costs, as it is asked for. */
export function fromCost(money: Money | undefined): Cost | null {
  if (!money) return null;
  return { currency: money.currencyCode, units: money.units, nanos: money.nanos };
}
