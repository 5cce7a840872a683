import { performance } from 'node:perf_hooks';
import type { Calls } from './calls.js';
import type { Load } from './job.js';
import { createMessageReader } from './message-reader.js';
import type { Meter } from './meter.js';
import type { Outstanding } from './outstanding.js';
import { readStreamAnswer } from './stream-answer.js';
import type { WireConnection } from './wire-connection.js';

/** Keeps messages unanswered on each of several streams until told to stop; then ends the streams that have none. */
export function startStreamLoop(
  connections: readonly WireConnection[],
  load: Load & { kind: 'stream' },
  { calls, meter, outstanding }: { calls: Calls; meter: Meter; outstanding: Outstanding },
): () => void {
  const stops: (() => void)[] = [];
  let stopped = false;

  function startStream(connection: WireConnection, index: number): void {
    /** When each unanswered message was sent, by request id, in order. */
    const waiting = new Map<string, number>();
    const readMessages = createMessageReader();
    function settle(requestId: string, status: string): void {
      const since = waiting.get(requestId);
      if (since === undefined) throw new Error('An answer to nothing.');
      waiting.delete(requestId);
      meter.answered(status, since);
      outstanding.remove();
      if (!stopped) send();
      else if (waiting.size === 0) stream.end();
    }
    const stream = connection.open(calls.caller(index), {
      onData(bytes) {
        for (const message of readMessages(bytes)) {
          const answer = load.answers === 'in order' ? firstOf(waiting) : readStreamAnswer(message);
          settle(answer.requestId, answer.status);
        }
      },
      onEnd(status) {
        for (const [, since] of waiting) {
          meter.answered(status, since);
          outstanding.remove();
        }
        waiting.clear();
        outstanding.remove();
      },
    });
    function send(): void {
      const { requestId, message } = calls.next();
      waiting.set(requestId, performance.now());
      outstanding.add();
      stream.send(message);
    }
    outstanding.add();
    for (let slot = 0; slot < load.inFlight; slot += 1) send();
    stops.push(() => {
      if (waiting.size === 0) stream.end();
    });
  }

  for (let index = 0; index < load.streams; index += 1) {
    startStream(connections[index % connections.length] as WireConnection, index);
  }
  return () => {
    stopped = true;
    for (const stop of stops) stop();
  };
}

function firstOf(waiting: Map<string, number>): { requestId: string; status: string } {
  const [requestId = ''] = waiting.keys();
  return { requestId, status: '0' };
}
