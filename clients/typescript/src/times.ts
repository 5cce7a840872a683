import type { Duration } from './generated/google/protobuf/duration.js';
import type { Timestamp } from './generated/google/protobuf/timestamp.js';

/** Milliseconds of a duration; fractions of one are kept. Absent is 0. */
export function durationToMs(duration: Duration | undefined): number {
  return duration ? Number(duration.seconds) * 1_000 + duration.nanos / 1_000_000 : 0;
}

/** A duration of so many milliseconds. */
export function msToDuration(ms: number): Duration {
  const seconds = Math.trunc(ms / 1_000);
  return { seconds: BigInt(seconds), nanos: Math.round((ms - seconds * 1_000) * 1_000_000) };
}

/** Unix milliseconds of a timestamp, rounded down; undefined when it is absent. */
export function timestampToMs(timestamp: Timestamp): number;
export function timestampToMs(timestamp: Timestamp | undefined): number | undefined;
export function timestampToMs(timestamp: Timestamp | undefined): number | undefined {
  return timestamp && Number(timestamp.seconds) * 1_000 + Math.floor(timestamp.nanos / 1_000_000);
}

/** A timestamp of these Unix milliseconds. */
export function msToTimestamp(unixMs: number): Timestamp {
  const seconds = Math.floor(unixMs / 1_000);
  return { seconds: BigInt(seconds), nanos: Math.round((unixMs - seconds * 1_000) * 1_000_000) };
}
