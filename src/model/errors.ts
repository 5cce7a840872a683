import { type Reason, reasonCodes, type StatusName } from './reasons.js';

/** A field that breaks a rule: its path as the caller wrote it, the rule, and what to do about it. */
export type FieldViolation = {
  readonly field: string;
  readonly rule: string;
  readonly description: string;
};

/** What an error tells besides reason and message. */
export type ErrorDetails = {
  /** Everything variable of the message, as text, under keys in snake_case. Never a secret. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** The fields of the request that are to blame. */
  readonly fields?: readonly FieldViolation[];
  /** When the caller may try again, in milliseconds from now. */
  readonly retryAfterMs?: number;
  /** The resource that is meant, for example `{type: 'wallet', name: 'wal_1a2b'}`. */
  readonly resource?: { readonly type: string; readonly name: string };
  /** True when this failure was decided earlier for the same request id and is given again. */
  readonly replayed?: boolean;
  /** What caused it. Logged, never sent. */
  readonly cause?: unknown;
};

/**
 * The one error that the domain throws: a reason of the closed list and a text that a client may see.
 *
 * Everything else that is thrown is a fault of the server and reaches clients as INTERNAL without its text.
 */
export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly reason: Reason;
  readonly details: ErrorDetails;

  constructor(reason: Reason, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.reason = reason;
    this.details = details;
  }

  /** Name of the gRPC status that the reason is answered with. */
  get status(): StatusName {
    return reasonCodes[this.reason];
  }
}

/** An INVALID_ARGUMENT error that blames one field. */
export function invalidField(reason: Reason, field: string, description: string): DomainError {
  return new DomainError(reason, description, {
    fields: [{ field, rule: reason, description }],
  });
}
