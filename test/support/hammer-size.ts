/** Whether the long runs of `make hammer` are wanted, instead of the short ones of every run. */
export const isLong = (process.env.EWALLET_TEST_HAMMER ?? '') !== '';

/** The one or the other. */
export function longOrShort<T>(long: T, short: T): T {
  return isLong ? long : short;
}
