import { type Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { type CodeName, EWalletError } from './errors.js';
import type { Any } from './generated/google/protobuf/any.js';
import {
  BadRequest,
  ErrorInfo,
  Help,
  ResourceInfo,
  RetryInfo,
} from './generated/google/rpc/error_details.js';
import { Status } from './generated/google/rpc/status.js';
import type { Codec } from './method.js';
import { durationToMs } from './times.js';

/** What the client knows of the call that failed. */
export type CallFacts = {
  readonly method: string;
  readonly requestId?: string | undefined;
  readonly attempts?: number;
};

const ERROR_DOMAIN = 'ewallet';

/** Makes the error of a call from what grpc-js reports. */
export function toCallError(error: ServiceError, call: CallFacts): EWalletError {
  const trailers: Metadata | undefined = error.metadata;
  const bytes = trailers?.get('grpc-status-details-bin')[0];
  const replayed = trailers?.get('ewallet-replayed')[0] === 'true';
  const details = Buffer.isBuffer(bytes) ? readDetails(bytes) : [];
  return toError({ code: error.code, message: error.details || error.message, details }, call, {
    replayed,
    cause: error,
  });
}

/** Makes the error of one message of a payment stream from its status. */
export function toStreamError(answer: Status, call: CallFacts, replayed: boolean): EWalletError {
  return toError(answer, call, { replayed });
}

function readDetails(bytes: Buffer): Any[] {
  try {
    return Status.decode(bytes).details;
  } catch {
    // What something on the way has garbled says nothing: the code still does.
    return [];
  }
}

function toError(
  { code, message, details }: Status,
  call: CallFacts,
  more: { replayed: boolean; cause?: unknown },
): EWalletError {
  const info = find(details, ErrorInfo);
  const ours = info?.domain === ERROR_DOMAIN ? info : undefined;
  const retry = find(details, RetryInfo);
  const resource = find(details, ResourceInfo);
  const codeName = (status[code] ?? 'UNKNOWN') as CodeName;
  return new EWalletError({
    ...call,
    ...more,
    code: codeName,
    message: message || `The call failed with ${codeName}.`,
    reason: ours?.reason,
    metadata: ours?.metadata ?? {},
    fields: (find(details, BadRequest)?.fieldViolations ?? []).map(
      ({ field, reason, description }) => ({ field, rule: reason, description }),
    ),
    retryAfterMs: retry?.retryDelay && durationToMs(retry.retryDelay),
    resource: resource && { type: resource.resourceType, name: resource.resourceName },
    help: find(details, Help)?.links ?? [],
  });
}

function find<T>(details: readonly Any[], type: Codec<T>): T | undefined {
  const detail = details.find(({ typeUrl }) => typeUrl.endsWith(`/${type.$type}`));
  return detail && type.decode(detail.value);
}
