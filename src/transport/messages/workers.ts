import {
  type WatchWorkersResponse,
  WorkerState as WireState,
  type Worker as WireWorker,
} from '../../../generated/ewallet/system/v1/system_service.js';
import type { WorkerWatchEvent } from '../../domain/sessions/worker-watch.js';
import { formatId } from '../../model/public-id.js';
import type { Worker, WorkerState } from '../../model/worker.js';
import { toDuration, toTimestamp } from '../convert.js';

const wireStates: Record<WorkerState, WireState> = {
  VACANT: WireState.WORKER_STATE_VACANT,
  AVAILABLE: WireState.WORKER_STATE_AVAILABLE,
  OCCUPIED: WireState.WORKER_STATE_OCCUPIED,
};

const states = Object.keys(wireStates) as WorkerState[];

/** A session worker for the wire. */
export function toWorker(worker: Worker): WireWorker {
  return {
    workerId: formatId('worker', worker.id),
    instanceNumber: worker.instanceNumber,
    state: wireStates[worker.state],
    sessionCount: worker.sessionCount,
    sessionLimit: worker.sessionLimit,
    createTime: toTimestamp(worker.createTime),
    updateTime: toTimestamp(worker.updateTime),
    stateTime: toTimestamp(worker.stateTime),
  };
}

/** The state that a request names. Its rules let no other value pass. */
export function fromWorkerState(state: WireState): WorkerState {
  return states.find((name) => wireStates[name] === state) as WorkerState;
}

/** An event of a watch for the wire. */
export function toWatchWorkersResponse(event: WorkerWatchEvent): WatchWorkersResponse {
  return {
    position: event.position,
    eventTime: toTimestamp(event.time),
    event: toWatchEvent(event),
  };
}

function toWatchEvent(event: WorkerWatchEvent): WatchWorkersResponse['event'] {
  switch (event.kind) {
    case 'snapshot':
      return { $case: 'snapshot', value: { workers: event.workers.map(toWorker) } };
    case 'snapshotComplete':
      return { $case: 'snapshotComplete', value: {} };
    case 'upserted': {
      const value = toWorker(event.worker);
      return { $case: 'change', value: { change: { $case: 'upserted', value } } };
    }
    case 'removed': {
      const value = formatId('worker', event.workerId);
      return { $case: 'change', value: { change: { $case: 'removedWorkerId', value } } };
    }
    case 'heartbeat':
      return { $case: 'heartbeat', value: {} };
    case 'reset':
      return { $case: 'reset', value: {} };
    case 'draining': {
      const reconnectDelay = toDuration(event.reconnectDelayMs);
      return { $case: 'draining', value: { reconnectDelay } };
    }
  }
}
