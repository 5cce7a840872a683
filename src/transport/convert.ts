import type { Duration } from '../../generated/google/protobuf/duration.js';
import type { Timestamp } from '../../generated/google/protobuf/timestamp.js';

/** The timestamp of Unix milliseconds. */
export function toTimestamp(ms: number): Timestamp {
  const seconds = Math.floor(ms / 1_000);
  return { seconds: BigInt(seconds), nanos: (ms - seconds * 1_000) * 1_000_000 };
}

/** As {@link toTimestamp}; null stays absent. */
export function toOptionalTimestamp(ms: number | null): Timestamp | undefined {
  return ms === null ? undefined : toTimestamp(ms);
}

/** Unix milliseconds of a timestamp, rounded down. */
export function fromTimestamp({ seconds, nanos }: Timestamp): number {
  return Number(seconds) * 1_000 + Math.floor(nanos / 1_000_000);
}

/** The duration of whole milliseconds. Seconds and nanos have the same sign, as the type demands. */
export function toDuration(ms: number | bigint): Duration {
  const whole = BigInt(ms);
  return { seconds: whole / 1_000n, nanos: Number(whole % 1_000n) * 1_000_000 };
}

/** Milliseconds of a duration, rounded towards zero. */
export function fromDuration({ seconds, nanos }: Duration): bigint {
  return seconds * 1_000n + BigInt(Math.trunc(nanos / 1_000_000));
}
