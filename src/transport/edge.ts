import { Metadata, ServerInterceptingCall, type ServerInterceptor, status } from '@grpc/grpc-js';
import { DomainError } from '../model/errors.js';
import { encodeError } from './status.js';

/** How long calls may take. */
export type DeadlineLimits = {
  /** For a call that sets no deadline. */
  readonly defaultMs: number;
  /** For every call, whatever deadline it sets. */
  readonly maxMs: number;
};

/**
 * Ends every unary call in time. A deadline of the client's own is kept by the library, up to the limit. When the time is up the
 * caller has its answer and the signal of the call is aborted: what the handler still does is up to it.
 *
 * Neither deadline nor address is handed on in metadata, so there is nothing that a client could forge: the signal tells of the
 * one, the context's peer of the other.
 */
export function createDeadlineEdge(limits: DeadlineLimits): ServerInterceptor {
  return (method, call) => {
    if (method.requestStream || method.responseStream) return new ServerInterceptingCall(call);
    const withoutDeadline = call.getDeadline() === Number.POSITIVE_INFINITY;
    const limitMs = withoutDeadline ? limits.defaultMs : limits.maxMs;
    const timer = setTimeout(() => call.sendStatus(deadlineExceeded(limitMs)), limitMs);
    return new ServerInterceptingCall(call, {
      start: (next) => next({ onCancel: () => clearTimeout(timer) }),
      sendStatus(answer, next) {
        clearTimeout(timer);
        next(answer);
      },
    });
  };
}

function deadlineExceeded(limitMs: number) {
  const text = `The call took longer than the ${limitMs} ms that the server allows.`;
  const { message, trailers } = encodeError(new DomainError('DEADLINE_EXCEEDED', text), '');
  const metadata = new Metadata();
  for (const [key, value] of trailers) {
    metadata.set(key, typeof value === 'string' ? value : Buffer.from(value));
  }
  return { code: status.DEADLINE_EXCEEDED, details: message, metadata };
}
