import {
  type DeepPartial,
  type WatchWorkersRequest,
  type WatchWorkersResponse,
  type Worker,
  WorkerState,
} from '../../generated/ewallet/system/v1/system_service.js';
import { as, type Clients } from './clients.js';
import { type EventWatcher, watchEvents } from './event-watcher.js';
import { operatorKey } from './server-secrets.js';

/** An event in short: its kind, and the worker that it is about as `id count/limit`. */
export type WatchStory = string;

/** A client of WatchWorkers that keeps a cache as the protocol says. */
export type WorkerWatcher = EventWatcher<WatchWorkersResponse> & {
  /** The events in short. */
  story(): WatchStory[];
  /** What it knows of workers, by id. */
  readonly cache: ReadonlyMap<string, Worker>;
  /** Where to resume; empty while that is from the beginning. */
  position(): string;
  /** Whether the cache is all that it should be: not before the end of a snapshot. */
  complete(): boolean;
};

/** Begins to watch. A client that resumes brings its cache along. */
export function watchWorkers(
  { system }: Pick<Clients, 'system'>,
  request: DeepPartial<WatchWorkersRequest> = {},
  known: ReadonlyMap<string, Worker> = new Map(),
): WorkerWatcher {
  const cache = new Map(known);
  let position = request.resumePosition ?? '';
  let complete = position !== '';
  const watcher = watchEvents({
    open: (options) => system.watchWorkers(request, { ...as({ operatorKey }), ...options }),
    tell: tellEvent,
    see(response) {
      const kind = response.event?.$case;
      if (kind === 'reset') complete = false;
      if (kind === 'snapshotComplete') complete = true;
      position = complete ? response.position : '';
      applyEvent(cache, response);
    },
  });
  return {
    ...watcher,
    story: () => watcher.events.map(tellEvent),
    cache,
    position: () => position,
    complete: () => complete,
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
