import type {
  GetOperationResponse,
  GetWalletResponse,
  ListEntriesResponse,
  PayCreditsResponse,
  SupplyCreditsResponse,
  TransferCreditsResponse,
  WalletServiceImplementation,
} from '../../../generated/ewallet/v1/wallet_service.js';
import type { Domain } from '../../domain/domain.js';
import { requestIdOf } from '../../domain/ledger/money-request.js';
import type { MoneyOutcome } from '../../domain/wallets/records-seen.js';
import { asUser } from '../../model/caller.js';
import type { HandlerContext } from '../call-middleware.js';
import { readOptionalId } from '../ids.js';
import { toConversionOutcome, toStopOutcome } from '../messages/clock-outcomes.js';
import { nextPageToken, readPage } from '../messages/history.js';
import { toOperation } from '../messages/operations.js';
import { toInvoiceRecord, toTransferRecord } from '../messages/records.js';
import { fromCost, fromPayment, toEntry, toWallet } from '../messages/wallets.js';
import { markReplayed } from '../replayed.js';
import { createPaymentStream } from './payment-stream.js';

/** Creates the handlers of WalletService for what moves credits, and for looking at them. */
export function createWalletHandlers({
  wallets,
  payments,
  supply,
}: Pick<Domain, 'payments' | 'supply' | 'wallets'>): Omit<
  WalletServiceImplementation<HandlerContext>,
  'createWallet' | 'listWallets' | 'switchWallet' | 'unlinkWallet'
> {
  return {
    async getWallet(request, { caller }): Promise<GetWalletResponse> {
      const user = asUser(caller);
      const wallet = await wallets.getWallet(user, readOptionalId('wallet', request.walletId));
      return { wallet: toWallet(wallet, wallet.id === user.user.activeWalletId) };
    },
    async supplyCredits(request, context): Promise<SupplyCreditsResponse> {
      const { requestId, walletId, credits, costPerCredit, notes } = request;
      const input = {
        requestId: requestIdOf(requestId),
        walletId: readOptionalId('wallet', walletId),
        credits,
        cost: fromCost(costPerCredit),
        notes,
      };
      const outcome = await supply.supply(asUser(context.caller), input, context.signal);
      return toOutcome(markReplayed(context, outcome));
    },
    async payCredits(request, context): Promise<PayCreditsResponse> {
      const input = fromPayment(request);
      const outcome = await payments.pay(asUser(context.caller), input, context.signal);
      return toOutcome(markReplayed(context, outcome));
    },
    async transferCredits(request, context): Promise<TransferCreditsResponse> {
      const input = fromPayment(request);
      const outcome = await payments.transfer(asUser(context.caller), input, context.signal);
      const { operation, transferRecord } = toOutcome(markReplayed(context, outcome));
      return { operation, transferRecord };
    },
    streamPayments: createPaymentStream({ payments, supply }),
    async getOperation(request, { caller }): Promise<GetOperationResponse> {
      const { onClock, ...outcome } = await wallets.getOperation(
        asUser(caller),
        requestIdOf(request.requestId),
      );
      const { conversionRecord, clock } = onClock ? toConversionOutcome(onClock) : {};
      const { timeRecord } = onClock ? toStopOutcome(onClock) : {};
      return { ...toOutcome(outcome), conversionRecord, timeRecord, clock };
    },
    async listEntries(request, { caller }): Promise<ListEntriesResponse> {
      const user = asUser(caller);
      const list = `ListEntries ${user.user.id} ${request.walletId}`;
      const walletId = readOptionalId('wallet', request.walletId);
      const page = await wallets.listEntries(user, walletId, readPage(list, request));
      return { entries: page.rows.map(toEntry), nextPageToken: nextPageToken(list, page) };
    },
  };
}

function toOutcome({ operation, transfer, invoice }: MoneyOutcome) {
  return {
    operation: toOperation(operation),
    transferRecord: transfer ? toTransferRecord(transfer) : undefined,
    invoiceRecord: invoice ? toInvoiceRecord(invoice) : undefined,
  };
}
