import { performance } from 'node:perf_hooks';
import type { Calls } from './calls.js';
import type { Meter } from './meter.js';
import type { Outstanding } from './outstanding.js';
import type { WireConnection } from './wire-connection.js';

/**
 * Sends `rate` calls a second at fixed times until told to stop. Timers wake it about once a millisecond; a call that is
 * sent late counts from when it was due all the same.
 */
export function startOpenLoop(
  connections: readonly WireConnection[],
  rate: number,
  { calls, meter, outstanding }: { calls: Calls; meter: Meter; outstanding: Outstanding },
): () => void {
  const start = performance.now();
  const intervalMs = 1_000 / rate;
  let sent = 0;
  let stopped = false;
  function send(due: number): void {
    const { caller, message } = calls.next();
    meter.sentLate(performance.now() - due);
    outstanding.add();
    const connection = connections[sent % connections.length] as WireConnection;
    connection.call(caller, message, {
      onEnd(status) {
        meter.answered(status, due);
        outstanding.remove();
      },
    });
  }
  function wake(): void {
    if (stopped) return;
    const now = performance.now();
    for (let due = start + sent * intervalMs; due <= now; due = start + sent * intervalMs) {
      send(due);
      sent += 1;
    }
    setTimeout(wake, 1);
  }
  wake();
  return () => {
    stopped = true;
  };
}
