import { constants, type Http2Stream } from 'node:http2';
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
  /**
   * Ends a response stream with the error, known by the metadata that its handler got: also one whose handler waits for a peer that
   * does not read. A peer that does not take even this loses the stream a little later.
   */
  end(metadata: { get(key: string): unknown }, error: DomainError): void;
  /** Ends every call in flight with SERVER_DRAINING. */
  cutOff(): void;
};

/**
 * Creates the edge. A deadline of the client's own is kept by the library, up to the limit. When a call is ended here, the caller
 * has its answer and the call's signal is aborted: what the handler still does is up to it.
 *
 * Neither deadline nor address is handed on in metadata: the signal tells of the one, the context's peer of the other. A response
 * stream gets a key, by which it can be ended from outside; one that the client sends is overwritten.
 */
export function createEdge(limits: DeadlineLimits): Edge {
  const inFlight = new Set<ServerInterceptingCallInterface>();
  const streams = new Map<string, ServerInterceptingCallInterface>();
  let nextKey = 1;

  function startTimer(call: ServerInterceptingCallInterface): NodeJS.Timeout {
    const withoutDeadline = call.getDeadline() === Number.POSITIVE_INFINITY;
    const limitMs = withoutDeadline ? limits.defaultMs : limits.maxMs;
    return setTimeout(() => end(call, deadlineExceeded(limitMs)), limitMs);
  }

  return {
    interceptor(method, call) {
      const stream = method.requestStream || method.responseStream;
      const timer = stream ? undefined : startTimer(call);
      const key = stream ? String(nextKey++) : undefined;
      inFlight.add(call);
      if (key) streams.set(key, call);
      function forget(): void {
        clearTimeout(timer);
        inFlight.delete(call);
        if (key) streams.delete(key);
      }
      return new ServerInterceptingCall(call, {
        start: (next) =>
          next({
            onReceiveMetadata(metadata, pass) {
              if (key) metadata.set(STREAM_KEY, key);
              pass(metadata);
            },
            // The library says so at the end of every call, not only of cancelled ones.
            onCancel: forget,
          }),
      });
    },
    end(metadata, error) {
      const call = streams.get(String(metadata.get(STREAM_KEY)));
      if (call) end(call, error);
    },
    cutOff() {
      for (const call of inFlight) end(call, draining());
    },
  };
}

const STREAM_KEY = 'ewallet-stream';
/** How long a peer has to take the status of a call that was ended here. */
const LAST_ANSWER_MS = 5_000;

function end(call: ServerInterceptingCallInterface, error: DomainError): void {
  const { code, message, trailers } = encodeError(error, '');
  const metadata = new Metadata();
  for (const [key, value] of trailers) {
    metadata.set(key, typeof value === 'string' ? value : Buffer.from(value));
  }
  const status = { code: code as number, details: message, metadata };
  call.sendStatus(status);
  // The status waits behind what the peer has not read yet. A second one is not sent, but ends the call for its handler at once.
  call.sendStatus(status);
  setTimeout(() => reset(call), LAST_ANSWER_MS).unref();
}

/** Gives up on a stream whose peer reads nothing. The library has no call for that; clients see RESOURCE_EXHAUSTED. */
function reset(call: ServerInterceptingCallInterface): void {
  const { stream } = call as { stream?: Http2Stream };
  if (stream && !stream.closed) stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
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
