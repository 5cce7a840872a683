import { randomUUID } from 'node:crypto';
import { pauseMs } from './backoff.js';
import type { EWalletError } from './errors.js';
import {
  StreamPaymentsRequest,
  type WalletServiceDefinition,
} from './generated/ewallet/v1/wallet_service.js';
import type { Duplex } from './send.js';
import type { RequestOf } from './service.js';

/** An order to pay, transfer or supply. Its request id is made where it has none. */
export type PaymentRequest = RequestOf<WalletServiceDefinition['methods']['streamPayments']>;

/** Where orders come from. */
export type Orders = AsyncIterable<PaymentRequest> | Iterable<PaymentRequest>;

type Sink = Pick<Duplex<StreamPaymentsRequest, unknown>, 'write' | 'end'>;

/** The orders of a stream of payments that were taken and not answered. Its streams come and go; the book stays. */
export type OrderBook = {
  /** Sends what was not answered, then what there is to take, until the stream ends, {@link OrderBook.stop}, or all is answered. */
  sendTo(stream: Sink): Promise<void>;
  /** Ends the sending to the stream of now. */
  stop(): void;
  /** An order was answered for good. */
  settle(requestId: string): void;
  /** How often the order was answered without a decision, this time included. */
  triesOf(requestId: string): number;
  /** Sends an order again after the wait that the error asks for. False when it is not known. */
  sendAgain(requestId: string, error: EWalletError): boolean;
  /** Whether nothing is left to take or to be answered. */
  isDone(): boolean;
  /** Throws what the source of the orders has thrown. */
  rethrow(): void;
  /** Takes nothing any more. */
  close(): void;
};

/** Orders of one request id: one, unless the caller sends the same order several times. */
type Entry = { readonly requests: StreamPaymentsRequest[]; tries: number };

const backoff = { firstMs: 100, mostMs: 5_000 };

/** Creates the book of one stream of payments. */
export function createOrderBook(orders: Orders, maxUnanswered: number): OrderBook {
  const source = iteratorOf(orders);
  const entries = new Map<string, Entry>();
  /** Orders to send again, by when. Unix milliseconds. */
  const again: { readonly atMs: number; readonly request: StreamPaymentsRequest }[] = [];
  let unanswered = 0;
  let taking: Promise<IteratorResult<PaymentRequest>> | undefined;
  let walletId: string | undefined;
  let ended = false;
  let failure: { readonly error: unknown } | undefined;
  let stream: Sink | undefined;
  let wake = () => {};

  /** The first order fixes the wallet for all, also for those that a later stream begins with. */
  function record(order: PaymentRequest): StreamPaymentsRequest {
    const requestId = (order.requestId || randomUUID()).toLowerCase();
    const given = StreamPaymentsRequest.fromPartial({ ...order, requestId });
    walletId ??= given.walletId;
    const named = given.accountId !== '' || given.walletId !== '';
    const request = named ? given : { ...given, walletId };
    const entry = entries.get(requestId);
    if (entry) entry.requests.push(request);
    else entries.set(requestId, { requests: [request], tries: 0 });
    unanswered += 1;
    return request;
  }

  async function take(): Promise<StreamPaymentsRequest | undefined> {
    try {
      taking ??= Promise.resolve(source.next());
      // What is asked for and comes after this stream has ended is there for the next one.
      const next = await Promise.race([taking, waitForChange()]);
      if (!next) return undefined;
      taking = undefined;
      if (!next.done) return record(next.value);
      ended = true;
    } catch (error) {
      failure = { error };
      ended = true;
    }
    return undefined;
  }

  /** Resolves when something was answered, it is time to send an order again, or the stream has ended. */
  function waitForChange(): Promise<undefined> {
    return new Promise((resolve) => {
      const [first] = again;
      const timer = first && setTimeout(() => wake(), Math.max(0, first.atMs - Date.now()));
      wake = () => {
        clearTimeout(timer);
        wake = () => {};
        resolve(undefined);
      };
    });
  }

  async function nextToSend(): Promise<StreamPaymentsRequest | undefined> {
    if (again[0] && again[0].atMs <= Date.now()) return again.shift()?.request;
    return ended || unanswered >= maxUnanswered ? waitForChange() : take();
  }

  return {
    async sendTo(to) {
      stream = to;
      again.length = 0;
      for (const { requests } of [...entries.values()]) {
        for (const request of [...requests]) if (!(await to.write(request))) return;
      }
      while (stream === to) {
        if (ended && unanswered === 0) return to.end();
        const request = await nextToSend();
        if (request && !(await to.write(request))) return;
      }
    },
    stop() {
      stream = undefined;
      wake();
    },
    settle(requestId) {
      const entry = entries.get(requestId);
      if (!entry) return;
      entry.requests.shift();
      unanswered -= 1;
      if (entry.requests.length === 0) entries.delete(requestId);
      wake();
    },
    triesOf: (requestId) => (entries.get(requestId)?.tries ?? 0) + 1,
    sendAgain(requestId, { retryAfterMs }) {
      const entry = entries.get(requestId);
      const [request] = entry?.requests ?? [];
      if (!entry || !request) return false;
      entry.tries += 1;
      again.push({ atMs: Date.now() + pauseMs(backoff, entry.tries, retryAfterMs), request });
      again.sort((a, b) => a.atMs - b.atMs);
      wake();
      return true;
    },
    isDone: () => ended && unanswered === 0,
    rethrow() {
      if (failure) throw failure.error;
    },
    close() {
      // A source that waits for something is not waited for.
      void Promise.resolve(source.return?.()).catch(() => {});
    },
  };
}

function iteratorOf(orders: Orders): AsyncIterator<PaymentRequest> | Iterator<PaymentRequest> {
  return Symbol.asyncIterator in orders
    ? orders[Symbol.asyncIterator]()
    : orders[Symbol.iterator]();
}
