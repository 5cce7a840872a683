import { createDrain, type Drain } from './drain.js';
import { createGate, type Gate } from './gate.js';

/** Whether a listener's services take calls. */
export type ServiceState = {
  /** What every call passes. */
  readonly gate: Pick<Gate, 'enter'>;
  /** What streams listen to. */
  readonly drain: Pick<Drain, 'onBegin'>;
  /** What was told last. */
  isServing(): boolean;
  /** Whether the server could do its work. */
  setReady(ready: boolean): void;
  /** Takes the services out of service and returns how many calls are left. */
  drainServices(): number;
  /** Puts them back. Does nothing after {@link ServiceState.stop}. */
  undrainServices(): void;
  /** Ends the streams for good. Calls that still come are let in: they race the end of their connection. */
  stop(): void;
};

/** Creates the state of services that are in service and not ready. `tell` is told whether they serve. */
export function createServiceState(tell: (serving: boolean) => void): ServiceState {
  const gate = createGate();
  const drain = createDrain();
  let isReady = false;
  let isStopped = false;

  const isServing = () => isReady && !gate.isShut();
  const update = () => tell(isServing());
  return {
    gate,
    drain,
    isServing,
    setReady(ready) {
      isReady = ready;
      update();
    },
    drainServices() {
      gate.shut();
      update();
      drain.begin();
      return gate.size();
    },
    undrainServices() {
      if (isStopped) return;
      drain.end();
      gate.open();
      update();
    },
    stop() {
      isStopped = true;
      drain.begin();
    },
  };
}
