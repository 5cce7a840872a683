import type { FeedPosition } from '../../lib/feed-log.js';
import { sha256 } from '../../lib/hash.js';
import type { WorkerState } from '../../model/worker.js';

const VERSION = '1';
const stateBits: Record<WorkerState, number> = { VACANT: 1, AVAILABLE: 2, OCCUPIED: 4 };

/**
 * The text that a watcher resumes by, at most 128 characters. It belongs to the states that were watched: with others, a resume
 * would not tell of the workers that these let in.
 *
 * It is checked but not authenticated. Every instance would need the same secret, and nothing is gained by making one: whoever
 * may watch sees every position, and one that was made up only makes its own watcher miss changes.
 */
export function encodeWorkerPosition(
  { epoch, position }: FeedPosition,
  states: ReadonlySet<WorkerState>,
): string {
  const body = `${VERSION}.${maskOf(states)}.${epoch}.${position}`;
  return Buffer.from(`${body}.${check(body)}`).toString('base64url');
}

/** The position in a text for these states; null when it is none. */
export function decodeWorkerPosition(
  text: string,
  states: ReadonlySet<WorkerState>,
): FeedPosition | null {
  const decoded = Buffer.from(text, 'base64url').toString('latin1');
  const found = /^((\d)\.(\d)\.([0-9a-f]{32})\.(\d{1,19}))\.([0-9a-f]{16})$/.exec(decoded);
  if (!found) return null;
  const [, body = '', version, mask, epoch = '', position = '', sum] = found;
  if (version !== VERSION || mask !== maskOf(states) || sum !== check(body)) return null;
  return { epoch, position: BigInt(position) };
}

function maskOf(states: ReadonlySet<WorkerState>): string {
  return String([...states].reduce((mask, state) => mask | stateBits[state], 0));
}

function check(body: string): string {
  return sha256(body).toString('hex', 0, 8);
}
