import type {
  StreamPaymentsRequest,
  StreamPaymentsResponse,
} from '../../../generated/ewallet/v1/wallet_service.js';
import type { Domain } from '../../domain/domain.js';
import { requestIdOf } from '../../domain/ledger/money-request.js';
import type { MoneyOutcome } from '../../domain/wallets/records-seen.js';
import { mapUnordered } from '../../lib/map-unordered.js';
import { asUser, type Caller, type UserCaller } from '../../model/caller.js';
import { DomainError, invalidField } from '../../model/errors.js';
import { formatId } from '../../model/public-id.js';
import type { HandlerContext } from '../call-middleware.js';
import { readOptionalId } from '../ids.js';
import { toOperation } from '../messages/operations.js';
import { fromCost, fromOrder } from '../messages/wallets.js';

/** Messages of one stream in work, or answered and not yet read by the client. A client that does not read is not read from. */
const MAX_OPEN = 1_024;

/** Creates the handler of StreamPayments. */
export function createPaymentStream({ payments, supply }: Pick<Domain, 'payments' | 'supply'>) {
  async function settle(
    caller: UserCaller,
    request: StreamPaymentsRequest,
    signal: AbortSignal,
  ): Promise<MoneyOutcome> {
    const requestId = requestIdOf(request.requestId);
    const walletId = readOptionalId('wallet', request.walletId);
    const { order } = request;
    if (order?.$case === 'supply') {
      const { credits, costPerCredit, notes } = order.value;
      const cost = fromCost(costPerCredit);
      return supply.supply(caller, { requestId, walletId, credits, cost, notes }, signal);
    }
    if (!order) throw new Error('A message without an order passed its rules.');
    const input = fromOrder(order.value, { requestId, walletId });
    return order.$case === 'pay'
      ? payments.pay(caller, input, signal)
      : payments.transfer(caller, input, signal);
  }

  async function answer(
    request: StreamPaymentsRequest,
    callerFor: CallerFor,
    context: HandlerContext,
  ): Promise<StreamPaymentsResponse> {
    const { requestId } = request;
    try {
      context.validate(request);
      const { operation, replayed } = await settle(
        await callerFor(request),
        request,
        context.signal,
      );
      const value = { operation: toOperation(operation) };
      return { requestId, replayed, outcome: { $case: 'applied', value } };
    } catch (thrown) {
      const error = thrown instanceof DomainError ? thrown : undefined;
      // What the stream stands on is gone: none of its messages could be settled any more.
      if (error?.status === 'UNAUTHENTICATED') throw error;
      const replayed = error?.details.replayed ?? false;
      return { requestId, replayed, outcome: { $case: 'error', value: context.refuse(thrown) } };
    }
  }

  return async function* streamPayments(
    requests: AsyncIterable<StreamPaymentsRequest>,
    context: HandlerContext,
  ): AsyncGenerator<StreamPaymentsResponse, void, undefined> {
    const { stopping } = context;
    const callerFor = context.caller.user ? fixedUser(context) : userOfEach(context);
    const work = (request: StreamPaymentsRequest) => answer(request, callerFor, context);
    yield* mapUnordered(requests, work, { limit: MAX_OPEN, stop: stopping });
    if (stopping.aborted) {
      throw new DomainError('SERVER_DRAINING', 'The server stops. Send the rest to another one.');
    }
  };
}

/** Proves anew, message by message, for whom a message is settled. Look-ups of messages that arrive together are one statement. */
type CallerFor = (request: StreamPaymentsRequest) => Promise<UserCaller>;

/** A user's own stream, or a backend's for one user: account and wallet are those of the beginning. */
function fixedUser({ caller, readmit }: HandlerContext): CallerFor {
  const opener = asUser(caller);
  let walletId = opener.user.activeWalletId;
  let first = true;
  return async (request) => {
    const named = readOptionalId('wallet', request.walletId);
    if (first && named !== null) walletId = named;
    first = false;
    if (request.accountId !== '' && request.accountId !== formatId('account', opener.user.id)) {
      throw accountNotFound(request.accountId);
    }
    if (named !== null && named !== walletId && opener.backendKeyId === null) {
      const text = 'The first message of the stream has fixed another wallet.';
      throw invalidField('VALIDATION_FAILED', 'wallet_id', text);
    }
    const now = asUser(await readmit());
    if (now.user.id !== opener.user.id) throw userChanged();
    return { ...now, user: { ...now.user, activeWalletId: walletId } };
  };
}

/** A backend's stream for all its users: each message names one. */
function userOfEach({ readmit }: HandlerContext): CallerFor {
  return async ({ accountId }) => {
    if (accountId === '') {
      throw invalidField('VALIDATION_FAILED', 'account_id', 'Name the account of this message.');
    }
    const caller: Caller = await readmit(accountId);
    return asUser(caller);
  };
}

function accountNotFound(accountId: string): DomainError {
  return new DomainError('ACCOUNT_NOT_FOUND', 'The stream is not for this account.', {
    metadata: { account_id: accountId },
    resource: { type: 'account', name: accountId },
  });
}

function userChanged(): DomainError {
  return new DomainError('NOT_LOGGED_IN', 'The user who opened the stream is not active any more.');
}
