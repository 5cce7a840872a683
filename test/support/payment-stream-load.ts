import { type Channel, ClientError, createChannel, createClient, Metadata } from 'nice-grpc';
import {
  type DeepPartial,
  type StreamPaymentsRequest,
  type StreamPaymentsResponse,
  WalletServiceDefinition,
} from '../../generated/ewallet/v1/wallet_service.js';
import { ErrorInfo } from '../../generated/google/rpc/error_details.js';
import { readError } from './call-error.js';
import { as } from './clients.js';
import { createPayer } from './payment-attempt.js';
import {
  type PaymentLoad,
  type PaymentLoadOptions,
  pauseAfter,
  planPayment,
  repeatPayments,
  untilMore,
} from './payment-load.js';
import { createQueue, type Queue } from './queue.js';
import type { Customer, Story } from './story.js';
import { type Attempt, countTold, type Told } from './told.js';

type Message = DeepPartial<StreamPaymentsRequest>;

/** Pause before a stream that broke is opened again. */
const REOPEN_MS = 100;

/** Statuses as google.rpc.Status has them, by the names that are needed here. */
const CODES: Readonly<Record<number, string>> = { 9: 'FAILED_PRECONDITION', 14: 'UNAVAILABLE' };

/**
 * Starts one payment stream per customer, each with `callers` payments in flight. A stream that broke is opened again, and what it had
 * not answered is sent again. What ended a stream is told of each payment that it left unanswered, as `stream ended` and the status.
 */
export function startPaymentStreams(
  address: string,
  story: Story,
  { random, callers, deadlineMs }: PaymentLoadOptions,
): PaymentLoad & { streams(): number } {
  const payer = createPayer(address);
  const channel = createStreamChannel(address);
  const wallets = createClient(WalletServiceDefinition, channel);
  const all: Told[] = [];
  const queues = new Set<Queue<Message>>();
  let settled = 0;
  let streams = 0;
  let stopped = false;

  /** One stream, from its opening to its end, whatever ends it. Answers leave `open`. */
  async function stream(customer: Customer, open: Map<string, Told>): Promise<Attempt | undefined> {
    const queue = createQueue<Message>();
    queues.add(queue);
    streams += 1;
    for (const told of open.values()) queue.push(messageOf(told));
    let trailer = Metadata();
    const options = {
      ...as(customer.session),
      onTrailer(received: Metadata) {
        trailer = received;
      },
    };
    try {
      fill(customer, open, queue);
      for await (const answer of wallets.streamPayments(queue, options)) {
        const told = open.get(answer.requestId);
        if (!told) throw new Error('An answer to nothing.');
        const attempt = readAnswer(answer);
        told.attempts.push(attempt);
        if (attempt.outcome) {
          open.delete(answer.requestId);
          settled += 1;
        } else if (!stopped) {
          void pauseAfter(attempt, random).then(() => queue.push(messageOf(told)));
        }
        fill(customer, open, queue);
      }
      return undefined;
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      const { code, reason } = readError(error, trailer);
      const told = `stream ended ${code} ${reason ?? '-'}`;
      return { told, replayed: false, ms: 0, retryAfterMs: REOPEN_MS };
    } finally {
      queue.end();
      queues.delete(queue);
    }
  }

  function fill(customer: Customer, open: Map<string, Told>, queue: Queue<Message>): void {
    while (!stopped && open.size < callers) {
      const told = planPayment(story, random, customer);
      all.push(told);
      open.set(told.payment.request.requestId, told);
      queue.push(messageOf(told));
    }
  }

  async function pay(customer: Customer): Promise<void> {
    const open = new Map<string, Told>();
    while (!stopped) {
      const end = await stream(customer, open);
      if (!end) continue;
      for (const { attempts } of open.values()) attempts.push(end);
      await pauseAfter(end, random);
    }
  }

  const paying = Promise.all(story.customers.map(pay));
  return {
    all,
    streams: () => streams,
    settledMore: (count) => untilMore(() => settled, count),
    count: (told) => countTold(all)[told] ?? 0,
    async stop() {
      stopped = true;
      for (const queue of queues) queue.end();
      await paying;
    },
    repeatAll: () => repeatPayments(payer, all, { random, deadlineMs }),
    close() {
      payer.close();
      channel.close();
    },
  };
}

function createStreamChannel(address: string): Channel {
  return createChannel(address, undefined, {
    'grpc.initial_reconnect_backoff_ms': 50,
    'grpc.max_reconnect_backoff_ms': 200,
    'grpc.use_local_subchannel_pool': 1,
  });
}

function messageOf({ payment }: Told): Message {
  const { requestId, payee, credits } = payment.request;
  return { requestId, order: { $case: 'pay', value: { payee, credits } } };
}

function readAnswer({ outcome, replayed }: StreamPaymentsResponse): Attempt {
  if (outcome?.$case === 'applied') {
    const { operation } = outcome.value;
    if (!operation) throw new Error('An answer without an operation.');
    return { told: 'OK', outcome: { operation }, replayed, ms: 0 };
  }
  const { code = 0, details = [] } = outcome?.value ?? {};
  const info = details.find(({ typeUrl }) => typeUrl.endsWith('/google.rpc.ErrorInfo'));
  const reason = info ? ErrorInfo.decode(info.value).reason : '-';
  const told = `${CODES[code] ?? code} ${reason}`;
  return { told, replayed, ms: 0, ...(code === 9 && { outcome: { refused: reason } }) };
}
