import { Status } from 'nice-grpc';
import type { MessageFns } from '../../generated/google/rpc/error_details.js';
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
import { randomUuid } from '../lib/random.js';
import { DomainError } from '../model/errors.js';
import type { Reason } from '../model/reasons.js';
import { StorageError, type StorageErrorKind } from '../storage/errors.js';
import { toDuration } from './convert.js';

/** Domain of every ErrorInfo. */
const ERROR_DOMAIN = 'ewallet';
/** Many clients refuse trailers above 8 KiB. */
const MAX_VIOLATIONS = 20;
const MAX_TEXT = 300;

const storageReasons: Partial<Record<StorageErrorKind, Reason>> = {
  connection: 'STORAGE_UNAVAILABLE',
  'commit-unknown': 'STORAGE_UNAVAILABLE',
  timeout: 'STORAGE_UNAVAILABLE',
  busy: 'STORAGE_UNAVAILABLE',
  // What a database answers while it fails over.
  'read-only': 'STORAGE_UNAVAILABLE',
  'disk-full': 'STORAGE_UNAVAILABLE',
  deadlock: 'TRANSACTION_CONTENTION',
  'lock-wait': 'TRANSACTION_CONTENTION',
};

/** When to try again after a passing failure, unless whoever threw it knew better. */
const retryDelaysMs: Partial<Record<Reason, number>> = {
  STORAGE_UNAVAILABLE: 1_000,
  TRANSACTION_CONTENTION: 100,
  OVERLOADED: 200,
  SERVER_DRAINING: 500,
};

const storageTexts: Partial<Record<Reason, string>> = {
  STORAGE_UNAVAILABLE: 'The database does not answer. Retry a write with the same request id.',
  TRANSACTION_CONTENTION: 'The write lost against others; nothing was changed. Retry.',
};

/** What goes over the wire for an error. */
export type WireError = {
  readonly code: Status;
  readonly message: string;
  /** Bytes are for the key `grpc-status-details-bin`. */
  readonly trailers: readonly (readonly [key: string, value: string | Uint8Array])[];
};

/**
 * The error that a caller may see for whatever was thrown: a DomainError stays, known storage failures become
 * passing ones, an aborted call is CANCELLED, and everything else INTERNAL with an incident id and no text of its own.
 */
export function toDomainError(error: unknown, signal: AbortSignal): DomainError {
  if (error instanceof DomainError) return error;
  if (error instanceof StorageError) {
    const reason = storageReasons[error.kind];
    if (reason) return new DomainError(reason, storageTexts[reason] ?? '', { cause: error });
  }
  if (signal.aborted && error instanceof Error && error.name === 'AbortError') {
    return new DomainError('CANCELLED', 'The call was cancelled, or its deadline passed.');
  }
  const incident = randomUuid();
  return new DomainError('INTERNAL', `The server failed. Report incident ${incident}.`, {
    metadata: { incident_id: incident },
    cause: error,
  });
}

/** Encodes an error as a status with google.rpc details in a trailer, readable in every language. */
export function encodeError(error: DomainError, requestId: string): WireError {
  const { replayed } = error.details;
  const retryAfterMs = retryAfterMsOf(error);
  const status = toRpcStatus(error, requestId);
  return {
    code: status.code,
    message: status.message,
    trailers: [
      ['grpc-status-details-bin', RpcStatus.encode(status).finish()],
      ...(retryAfterMs === undefined
        ? []
        : [['grpc-retry-pushback-ms', String(Math.ceil(retryAfterMs))] as const]),
      ...(replayed ? [['ewallet-replayed', 'true'] as const] : []),
    ],
  };
}

/** An error as a message of its own, for answers on a stream. */
export function toRpcStatus(error: DomainError, requestId: string): RpcStatus {
  const code = Status[error.status];
  const details = listDetails(error, requestId, retryAfterMsOf(error));
  return RpcStatus.fromPartial({ code, message: cut(error.message), details });
}

function retryAfterMsOf({ details, reason }: DomainError): number | undefined {
  return details.retryAfterMs ?? retryDelaysMs[reason];
}

function listDetails(error: DomainError, requestId: string, retryAfterMs: number | undefined) {
  const { reason, message } = error;
  const { metadata = {}, fields = [], resource } = error.details;
  const truncated = fields.length > MAX_VIOLATIONS ? { truncated: 'true' } : {};
  const subject = resource ? `${resource.type}s/${resource.name}` : '';
  const violations = [{ type: reason, subject, description: cut(message) }];
  return [
    pack(ErrorInfo, { reason, domain: ERROR_DOMAIN, metadata: { ...metadata, ...truncated } }),
    ...(fields.length > 0 ? [pack(BadRequest, { fieldViolations: describeFields(error) })] : []),
    ...(retryAfterMs === undefined
      ? []
      : [pack(RetryInfo, { retryDelay: toDuration(retryAfterMs) })]),
    ...(resource
      ? [pack(ResourceInfo, { resourceType: resource.type, resourceName: subject })]
      : []),
    ...(error.status === 'FAILED_PRECONDITION' ? [pack(PreconditionFailure, { violations })] : []),
    ...(error.status === 'RESOURCE_EXHAUSTED' ? [pack(QuotaFailure, { violations })] : []),
    ...(error.status === 'INTERNAL' ? [pack(RequestInfo, { requestId })] : []),
  ];
}

function describeFields({ details }: DomainError) {
  return (details.fields ?? []).slice(0, MAX_VIOLATIONS).map(({ field, rule, description }) => ({
    field: cut(field),
    reason: rule,
    description: cut(description),
  }));
}

type Partial_<T> = Parameters<MessageFns<T, string>['fromPartial']>[0];

function pack<T>(type: MessageFns<T, string>, message: Partial_<T>) {
  return {
    typeUrl: `type.googleapis.com/${type.$type}`,
    value: Buffer.from(type.encode(type.fromPartial(message)).finish()),
  };
}

function cut(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 1)}…`;
}
