import type { Client } from '@grpc/grpc-js';
import type { Caller } from './caller.js';
import { EWalletError } from './errors.js';
import type { Duration } from './generated/google/protobuf/duration.js';
import type { Method } from './method.js';
import { createReopener, type Reopening } from './reopen.js';
import { type Headers, type Incoming, readStream } from './send.js';
import { durationToMs } from './times.js';

/** What a watch may want otherwise. */
export type WatchOptions = {
  /** Ends the watch when it is aborted, with its reason. */
  readonly signal?: AbortSignal;
  /** Told each time the watch breaks, or its time is over, before it is opened again. */
  readonly onReopen?: (reopening: Reopening) => void;
  /** How long to try to reach the server before the first event. As calls by default. Afterwards it is tried until the signal is aborted. */
  readonly timeoutMs?: number;
};

/** What all events of watches have. */
type WatchEvent = {
  readonly event?:
    | {
        readonly $case: 'draining';
        readonly value: { readonly reconnectDelay: Duration | undefined };
      }
    | { readonly $case: string }
    | undefined;
};

/** What a stream is watched with. */
export type WatchRequest = { readonly heartbeatInterval?: unknown };

const DEFAULT_HEARTBEAT_MS = 15_000;
/** Silence for so many intervals means that the stream is dead, whatever the connection says. */
const SILENT_INTERVALS = 3;

/**
 * Watches for as long as it is read: a stream that breaks, falls silent or has lived its time is opened again, on whatever server answers.
 * `nextRequest` makes the request of each opening, `heard` sees each event first. Ends told with `draining` are not told on.
 *
 * @throws EWalletError when it cannot go on, as when what is watched is gone or the caller may not see it any more.
 */
export async function* watch<Event extends WatchEvent>(
  caller: Caller,
  method: Method,
  nextRequest: () => object,
  heard: (event: Event) => void,
  options: WatchOptions = {},
): AsyncGenerator<Event, void, undefined> {
  const { signal, onReopen } = options;
  const firstTimeoutMs = options.timeoutMs ?? caller.timeoutMs;
  const reopener = createReopener(caller, method, { signal, onReopen, firstTimeoutMs }, isTooSlow);
  for (;;) {
    const ended: { thrown?: unknown; delayMs?: number } = {};
    const request = method.definition.requestType.fromPartial(nextRequest() as never);
    const presented = await reopener.present();
    try {
      for await (const event of readEvents<Event>(
        caller.watchConnection(),
        method,
        request,
        presented,
        signal,
      )) {
        reopener.heard();
        heard(event);
        if (event.event?.$case === 'draining') ended.delayMs = drainingDelayMs(event);
        else yield event;
      }
    } catch (thrown) {
      ended.thrown = thrown;
    }
    await reopener.wait({ ...ended, presented });
  }
}

/** Events of one stream. @throws EWalletError DEADLINE_EXCEEDED when it falls silent. */
async function* readEvents<Event>(
  connection: Client,
  method: Method,
  request: { heartbeatInterval?: Duration },
  headers: Headers,
  signal: AbortSignal | undefined,
): Incoming<Event> {
  const silenceMs =
    SILENT_INTERVALS * (durationToMs(request.heartbeatInterval) || DEFAULT_HEARTBEAT_MS);
  const silence = new AbortController();
  const either = signal ? AbortSignal.any([signal, silence.signal]) : silence.signal;
  const events = readStream<Event>(connection, method, request, { headers, signal: either });
  try {
    for (;;) {
      // The clock runs while an event is waited for, not while the reader thinks about the last one.
      const timer = setTimeout(() => silence.abort(silent(method, silenceMs)), silenceMs);
      const next = await events.next().finally(() => clearTimeout(timer));
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await events.return();
  }
}

function drainingDelayMs({ event }: WatchEvent): number {
  return event && 'value' in event ? durationToMs(event.value.reconnectDelay) : 0;
}

function isTooSlow({ reason }: EWalletError): boolean {
  return reason === 'TOO_SLOW';
}

function silent({ path }: Method, silenceMs: number): EWalletError {
  return new EWalletError({
    code: 'DEADLINE_EXCEEDED',
    message: `The server said nothing for ${silenceMs / 1_000} s.`,
    method: path,
  });
}
