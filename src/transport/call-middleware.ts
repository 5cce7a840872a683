import type { DescMessage } from '@bufbuild/protobuf';
import { type CallContext, ServerError, type ServerMiddleware } from 'nice-grpc';
import type { Logger } from '../lib/logger.js';
import { randomUuid } from '../lib/random.js';
import type { Caller } from '../model/caller.js';
import { DomainError } from '../model/errors.js';
import { formatId } from '../model/public-id.js';
import type { AccessRule } from './access.js';
import type { Admission, Admitted } from './admission.js';
import { encodeError, toDomainError } from './status.js';

/** What a handler finds in its context besides what the library puts there. */
export type HandlerContext = CallContext & Admitted;

/** What is known of a method before it is called. */
export type Method = {
  /** For example `ewallet.v1.WalletService/PayCredits`. */
  readonly name: string;
  readonly rule: AccessRule;
  readonly input: DescMessage;
};

/** What the middleware works with. */
export type CallMiddlewareDeps = {
  /** Every method of the listener by its path. */
  readonly methods: ReadonlyMap<string, Method>;
  readonly admit: Admission;
  /** @throws VALIDATION_FAILED */
  readonly validate: (type: DescMessage, request: unknown) => void;
  /** Starts a stopwatch that tells the milliseconds since. */
  readonly startStopwatch: () => () => number;
  readonly logger: Logger;
};

const REQUEST_ID = 'x-request-id';

/**
 * Everything between the library and a handler, in this order: correlation id, log, error gate, authenticate, authorize,
 * validate. It is one middleware because each costs an async generator per call.
 */
export function createCallMiddleware(deps: CallMiddlewareDeps): ServerMiddleware<Admitted> {
  const { logger } = deps;
  return async function* handleCall(call, context) {
    const method = deps.methods.get(call.method.path) as Method;
    const elapsed = deps.startStopwatch();
    const requestId = requestIdOf(context);
    // In the trailer: a response header would end the client's right to retry.
    context.trailer.set(REQUEST_ID, requestId);
    let caller: Caller | undefined;
    try {
      const admitted = await deps.admit(method.rule, context);
      caller = admitted.caller;
      const request = call.requestStream
        ? validateEach(deps, method, call.request)
        : validateOne(deps, method, call.request);
      if (context.signal.aborted) throw cancelled();
      const response = yield* call.next(request, Object.assign(context, admitted));
      if (!call.responseStream && response === undefined) throw new Error('No response.');
      if (logger.isLevelEnabled('debug')) {
        logger.debug({ ...describeCall(method, caller, context), ms: elapsed() }, 'call');
      }
      return response;
    } catch (thrown) {
      const error = toDomainError(thrown, context.signal);
      const wire = encodeError(error, requestId);
      for (const [key, value] of wire.trailers) context.trailer.set(key, value);
      logRefusal(logger, error, { ...describeCall(method, caller, context), ms: elapsed() });
      throw new ServerError(wire.code, wire.message);
    }
  };
}

function validateOne<T>(deps: CallMiddlewareDeps, method: Method, request: T): T {
  deps.validate(method.input, request);
  return request;
}

async function* validateEach<T>(
  deps: CallMiddlewareDeps,
  method: Method,
  requests: AsyncIterable<T>,
): AsyncIterable<T> {
  for await (const request of requests) yield validateOne(deps, method, request);
}

function requestIdOf({ metadata }: CallContext): string {
  const given = metadata.get(REQUEST_ID);
  return typeof given === 'string' && /^[\w.:-]{1,64}$/.test(given) ? given : randomUuid();
}

function cancelled(): DomainError {
  return new DomainError('CANCELLED', 'The caller went away, or its deadline passed.');
}

/** Who called what: ids only. */
function describeCall(method: Method, caller: Caller | undefined, context: CallContext) {
  return {
    method: method.name,
    correlation: context.trailer.get(REQUEST_ID),
    peer: context.peer,
    ...(caller?.master ? { master: formatId('master', caller.master.id) } : {}),
    ...(caller?.user ? { user: formatId('account', caller.user.id) } : {}),
  };
}

/** A refusal is the caller's business; a fault is ours. */
function logRefusal(logger: Logger, error: DomainError, call: object): void {
  const { reason, status, details } = error;
  const event = { ...call, status, reason, incident: details.metadata?.incident_id };
  if (status === 'INTERNAL') logger.error({ ...event, error: details.cause ?? error }, 'fault');
  else if (details.cause !== undefined) logger.warn({ ...event, error: details.cause }, 'refused');
  else logger.info(event, 'refused');
}
