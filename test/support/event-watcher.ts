import { type CallOptions, ClientError } from 'nice-grpc';
import { type CallError, readError } from './call-error.js';

type Event = { readonly event?: { readonly $case: string } | undefined };

/** A client of a stream that watches: it reads every event as it comes. */
export type EventWatcher<Response extends Event> = {
  /** Every event so far, in order. */
  readonly events: readonly Response[];
  /** Resolves when the check holds; it is made after every event. Rejects when the watch ends before. */
  until(check: () => boolean): Promise<void>;
  /** Resolves with the first event of the kind that comes after the call. */
  next(kind: NonNullable<Response['event']>['$case']): Promise<Response>;
  cancel(): void;
  /** How it ended: undefined for OK, or cancelled. */
  readonly ended: Promise<CallError | undefined>;
};

/** Begins to watch. `see` is told of each event before anybody who waits for it; `tell` says one in short. */
export function watchEvents<Response extends Event>(parts: {
  open(options: CallOptions): AsyncIterable<Response>;
  tell(response: Response): string;
  see?(response: Response): void;
}): EventWatcher<Response> {
  const abort = new AbortController();
  const events: Response[] = [];
  let waiters: { check: () => boolean; resolve: () => void; reject: (error: Error) => void }[] = [];
  let over = false;

  function look(): void {
    waiters = waiters.filter(({ check, resolve, reject }) => {
      if (check()) resolve();
      else if (over) {
        reject(new Error(`The watch ended. Before: ${events.map(parts.tell).join(', ')}`));
      } else return true;
      return false;
    });
  }

  async function read(): Promise<CallError | undefined> {
    let trailer: CallError['trailer'] | undefined;
    const options = {
      signal: abort.signal,
      onTrailer: (received: CallError['trailer']) => {
        trailer = received;
      },
    };
    try {
      for await (const response of parts.open(options)) {
        events.push(response);
        parts.see?.(response);
        look();
      }
      return undefined;
    } catch (error) {
      if (error instanceof ClientError) return readError(error, trailer);
      if (abort.signal.aborted) return undefined;
      throw error;
    } finally {
      over = true;
      look();
    }
  }

  function until(check: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      waiters.push({ check, resolve, reject });
      look();
    });
  }

  return {
    events,
    until,
    async next(kind) {
      const start = events.length;
      const find = () => events.slice(start).find(({ event }) => event?.$case === kind);
      await until(() => find() !== undefined);
      return find() as Response;
    },
    // The client library loses a cancel that comes in the turn of the call: the server would not hear of it.
    cancel: () => void setImmediate(() => abort.abort()),
    ended: read(),
  };
}
