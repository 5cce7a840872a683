import type { DescMessage } from '@bufbuild/protobuf';
import { type CallContext, ServerError, type ServerMiddleware } from 'nice-grpc';
import type { Status as RpcStatus } from '../../generated/google/rpc/status.js';
import type { Logger } from '../lib/logger.js';
import { randomUuid } from '../lib/random.js';
import type { Caller } from '../model/caller.js';
import { DomainError } from '../model/errors.js';
import { formatId, parseId } from '../model/public-id.js';
import type { Reason } from '../model/reasons.js';
import type { AccessRule } from './access.js';
import type { Admission, Admitted } from './admission.js';
import type { Drain } from './drain.js';
import type { Edge } from './edge.js';
import type { Gate } from './gate.js';
import { encodeError, toDomainError, toRpcStatus } from './status.js';

/** What the middleware adds to the context of a call. */
export type Guarded = Admitted & {
  /**
   * Checks one message of a request stream. The middleware checks single requests itself; on a stream a bad message is answered by
   * the handler and the stream goes on.
   *
   * @throws VALIDATION_FAILED
   */
  readonly validate: (message: unknown) => void;
  /** The error gate for one message of a stream: logs what was thrown, and gives it as a status to answer with. */
  readonly refuse: (thrown: unknown) => RpcStatus;
  /** Aborted when the server stops: a stream takes no more work, answers what it took, and ends. Never for other calls. */
  readonly stopping: AbortSignal;
  /** Ends a stream with the error, at once, also while its handler waits for a peer that does not read. */
  readonly end: (error: DomainError) => void;
};

/** What a handler finds in its context. */
export type HandlerContext = CallContext & Guarded;

/** What is known of a method before it is called. */
export type Method = {
  /** For example `ewallet.v1.WalletService/PayCredits`. */
  readonly name: string;
  readonly rule: AccessRule;
  readonly input: DescMessage;
};

/**
 * Records a call that was let in, with what came of it. A call whose record cannot be kept fails. Streams are recorded at their start.
 * `target` are the ids that the request names.
 */
export type RecordCall = (
  caller: Caller,
  call: { readonly method: string; readonly refusal?: Reason } & CallTarget,
) => Promise<void>;

/** The master and the user that a request names. */
type CallTarget = { readonly masterId: bigint | null; readonly userId: bigint | null };

/** What the middleware works with. */
export type CallMiddlewareDeps = {
  /** Every method of the listener by its path. */
  readonly methods: ReadonlyMap<string, Method>;
  readonly admit: Admission;
  /** @throws VALIDATION_FAILED */
  readonly validate: (type: DescMessage, request: unknown) => void;
  readonly drain: Pick<Drain, 'onBegin'>;
  readonly gate: Pick<Gate, 'enter'>;
  readonly edge: Pick<Edge, 'end'>;
  readonly recordCall?: RecordCall;
  /** Starts a stopwatch that tells the milliseconds since. */
  readonly startStopwatch: () => () => number;
  readonly logger: Logger;
};

/** The metadata, and the trailer, that correlates the logs of caller and server. */
export const REQUEST_ID = 'x-request-id';

/**
 * Everything between the library and a handler, in this order: correlation id, log, error gate, whether the server is in service,
 * authenticate, authorize, validate. It is one middleware because each costs an async generator per call.
 */
