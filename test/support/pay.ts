import { ClientError, Status } from 'nice-grpc';
import type {
  PayCreditsRequest,
  PayCreditsResponse,
} from '../../generated/ewallet/v1/wallet_service.js';
import { as, type CallerCredentials, type Clients } from './clients.js';

/** A payment that somebody wants to make. */
export type Payment = {
  readonly caller: CallerCredentials;
  readonly request: Pick<PayCreditsRequest, 'requestId' | 'payee' | 'credits'>;
};

/** What the server answered: the payment, or its refusal; and whether it had been decided before. */
export type Answer = {
  readonly outcome: PayCreditsResponse | { readonly refused: string };
  readonly replayed: boolean;
};

/** What a client has to send again: the outcome is unknown. */
const retried: ReadonlySet<Status> = new Set([Status.UNAVAILABLE, Status.DEADLINE_EXCEEDED]);

/**
 * One attempt at a payment. Undefined when the outcome is unknown and has to be asked for again.
 *
 * @throws ClientError of every status that a client may neither take as an answer nor retry.
 */
export async function pay(clients: Clients, payment: Payment): Promise<Answer | undefined> {
  let replayed = false;
  const outcome = await clients.wallets
    .payCredits(payment.request, {
      ...as(payment.caller),
      onTrailer: (trailer) => {
        replayed = trailer.get('ewallet-replayed') === 'true';
      },
    })
    .catch((error: unknown) => {
      if (!(error instanceof ClientError)) throw error;
      if (error.code === Status.FAILED_PRECONDITION) return { refused: error.details };
      if (retried.has(error.code)) return undefined;
      throw error;
    });
  return outcome && { outcome, replayed };
}
