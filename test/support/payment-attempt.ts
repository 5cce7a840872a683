import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { ClientError, Metadata as NiceMetadata } from 'nice-grpc';
import {
  PayCreditsRequest,
  PayCreditsResponse,
} from '../../generated/ewallet/v1/wallet_service.js';
import { readError } from './call-error.js';
import type { CallerCredentials } from './clients.js';
import { as } from './clients.js';
import type { Payment } from './pay.js';
import type { Attempt } from './told.js';

/** Makes attempts at payments as a program does that uses the library alone: each with a deadline, retried by nobody. */
export type Payer = {
  /** Resolves whatever happens. The deadline is kept by client and server, or, for tests of the server, by the server alone. */
  attempt(payment: Payment, deadlineMs: number, keptBy?: 'both' | 'server'): Promise<Attempt>;
  close(): void;
};

const PAY_CREDITS = '/ewallet.v1.WalletService/PayCredits';

/** Creates a payer on a connection of its own, which comes back soon after it was lost. */
export function createPayer(address: string): Payer {
  const client = new Client(address, credentials.createInsecure(), {
    'grpc.initial_reconnect_backoff_ms': 50,
    'grpc.max_reconnect_backoff_ms': 200,
    'grpc.use_local_subchannel_pool': 1,
  });
  return {
    attempt({ caller, request }, deadlineMs, keptBy = 'both') {
      const start = performance.now();
      const message = PayCreditsRequest.fromPartial(request);
      const metadata = metadataOf(caller);
      if (keptBy === 'server') metadata.set('grpc-timeout', `${deadlineMs}m`);
      let replayed = false;
      return new Promise((resolve) => {
        const end = (error: ServiceError | null, response?: PayCreditsResponse) =>
          // The trailers, and with them the mark, come before the last event of the call.
          setImmediate(() => {
            const ms = performance.now() - start;
            resolve({ ...readAnswer(error, response), replayed, ms });
          });
        const call = client.makeUnaryRequest(
          PAY_CREDITS,
          (value: PayCreditsRequest) => Buffer.from(PayCreditsRequest.encode(value).finish()),
          (bytes) => PayCreditsResponse.decode(bytes),
          message,
          metadata,
          keptBy === 'server' ? {} : { deadline: Date.now() + deadlineMs },
          end,
        );
        call.on('status', (ended) => {
          replayed = ended.metadata.get('ewallet-replayed')[0] === 'true';
        });
      });
    },
    close: () => client.close(),
  };
}

function metadataOf(caller: CallerCredentials): Metadata {
  const metadata = new Metadata();
  for (const [key, values] of as(caller).metadata) {
    for (const value of values) metadata.add(key, value as string);
  }
  return metadata;
}

function readAnswer(
  error: ServiceError | null,
  response: PayCreditsResponse | undefined,
): Omit<Attempt, 'replayed' | 'ms'> {
  if (!error) {
    const { operation } = response ?? {};
    if (!operation) throw new Error('An answer without an operation.');
    return { told: 'OK', outcome: { operation } };
  }
  const trailer = NiceMetadata();
  const [bytes] = error.metadata.get('grpc-status-details-bin');
  if (bytes) trailer.set('grpc-status-details-bin', new Uint8Array(bytes as Buffer));
  const read = readError(
    new ClientError(PAY_CREDITS, error.code as number, error.details),
    trailer,
  );
  const told = `${status[error.code]} ${read.reason ?? '-'}`;
  const [pushback] = error.metadata.get('grpc-retry-pushback-ms');
  const refused = error.code === status.FAILED_PRECONDITION ? read.reason : undefined;
  return {
    told,
    ...(refused && { outcome: { refused } }),
    ...(read.retryAfterMs !== undefined && { retryAfterMs: read.retryAfterMs }),
    ...(pushback !== undefined && { pushbackMs: Number(pushback) }),
  };
}
