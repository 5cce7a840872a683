/** How full a worker is: derived from its session count, never stored. */
export type WorkerState = 'VACANT' | 'AVAILABLE' | 'OCCUPIED';

/** A slot of session capacity that one running server owns. Times are Unix ms. */
export type Worker = {
  readonly id: bigint;
  /** Number of the running server that owns it. */
  readonly instanceNumber: bigint;
  readonly state: WorkerState;
  readonly sessionCount: number;
  readonly sessionLimit: number;
  readonly createTime: number;
  /** When its session count last changed. */
  readonly updateTime: number;
  /** When its state last changed. */
  readonly stateTime: number;
};

/** What a transaction did to a worker: the whole worker as it became, or that it is gone. */
export type WorkerChange = { readonly worker: Worker } | { readonly removedWorkerId: bigint };

/** The state of a worker with this many sessions. */
export function workerState(sessionCount: number, sessionLimit: number): WorkerState {
  if (sessionCount === 0) return 'VACANT';
  return sessionCount < sessionLimit ? 'AVAILABLE' : 'OCCUPIED';
}

/** A worker without sessions. */
export function newWorker(input: {
  readonly id: bigint;
  readonly instanceNumber: bigint;
  readonly sessionLimit: number;
  readonly now: number;
}): Worker {
  const { id, instanceNumber, sessionLimit, now } = input;
  return {
    id,
    instanceNumber,
    state: 'VACANT',
    sessionCount: 0,
    sessionLimit,
    createTime: now,
    updateTime: now,
    stateTime: now,
  };
}

/** The worker after sessions came (positive) or went (negative). */
export function withSessions<W extends Worker>(worker: W, difference: number, now: number): W {
  const sessionCount = worker.sessionCount + difference;
  const state = workerState(sessionCount, worker.sessionLimit);
  const stateTime = state === worker.state ? worker.stateTime : now;
  return { ...worker, sessionCount, state, updateTime: now, stateTime };
}

/** Where a new session goes: to a worker, to a new worker, or nowhere. */
export type Place<W extends Worker> =
  | { readonly kind: 'worker'; readonly worker: W }
  | { readonly kind: 'new' }
  | { readonly kind: 'full' };

/**
 * The place for a new session among the workers of one instance: the fullest available one, then a vacant one, then a
 * new one while there are fewer than `workerLimit`. An instance that adopted sessions above its capacity, `workerLimit`
 * times `sessionLimit`, takes none.
 */
export function choosePlace<W extends Worker>(
  workers: readonly W[],
  limits: { readonly workerLimit: number; readonly sessionLimit: number },
): Place<W> {
  const sessions = workers.reduce((sum, worker) => sum + worker.sessionCount, 0);
  if (sessions >= limits.workerLimit * limits.sessionLimit) return { kind: 'full' };
  const worker = chooseWorker(workers);
  if (worker) return { kind: 'worker', worker };
  return workers.length < limits.workerLimit ? { kind: 'new' } : { kind: 'full' };
}

/** The fullest worker that is not occupied; of equally full ones the oldest. */
export function chooseWorker<W extends Worker>(workers: readonly W[]): W | undefined {
  return workers
    .filter(({ state }) => state !== 'OCCUPIED')
    .reduce<W | undefined>((best, worker) => {
      if (!best || worker.sessionCount > best.sessionCount) return worker;
      return worker.sessionCount === best.sessionCount && worker.id < best.id ? worker : best;
    }, undefined);
}
