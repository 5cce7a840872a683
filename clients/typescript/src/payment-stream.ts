import type { Caller } from './caller.js';
import { toStreamError } from './decode-error.js';
import type { EWalletError } from './errors.js';
import type { Operation } from './generated/ewallet/v1/operation.js';
import {
  type StreamPaymentsRequest,
  type StreamPaymentsResponse,
  WalletServiceDefinition,
} from './generated/ewallet/v1/wallet_service.js';
import { readMethod } from './method.js';
import { createOrderBook, type OrderBook, type Orders } from './order-book.js';
import { createReopener, type Reopening } from './reopen.js';
import { mayRetry } from './retry.js';
import { openDuplex } from './send.js';

/** What came of one order. */
export type PaymentAnswer = {
  readonly requestId: string;
  /** True when an earlier request with the same id had been answered so already. */
  readonly replayed: boolean;
  /** The operation; undefined when the order was refused. */
  readonly operation: Operation | undefined;
  /** Why it was refused; undefined when it was applied. */
  readonly error: EWalletError | undefined;
};

/** What a stream of payments may want otherwise. */
export type PaymentStreamOptions = {
  /** Ends the stream when it is aborted, with its reason. What was not answered may have happened. */
  readonly signal?: AbortSignal;
  /** Orders that were taken and not yet answered, at most: 256 by default. No more are taken until one of them is answered. */
  readonly maxUnanswered?: number;
  /** Told each time the stream breaks, before it is opened again and what was not answered is sent again. */
  readonly onReopen?: (reopening: Reopening) => void;
  /** How long to try to reach the server before the first answer. As calls by default. */
  readonly timeoutMs?: number;
};

const method = readMethod(WalletServiceDefinition, WalletServiceDefinition.methods.streamPayments);
const DEFAULT_UNANSWERED = 256;
/** How often an order is sent on streams that hold, while the server cannot decide it. */
const MAX_TRIES = 10;

/**
 * Sends orders down one stream and gives their answers, in the order in which they settle. Where answers are not read, orders are not
 * taken: at most `maxUnanswered` are under way. When the stream breaks, what was not answered is sent again with the same request ids; an
 * order that the server could not decide is sent again, too.
 *
 * @throws EWalletError when the stream cannot go on. What `orders` throws is thrown after the answers to the orders before it.
 */
export async function* streamPayments(
  caller: Caller,
  orders: Orders,
  options: PaymentStreamOptions = {},
): AsyncGenerator<PaymentAnswer, void, undefined> {
  const { signal, onReopen } = options;
  const firstTimeoutMs = options.timeoutMs ?? caller.timeoutMs;
  const reopener = createReopener(caller, method, { signal, onReopen, firstTimeoutMs });
  const book = createOrderBook(orders, options.maxUnanswered ?? DEFAULT_UNANSWERED);
  try {
    for (;;) {
      const presented = await reopener.present();
      const stream = openDuplex<StreamPaymentsRequest, StreamPaymentsResponse>(
        caller.connection,
        method,
        { headers: presented, signal },
      );
      const ended: { thrown?: unknown } = {};
      const sending = book.sendTo(stream);
      try {
        for await (const response of stream.answers) {
          reopener.heard();
          const answer = settle(book, response);
          if (answer) yield answer;
        }
      } catch (thrown) {
        ended.thrown = thrown;
      } finally {
        book.stop();
      }
      await sending;
      if (book.isDone()) return book.rethrow();
      await reopener.wait({ ...ended, presented });
    }
  } finally {
    book.close();
  }
}

/** The answer to tell, unless the order is to be sent again. */
function settle(book: OrderBook, response: StreamPaymentsResponse): PaymentAnswer | undefined {
  const { requestId, replayed, outcome } = response;
  if (outcome?.$case !== 'error') {
    book.settle(requestId);
    return { requestId, replayed, operation: outcome?.value.operation, error: undefined };
  }
  const tries = book.triesOf(requestId);
  const call = { method: method.path, requestId, attempts: tries };
  const error = toStreamError(outcome.value, call, replayed);
  if (mayRetry(error) && tries < MAX_TRIES && book.sendAgain(requestId, error)) return undefined;
  book.settle(requestId);
  return { requestId, replayed, operation: undefined, error };
}
