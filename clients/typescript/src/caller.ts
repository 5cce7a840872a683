import { randomUUID } from 'node:crypto';
import type { Client, ServiceError } from '@grpc/grpc-js';
import { pause, pauseMs } from './backoff.js';
import { toCallError } from './decode-error.js';
import { EWalletError } from './errors.js';
import type { Identity } from './identity.js';
import type { Method } from './method.js';
import type { CallOptions } from './options.js';
import { isAboutCaller, isOutcomeUnknown, mayRetry } from './retry.js';
import { type Answer, type Headers, sendUnary } from './send.js';

/** What calls are made with. */
export type Caller = {
  readonly connection: Client;
  /** Opens the connection for watches when the first one begins. */
  readonly watchConnection: () => Client;
  readonly identity: Identity;
  /** Whether all calls may be repeated, also those that do it again. */
  readonly repeatsAll?: boolean;
  readonly timeoutMs: number;
  readonly attemptTimeoutMs: number;
};

const backoff = { firstMs: 100, mostMs: 5_000 };
/** Fresh credentials that are refused twice will be refused again. */
const MAX_RECOVERIES = 2;

/** Methods that read or remove so much that one attempt may take all the time there is. */
const slowMethods = /\/(VerifyLedger|Cleanup\w+)$/;
const SLOW_TIMEOUT_MS = 600_000;

/** A message, and whether it is the answer that an earlier request with the same id had. */
export type Reply = { readonly message: object; readonly replayed: boolean };

/** Completes a request: a write gets its request id here, before it is first sent. */
export function completeRequest(method: Method, request: object): Record<string, unknown> {
  const { requestId } = request as { requestId?: string };
  const complete =
    method.takesRequestId && !requestId ? { ...request, requestId: randomUUID() } : request;
  return method.definition.requestType.fromPartial(complete as never);
}

/**
 * Calls a method until it is answered or there is no use in going on.
 *
 * @throws EWalletError, and the signal's reason when it is aborted.
 */
export async function call(
  caller: Caller,
  method: Method,
  partial: object,
  options: CallOptions = {},
): Promise<Reply> {
  const request = completeRequest(method, partial);
  const slow = slowMethods.test(method.path);
  const timeoutMs = options.timeoutMs ?? (slow ? SLOW_TIMEOUT_MS : caller.timeoutMs);
  const attemptTimeoutMs = options.attemptTimeoutMs ?? (slow ? timeoutMs : caller.attemptTimeoutMs);
  const repeatable = (caller.repeatsAll || method.repeatable) && options.retry !== false;
  const { signal } = options;
  const deadlineMs = Date.now() + timeoutMs;
  const requestId = method.takesRequestId ? (request.requestId as string) : undefined;
  let recoveries = 0;
  let outcomeUnknown = false;
  for (let attempts = 1; ; attempts += 1) {
    const presented = await caller.identity.present(method, { deadlineMs, signal });
    const attemptMs = repeatable ? attemptTimeoutMs : timeoutMs;
    try {
      const answer = await sendUnary(caller.connection, method, request, {
        headers: withKeys(presented, options),
        deadlineMs: Math.min(deadlineMs, Date.now() + attemptMs),
        signal,
      });
      return toReply(answer);
    } catch (thrown) {
      if (!isServiceError(thrown)) throw thrown;
      const error = toCallError(thrown, { method: method.path, requestId, attempts });
      if (isAboutCaller(error)) {
        recoveries += 1;
        if (
          recoveries <= MAX_RECOVERIES &&
          (await caller.identity.recover(error, presented, { deadlineMs, signal }))
        ) {
          continue;
        }
      }
      outcomeUnknown ||= isOutcomeUnknown(method, error);
      const waitMs = pauseMs(backoff, attempts, error.retryAfterMs);
      if (!repeatable || !mayRetry(error) || Date.now() + waitMs >= deadlineMs) {
        throw new EWalletError({ ...error, message: error.message, outcomeUnknown });
      }
      await pause(waitMs, signal);
    }
  }
}

/** Metadata of a call with the keys that its options name. */
export function withKeys(presented: Headers, { registrationKey }: CallOptions): Headers {
  return registrationKey === undefined
    ? presented
    : { ...presented, 'ewallet-registration-key': registrationKey };
}

/** Whether something that was thrown is grpc-js telling of the end of a call. */
export function isServiceError(thrown: unknown): thrown is ServiceError {
  return thrown instanceof Error && 'code' in thrown && 'metadata' in thrown;
}

function toReply({ message, trailers }: Answer): Reply {
  const replayed = trailers.get('ewallet-replayed')[0] === 'true';
  return { message: message as object, replayed };
}
