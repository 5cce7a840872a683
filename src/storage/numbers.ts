/** A count or time that may be absent, as a number: integer columns arrive as `bigint`. */
export function numberOrNull(value: bigint | null): number | null {
  return value === null ? null : Number(value);
}
