import type { Caller } from './caller.js';
import {
  SystemServiceDefinition,
  type WatchWorkersResponse,
  type Worker,
} from './generated/ewallet/system/v1/system_service.js';
import { readMethod } from './method.js';
import type { RequestOf } from './service.js';
import { type WatchOptions, watch } from './watch.js';

/** What workers are watched with. */
export type WatchWorkersRequest = RequestOf<
  (typeof SystemServiceDefinition)['methods']['watchWorkers']
>;

const method = readMethod(SystemServiceDefinition, SystemServiceDefinition.methods.watchWorkers);

/**
 * Watches the workers. A stream that breaks is resumed from the last position, on whatever server answers. One that breaks within its snapshot
 * begins again: a `reset` tells it, as the server does when a position is not kept any more.
 */
export async function* watchWorkers(
  caller: Caller,
  request: WatchWorkersRequest = {},
  options?: WatchOptions,
): AsyncGenerator<WatchWorkersResponse, void, undefined> {
  let resumePosition = request.resumePosition ?? '';
  let told = false;
  let beginsAgain = false;
  const events = watch<WatchWorkersResponse>(
    caller,
    method,
    () => {
      beginsAgain = told && resumePosition === '';
      return { ...request, resumePosition };
    },
    // The position is empty while a snapshot is told.
    ({ position }) => {
      resumePosition = position;
    },
    options,
  );
  for await (const event of events) {
    if (beginsAgain) yield { ...event, position: '', event: { $case: 'reset', value: {} } };
    beginsAgain = false;
    told = true;
    yield event;
  }
}

/**
 * Keeps the workers that a watch tells of, by id: gives them when the snapshot is complete, and after each change. The map is always the same
 * one.
 */
export async function* keepWorkers(
  events: AsyncIterable<WatchWorkersResponse>,
): AsyncGenerator<ReadonlyMap<string, Worker>, void, undefined> {
  const workers = new Map<string, Worker>();
  let told = new Set<string>();
  for await (const { event } of events) {
    switch (event?.$case) {
      case 'reset':
        told = new Set();
        break;
      case 'snapshot':
        for (const worker of event.value.workers) {
          workers.set(worker.workerId, worker);
          told.add(worker.workerId);
        }
        break;
      case 'snapshotComplete':
        for (const id of [...workers.keys()]) if (!told.has(id)) workers.delete(id);
        yield workers;
        break;
      case 'change': {
        const { change } = event.value;
        if (change?.$case === 'upserted') workers.set(change.value.workerId, change.value);
        else if (change) workers.delete(change.value);
        yield workers;
      }
    }
  }
}
