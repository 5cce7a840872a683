/**
 * Tests that run on one engine only: their full name, as the report prints it (file, groups and
 * test joined by ' > '), and why. Every other test runs on both engines or the run fails.
 */
export const engineExceptions: ReadonlyMap<string, string> = new Map([
  [
    'test/e2e/replay.test.ts > a payment sent 100 times at once through two servers moves the credits once',
    'a SQLite file belongs to one server at a time; there a later server takes over, in the test before',
  ],
]);
