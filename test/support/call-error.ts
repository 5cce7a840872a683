import { ClientError, Metadata, Status } from 'nice-grpc';
import {
  BadRequest,
  ErrorInfo,
  PreconditionFailure,
  QuotaFailure,
  RequestInfo,
  ResourceInfo,
  RetryInfo,
} from '../../generated/google/rpc/error_details.js';
import { Status as RpcStatus } from '../../generated/google/rpc/status.js';

const types = [
  BadRequest,
  ErrorInfo,
  PreconditionFailure,
  QuotaFailure,
  RequestInfo,
  ResourceInfo,
  RetryInfo,
] as const;

/** What a refused call answered, as a client in any language reads it. */
export type CallError = {
  /** Name of the status, for example `NOT_FOUND`. */
  code: string;
  message: string;
  /** Reason of ErrorInfo; undefined when the answer has none. */
  reason: string | undefined;
  metadata: Record<string, string>;
  /** Fields of BadRequest. */
  fields: string[];
  /** Full names of all details. */
  details: string[];
  retryAfterMs: number | undefined;
  trailer: Metadata;
};

/**
 * The error of a call that must fail. Give the call as a function of call options, which it passes on:
 * `await errorOf((options) => clients.wallets.getWallet({}, {...options, ...as(user)}))`.
 *
 * @throws Error when the call succeeds.
 */
export async function errorOf(
  call: (options: { onTrailer: (trailer: Metadata) => void }) => Promise<unknown>,
): Promise<CallError> {
  let trailer = Metadata();
  try {
    await call({
      onTrailer: (received) => {
        trailer = received;
      },
    });
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    return readError(error, trailer);
  }
  throw new Error('The call succeeded.');
}

/** Reads the error of a call that failed with these trailers. */
export function readError(error: ClientError, trailer: Metadata = Metadata()): CallError {
  const bytes = trailer.get('grpc-status-details-bin');
  const details = bytes instanceof Uint8Array ? RpcStatus.decode(bytes).details : [];
  const read = (name: string) => {
    const found = details.find(({ typeUrl }) => typeUrl.endsWith(`/${name}`));
    const type = types.find(({ $type }) => $type === name);
    return found && type ? type.decode(found.value) : undefined;
  };
  const info = read('google.rpc.ErrorInfo') as ErrorInfo | undefined;
  const bad = read('google.rpc.BadRequest') as BadRequest | undefined;
  const retry = read('google.rpc.RetryInfo') as RetryInfo | undefined;
  const delay = retry?.retryDelay;
  return {
    code: Status[error.code],
    message: error.details,
    reason: info?.reason,
    metadata: info?.metadata ?? {},
    fields: bad?.fieldViolations.map(({ field }) => field) ?? [],
    details: details.map(({ typeUrl }) => typeUrl.replace('type.googleapis.com/', '')),
    retryAfterMs: delay && Number(delay.seconds) * 1_000 + delay.nanos / 1_000_000,
    trailer,
  };
}
