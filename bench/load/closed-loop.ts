import { performance } from 'node:perf_hooks';
import type { Calls } from './calls.js';
import type { Meter } from './meter.js';
import type { Outstanding } from './outstanding.js';
import type { WireConnection } from './wire-connection.js';

/** Keeps `inFlight` calls unanswered until told to stop. */
export function startClosedLoop(
  connections: readonly WireConnection[],
  inFlight: number,
  { calls, meter, outstanding }: { calls: Calls; meter: Meter; outstanding: Outstanding },
): () => void {
  let stopped = false;
  function send(connection: WireConnection): void {
    const { caller, message } = calls.next();
    const since = performance.now();
    outstanding.add();
    connection.call(caller, message, {
      onEnd(status) {
        meter.answered(status, since);
        outstanding.remove();
        if (!stopped) send(connection);
      },
    });
  }
  for (let slot = 0; slot < inFlight; slot += 1) {
    send(connections[slot % connections.length] as WireConnection);
  }
  return () => {
    stopped = true;
  };
}
