import { sha256 } from '../../src/lib/hash.js';
import type { WorkerWatcher } from './worker-watcher.js';

/** What a client knew after the event with this position. */
export function cacheAt(watcher: WorkerWatcher, position: string) {
  const known = new Map();
  for (const response of watcher.events) {
    const { event } = response;
    if (event?.$case === 'snapshot') {
      for (const worker of event.value.workers) known.set(worker.workerId, worker);
    }
    if (event?.$case === 'change' && event.value.change?.$case === 'upserted') {
      known.set(event.value.change.value.workerId, event.value.change.value);
    }
    if (response.position === position) break;
  }
  return known;
}

/** The number in a position. Positions are opaque to clients; the tests look inside. */
export function numberIn(position: string): number {
  return Number(Buffer.from(position, 'base64url').toString().split('.')[3] ?? 0);
}

/** The text of a position with another number. */
export function textOf(position: string, number: string): string {
  const parts = Buffer.from(position, 'base64url').toString().split('.');
  return [...parts.slice(0, 3), number].join('.');
}

/** A position with a right checksum around any text. */
export function positionOf(body: string): string {
  return Buffer.from(`${body}.${sha256(body).toString('hex', 0, 8)}`).toString('base64url');
}
