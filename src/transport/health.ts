import { HealthDefinition, HealthServiceImpl, HealthState } from 'nice-grpc-server-health';

/** The health that a listener tells of itself and of each of its services. */
export type Health = {
  readonly definition: typeof HealthDefinition;
  readonly implementation: ReturnType<typeof HealthServiceImpl>;
  /** Names the services, '' for all of them is always among them. They do not serve until they are said to. */
  register(serviceNames: readonly string[]): void;
  /** Tells every watcher whether the services serve. */
  setServing(serving: boolean): void;
};

/** Creates the health of a listener. */
export function createHealth(): Health {
  const state = HealthState();
  // Every watcher is a listener, and they may be many.
  state.setMaxListeners(0);
  state.setStatus('unhealthy');
  const names = [''];
  function setAll(serving: boolean): void {
    for (const name of names) state.setStatus(serving ? 'healthy' : 'unhealthy', name);
  }
  return {
    definition: HealthDefinition,
    implementation: HealthServiceImpl(state),
    register(serviceNames) {
      names.push(...serviceNames);
      setAll(false);
    },
    setServing: setAll,
  };
}
