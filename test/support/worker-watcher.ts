import { ClientError } from 'nice-grpc';
import {
  type DeepPartial,
  type WatchWorkersRequest,
  type WatchWorkersResponse,
  type Worker,
  WorkerState,
} from '../../generated/ewallet/system/v1/system_service.js';
import { type CallError, readError } from './call-error.js';
import { as, type Clients } from './clients.js';
import { operatorKey } from './server-secrets.js';

/** An event in short: its kind, and the worker that it is about as `id count/limit`. */
export type WatchStory = string;

/** A client of WatchWorkers that keeps a cache as the protocol says. */
export type WorkerWatcher = {
  /** Every event so far. */
  readonly events: readonly WatchWorkersResponse[];
  /** The same in short. */
  story(): WatchStory[];
  /** What it knows of workers, by id. */
  readonly cache: ReadonlyMap<string, Worker>;
  /** Where to resume; empty while that is from the beginning. */
  position(): string;
  /** Whether the cache is all that it should be: not before the end of a snapshot. */
  complete(): boolean;
  /** Resolves when the condition holds, looked at after every event. @throws Error when the stream ends before. */
  until(condition: () => boolean): Promise<void>;
  /** Resolves when an event of the kind has come since the call. */
  next(kind: NonNullable<WatchWorkersResponse['event']>['$case']): Promise<WatchWorkersResponse>;
  cancel(): void;
  /** How it ended: undefined for OK. */
  readonly ended: Promise<CallError | undefined>;
};

/** Begins to watch, and reads every event as it comes. A client that resumes brings its cache along. */
export function watchWorkers(
  { system }: Pick<Clients, 'system'>,
  request: DeepPartial<WatchWorkersRequest> = {},
  known: ReadonlyMap<string, Worker> = new Map(),
): WorkerWatcher {
  const abort = new AbortController();
  const events: WatchWorkersResponse[] = [];
  const cache = new Map(known);
  let position = request.resumePosition ?? '';
  let complete = position !== '';
  let waiters: { check: () => boolean; resolve: () => void; reject: (error: Error) => void }[] = [];
  let over = false;

  function look(): void {
    waiters = waiters.filter(({ check, resolve, reject }) => {
      if (check()) resolve();
      else if (over) reject(new Error(`The watch ended. Before: ${story().join(', ')}`));
      else return true;
      return false;
    });
  }

  function story(): WatchStory[] {
    return events.map(tellEvent);
  }

  async function read(): Promise<CallError | undefined> {
    let trailer: CallError['trailer'] | undefined;
    const options = {
      ...as({ operatorKey }),
      signal: abort.signal,
      onTrailer: (received: CallError['trailer']) => {
        trailer = received;
      },
    };
    try {
      for await (const response of system.watchWorkers(request, options)) {
        events.push(response);
        const kind = response.event?.$case;
        if (kind === 'reset') complete = false;
        if (kind === 'snapshotComplete') complete = true;
        position = complete ? response.position : '';
        applyEvent(cache, response);
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

  const ended = read();
  function until(check: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      waiters.push({ check, resolve, reject });
      look();
    });
  }
  return {
    events,
    story,
    cache,
    position: () => position,
    complete: () => complete,
    until,
    async next(kind) {
      const start = events.length;
      const find = () => events.slice(start).find(({ event }) => event?.$case === kind);
      await until(() => find() !== undefined);
      return find() as WatchWorkersResponse;
    },
    // The client library loses a cancel that comes in the turn of the call: the server would not hear of it.
    cancel: () => void setImmediate(() => abort.abort()),
    ended,
  };
}

/** Does to a cache what an event says. */
export function applyEvent(cache: Map<string, Worker>, { event }: WatchWorkersResponse): void {
  if (event?.$case === 'reset') cache.clear();
  if (event?.$case === 'snapshot') {
    for (const worker of event.value.workers) cache.set(worker.workerId, worker);
  }
  if (event?.$case !== 'change') return;
  const { change } = event.value;
  if (change?.$case === 'upserted') cache.set(change.value.workerId, change.value);
  if (change?.$case === 'removedWorkerId') cache.delete(change.value);
}

function tellEvent({ event }: WatchWorkersResponse): WatchStory {
  if (event?.$case === 'snapshot') return `snapshot(${event.value.workers.map(tell).join(', ')})`;
  if (event?.$case !== 'change') return event?.$case ?? 'unknown';
  const { change } = event.value;
  return change?.$case === 'upserted' ? tell(change.value) : `${change?.value} gone`;
}

function tell({ workerId, sessionCount, sessionLimit, state }: Worker): string {
  const name = WorkerState[state].replace('WORKER_STATE_', '');
  return `${workerId} ${sessionCount}/${sessionLimit} ${name}`;
}