export function createCallMiddleware(deps: CallMiddlewareDeps): ServerMiddleware<Guarded> {
  const { logger } = deps;
  return async function* handleCall(call, context) {
    const method = deps.methods.get(call.method.path) as Method;
    const inWork: CallInWork = { method, context, elapsed: deps.startStopwatch() };
    const requestId = requestIdOf(context);
    // In the trailer: a response header would end the client's right to retry.
    context.trailer.set(REQUEST_ID, requestId);
    const stream =
      call.requestStream || call.responseStream ? openStream(deps, inWork, requestId) : undefined;
    let leave: (() => void) | undefined;
    let recorded = false;
    try {
      leave = deps.gate.enter();
      const admitted = await deps.admit(method.rule, context);
      inWork.caller = admitted.caller;
      if (!call.requestStream) deps.validate(method.input, call.request);
      if (context.signal.aborted) throw cancelled();
      const guarded = Object.assign(context, admitted, stream ? stream.tools : NO_STREAM);
      if (stream && deps.recordCall) {
        recorded = true;
        await record(deps, inWork, call.request);
      }
      // What answers a single message yields nothing: to step through it costs less than to delegate to it.
      const response = stream
        ? yield* call.next(call.request, guarded)
        : (await call.next(call.request, guarded).next()).value;
      if (!call.responseStream && response === undefined) throw new Error('No response.');
      if (deps.recordCall && !recorded) {
        recorded = true;
        await record(deps, inWork, call.request);
      }
      if (logger.isLevelEnabled('debug')) logger.debug(describeCall(inWork), 'call');
      return response;
    } catch (thrown) {
      const error = toDomainError(thrown, context.signal);
      const wire = encodeError(error, requestId);
      for (const [key, value] of wire.trailers) context.trailer.set(key, value);
      logRefusal(logger, error, describeCall(inWork));
      if (!recorded) await recordRefusal(deps, inWork, call.request, error);
      throw new ServerError(wire.code, wire.message);
    } finally {
      stream?.close();
      leave?.();
    }
  };
}

/** A call between its begin and its end, as the log tells of it. */
type CallInWork = {
  readonly method: Method;
  readonly context: CallContext;
  readonly elapsed: () => number;
  /** Once it is known. */
  caller?: Caller;
};

/** What only streams need. */
type StreamTools = Pick<Guarded, 'validate' | 'refuse' | 'end' | 'stopping'>;

function onlyForStreams(): never {
  throw new Error('The call is no stream.');
}

const NO_STREAM: StreamTools = {
  validate: onlyForStreams,
  refuse: onlyForStreams,
  end: onlyForStreams,
  stopping: new AbortController().signal,
};

function openStream(
  { drain, edge, logger, validate }: CallMiddlewareDeps,
  inWork: CallInWork,
  requestId: string,
): { readonly tools: StreamTools; close(): void } {
  const { context, method } = inWork;
  const stopping = new AbortController();
  const forget = drain.onBegin(() => stopping.abort());
  const tools: StreamTools = {
    validate: (message) => validate(method.input, message),
    refuse(thrown) {
      const error = toDomainError(thrown, context.signal);
      logRefusal(logger, error, describeCall(inWork));
      return toRpcStatus(error, requestId);
    },
    end(error) {
      logRefusal(logger, error, describeCall(inWork));
      edge.end(context.metadata, error);
    },
    stopping: stopping.signal,
  };
  return { tools, close: forget };
}

async function record(
  deps: CallMiddlewareDeps,
  { caller, method }: CallInWork,
  request: unknown,
  refusal?: DomainError,
): Promise<void> {
  if (caller) await deps.recordCall?.(caller, callOf(method, request, refusal));
}

/** The call has failed already: a record that cannot be kept is told to the log. */
async function recordRefusal(
  deps: CallMiddlewareDeps,
  inWork: CallInWork,
  request: unknown,
  refusal: DomainError,
): Promise<void> {
  try {
    await record(deps, inWork, request, refusal);
  } catch (failure) {
    deps.logger.error({ ...describeCall(inWork), error: failure }, 'fault');
  }
}

function callOf(method: Method, request: unknown, refusal?: DomainError) {
  const { masterId, accountId } = request as { masterId?: unknown; accountId?: unknown };
  return {
    method: method.name,
    masterId: typeof masterId === 'string' ? (parseId('master', masterId) ?? null) : null,
    userId: typeof accountId === 'string' ? (parseId('account', accountId) ?? null) : null,
    ...(refusal ? { refusal: refusal.reason } : {}),
  };
}

function requestIdOf({ metadata }: CallContext): string {
  const given = metadata.get(REQUEST_ID);
  return typeof given === 'string' && /^[\w.:-]{1,64}$/.test(given) ? given : randomUuid();
}

function cancelled(): DomainError {
  return new DomainError('CANCELLED', 'The caller went away, or its deadline passed.');
}

/** Who called what: ids only. */
function describeCall({ method, caller, context, elapsed }: CallInWork) {
  return {
    method: method.name,
    correlation: context.trailer.get(REQUEST_ID),
    peer: context.peer,
    ...(caller?.master ? { master: formatId('master', caller.master.id) } : {}),
    ...(caller?.user ? { user: formatId('account', caller.user.id) } : {}),
    ms: elapsed(),
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
