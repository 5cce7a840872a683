import type { status } from '@grpc/grpc-js';
import type { ErrorReason } from './generated/ewallet/v1/error_reason.js';

/** Name of a gRPC status code, for example `FAILED_PRECONDITION`. */
export type CodeName = keyof typeof status;

/** Name of a reason without its prefix, for example `INSUFFICIENT_CREDITS`. Servers may know more. */
export type Reason = keyof typeof ErrorReason extends infer Name
  ? Name extends `ERROR_REASON_${infer Short}`
    ? Short
    : never
  : never;

/** A field of the request that breaks a rule. */
export type FieldViolation = {
  /** Path of the field as the proto names it, for example `payee_email`. */
  readonly field: string;
  /** The rule that it breaks, for example `STRING_MIN_LEN`. */
  readonly rule: string;
  /** What the rule asks for. */
  readonly description: string;
};

/** What an {@link EWalletError} is made of. */
export type ErrorFacts = {
  readonly code: CodeName;
  readonly message: string;
  readonly method: string;
  readonly reason?: Reason | (string & {}) | undefined;
  readonly fields?: readonly FieldViolation[];
  readonly metadata?: Readonly<Record<string, string>>;
  readonly retryAfterMs?: number | undefined;
  readonly resource?: { readonly type: string; readonly name: string } | undefined;
  readonly help?: readonly { readonly description: string; readonly url: string }[];
  readonly requestId?: string | undefined;
  readonly replayed?: boolean;
  readonly attempts?: number;
  readonly outcomeUnknown?: boolean;
  readonly cause?: unknown;
};

/** A call that failed. Decide by `reason`, or by `code` where there is none; the message is for people. */
export class EWalletError extends Error {
  override readonly name: string = 'EWalletError';
  /** Status code of the call, by name. */
  readonly code: CodeName;
  /** Why it failed. Undefined when the server did not say, as when it cannot be reached. */
  readonly reason: Reason | (string & {}) | undefined;
  /** Fields of the request that break a rule, at most 20. */
  readonly fields: readonly FieldViolation[];
  /** What belongs to the reason, for example `balance_credits`. error_reason.proto lists the keys. */
  readonly metadata: Readonly<Record<string, string>>;
  /** How long the server asks to wait before the next attempt. */
  readonly retryAfterMs: number | undefined;
  /** What it is about, for example `{ type: 'wallet', name: 'wallets/wal_1a2b' }`. */
  readonly resource: { readonly type: string; readonly name: string } | undefined;
  /** Where to read on. */
  readonly help: readonly { readonly description: string; readonly url: string }[];
  /** The request id of the write. Send it again to learn its outcome. */
  readonly requestId: string | undefined;
  /** True when an earlier request with this id had been refused so already. */
  readonly replayed: boolean;
  /** The method, `/package.Service/Method`. */
  readonly method: string;
  /** How often the call was sent. */
  readonly attempts: number;
  /** True when a write may have happened all the same: repeat it with the same request id, or look. */
  readonly outcomeUnknown: boolean;

  constructor(facts: ErrorFacts) {
    super(facts.message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = facts.code;
    this.reason = facts.reason;
    this.fields = facts.fields ?? [];
    this.metadata = facts.metadata ?? {};
    this.retryAfterMs = facts.retryAfterMs;
    this.resource = facts.resource;
    this.help = facts.help ?? [];
    this.requestId = facts.requestId;
    this.replayed = facts.replayed ?? false;
    this.method = facts.method;
    this.attempts = facts.attempts ?? 1;
    this.outcomeUnknown = facts.outcomeUnknown ?? false;
  }
}

/**
 * The session was lost, and its logins with it: its time was over, or its token was replaced elsewhere. Acquire the master
 * where `reason` is MASTER_NOT_ACQUIRED, log in, and call again: the call did nothing.
 */
export class LoginLostError extends EWalletError {
  override readonly name = 'LoginLostError';
}
