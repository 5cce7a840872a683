/**
 * Tests that run on one engine only: their full name, as the report prints it (file, groups and
 * test joined by ' > '), and why. Every other test runs on both engines or the run fails.
 */
export const engineExceptions: ReadonlyMap<string, string> = new Map([
  [
    'test/e2e/replay.test.ts > a payment sent 100 times at once through two servers moves the credits once',
    'a SQLite file belongs to one server at a time; there a later server takes over, in the test before',
  ],
  [
    'test/e2e/startup.test.ts > four servers started at once on one empty database all come up with one schema, and serve',
    'a SQLite file belongs to one server at a time; that the others are refused is the test below',
  ],
  [
    'test/e2e/startup.test.ts > a second server on the same file is refused, and the first goes on',
    'only SQLite is a file; servers on one MySQL database are the test above',
  ],
  [
    'test/e2e/startup.test.ts > the production profile refuses a MySQL server that could lose a commit; development warns',
    'durability on SQLite is set by the service itself; it needs a server program to start a bad MySQL server',
  ],
]);
