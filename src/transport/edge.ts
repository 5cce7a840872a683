import {
  Metadata,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
} from '@grpc/grpc-js';
import { DomainError } from '../model/errors.js';
import { encodeError } from './status.js';

/** How long unary calls may take. */
export type DeadlineLimits = {
  /** For a call that sets no deadline. */
  readonly defaultMs: number;
  /** For every call, whatever deadline it sets. */
  readonly maxMs: number;
};

/** What stands between the socket and everything else: it ends calls whatever their handlers do. */
export type Edge = {
  readonly interceptor: ServerInterceptor;
  /** Ends every call in flight with SERVER_DRAINING. */
  cutOff(): void;
};

/**
 * Creates the edge. A deadline of the client's own is kept by the library, up to the limit. When a call is ended here, the caller
 * has its answer and the call's signal is aborted: what the handler still does is up to it.
 *
 * Neither deadline nor address is handed on in metadata, so there is nothing that a client could forge: the signal tells of the
 * one, the context's peer of the other.
 */
export function createEdge(limits: DeadlineLimits): Edge {
  const inFlight = new Set<ServerInterceptingCallInterface>();

  function startTimer(call: ServerInterceptingCallInterface): NodeJS.Timeout {
    const withoutDeadline = call.getDeadline() === Number.POSITIVE_INFINITY;
    const limitMs = withoutDeadline ? limits.defaultMs : limits.maxMs;
    return setTimeout(() => end(call, deadlineExceeded(limitMs)), limitMs);
  }

  return {
    interceptor(method, call) {
      const stream = method.requestStream || method.responseStream;
      const timer = stream ? undefined : startTimer(call);
      inFlight.add(call);
      function forget(): void {
        clearTimeout(timer);
        inFlight.delete(call);
      }
      return new ServerInterceptingCall(call, {
        // The library says so at the end of every call, not only of cancelled ones.
        start: (next) => next({ onCancel: forget }),
      });
    },
    cutOff() {
      for (const call of inFlight) end(call, draining());
    },
  };
}

function end(call: ServerInterceptingCallInterface, error: DomainError): void {
  const { code, message, trailers } = encodeError(error, '');
  const metadata = new Metadata();
  for (const [key, value] of trailers) {
    metadata.set(key, typeof value === 'string' ? value : Buffer.from(value));
  }
  call.sendStatus({ code: code as number, details: message, metadata });
}

function deadlineExceeded(limitMs: number): DomainError {
  const text = `The call took longer than the ${limitMs} ms that the server allows.`;
  return new DomainError('DEADLINE_EXCEEDED', text);
}

function draining(): DomainError {
  return new DomainError(
    'SERVER_DRAINING',
    'The server is stopping. Retry with the same request id.',
  );
}
