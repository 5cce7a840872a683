import type { Duration } from '../../../generated/google/protobuf/duration.js';
import type { Timestamp } from '../../../generated/google/protobuf/timestamp.js';
import { type IdKind, parseId } from '../../model/public-id.js';
import { fromDuration, fromTimestamp } from '../convert.js';

/** A moment as the predecessor wrote it, but really in UTC: `DD-MM-YYYY HH:MM:SS`. */
export function dateText(time: Timestamp | number | undefined | null): string | null {
  if (time === undefined || time === null) return null;
  const ms = typeof time === 'number' ? time : fromTimestamp(time);
  const [date = '', clock = ''] = new Date(ms).toISOString().split('T');
  return `${date.split('-').reverse().join('-')} ${clock.slice(0, 8)}`;
}

/** Minutes with two decimals, rounded down: never more than there is. */
export function minutesLeft(duration: Duration | undefined): number {
  const ms = duration ? fromDuration(duration) : 0n;
  return Number(ms / 600n) / 100;
}

/** Minutes with two decimals, rounded to the nearest. */
export function minutesSpent(duration: Duration | undefined): number {
  const ms = duration ? fromDuration(duration) : 0n;
  return Number((ms + 300n) / 600n) / 100;
}

/** The integer of a public id that the service gave; null for none. */
export function numberOf(kind: IdKind, id: string): bigint | null {
  return parseId(kind, id) ?? null;
}

/** Text that the predecessor left null when nobody had given it. */
export function textOrNull(text: string): string | null {
  return text === '' ? null : text;
}

/** What the service must have answered with. @throws Error when it did not */
export function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('A reply of the service lacks its subject.');
  return value;
}

/** Entries of a map by id, in the order that they come in. */
export function byId<T>(
  kind: IdKind,
  rows: readonly T[],
  idOf: (row: T) => string,
  textOf: (row: T) => string | null,
): Map<bigint, string | null> {
  return new Map(rows.map((row) => [parseId(kind, idOf(row)) ?? 0n, textOf(row)]));
}
