import { type CallOptions, type Client, Metadata, type ServiceError } from '@grpc/grpc-js';
import type { Method } from './method.js';

/** Metadata of a call: names in lower case, and texts. */
export type Headers = Readonly<Record<string, string>>;

/** What one attempt is sent with. */
export type Attempt = {
  readonly headers: Headers;
  /** Unix milliseconds; sent to the server as `grpc-timeout`. None for streams that live long. */
  readonly deadlineMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** What a call was answered with. */
export type Answer = { readonly message: unknown; readonly trailers: Metadata };

/**
 * Sends one message and waits for one.
 *
 * @throws ServiceError of grpc-js, and the signal's reason when it is aborted.
 */
export function sendUnary(
  client: Client,
  method: Method,
  request: unknown,
  attempt: Attempt,
): Promise<Answer> {
  const { signal } = attempt;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    let message: unknown;
    const call = client.makeUnaryRequest(
      method.path,
      encoderOf(method),
      decoderOf(method),
      request,
      toMetadata(attempt.headers),
      toCallOptions(attempt),
      (error: ServiceError | null, reply: unknown) => {
        message = reply;
        if (error) settle(() => reject(signal?.aborted ? signal.reason : error));
      },
    );
    // Trailers come with the status, after the message.
    call.on('status', ({ metadata }) => settle(() => resolve({ message, trailers: metadata })));
    const cancel = () => call.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    function settle(how: () => void): void {
      signal?.removeEventListener('abort', cancel);
      how();
    }
  });
}

/** A stream of answers. To leave the loop over it ends the call. */
export type Incoming<Response> = AsyncGenerator<Response, void, undefined>;

/**
 * Sends one message and reads many. A reader that stops reading is sent about 64 KiB more, and nothing after that.
 *
 * @throws ServiceError of grpc-js while it is read, and the signal's reason when it is aborted.
 */
export async function* readStream<Response>(
  client: Client,
  method: Method,
  request: unknown,
  attempt: Attempt,
): Incoming<Response> {
  attempt.signal?.throwIfAborted();
  const call = client.makeServerStreamRequest(
    method.path,
    encoderOf(method),
    decoderOf(method),
    request,
    toMetadata(attempt.headers),
    toCallOptions(attempt),
  );
  yield* readCall<Response>(call, attempt.signal);
}

/** A call that is written to and read from. */
export type Duplex<Request, Response> = {
  /** Resolves when there is room for more; false once the call is over. */
  write(request: Request): Promise<boolean>;
  /** Tells the server that nothing follows. */
  end(): void;
  readonly answers: Incoming<Response>;
};

/** Opens a call that is written to and read from, each at the pace of the server. */
export function openDuplex<Request, Response>(
  client: Client,
  method: Method,
  attempt: Attempt,
): Duplex<Request, Response> {
  const call = client.makeBidiStreamRequest<Request, Response>(
    method.path,
    encoderOf(method),
    decoderOf(method),
    toMetadata(attempt.headers),
    toCallOptions(attempt),
  );
  let over = false;
  const ended = new Promise<false>((resolve) => {
    const end = () => {
      over = true;
      resolve(false);
    };
    call.once('status', end).once('error', end).once('close', end);
  });
  return {
    async write(request) {
      if (over) return false;
      if (call.write(request)) return true;
      let drained = () => {};
      const room = new Promise<true>((resolve) => {
        drained = () => resolve(true);
        call.once('drain', drained);
      });
      try {
        return await Promise.race([room, ended]);
      } finally {
        call.off('drain', drained);
      }
    },
    end: () => void call.end(),
    answers: readCall<Response>(call, attempt.signal),
  };
}

type ReadableCall = AsyncIterable<unknown> & { cancel(): void };

async function* readCall<Response>(
  call: ReadableCall,
  signal: AbortSignal | undefined,
): Incoming<Response> {
  const cancel = () => call.cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    for await (const message of call) yield message as Response;
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  } finally {
    signal?.removeEventListener('abort', cancel);
    call.cancel();
  }
}

function encoderOf({ definition: { requestType } }: Method) {
  return (message: unknown) => Buffer.from(requestType.encode(message).finish());
}

function decoderOf({ definition: { responseType } }: Method) {
  return (bytes: Buffer) => responseType.decode(bytes);
}

function toMetadata(headers: Headers): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return metadata;
}

function toCallOptions({ deadlineMs }: Attempt): CallOptions {
  return deadlineMs === undefined ? {} : { deadline: deadlineMs };
}
