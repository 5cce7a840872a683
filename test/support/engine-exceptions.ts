/** Their groups run on MySQL only: what breaks there is the path to the server, or a deadlock between rows. */
const pathFaults = [
  'COMMIT was done, its answer lost: the batch happens once',
  'COMMIT never arrived: the batch happens once',
  'COMMIT vanished without a word: the batch happens once',
  'the locks were taken, the answer lost: the batch happens once',
  'BEGIN never arrived: the batch happens once',
  'BEGIN vanished without a word: the batch happens once',
  'faults again and again: still once each',
  'when it stays unknown (cut-after), nobody is told that nothing happened',
  'when it stays unknown (cut-before), nobody is told that nothing happened',
  'an unknown COMMIT followed by contention stays unknown',
  'an unknown COMMIT whose accounts somebody then keeps locked stays unknown',
  'a process that stands still in a transaction does not keep others from its rows',
  'a deadlock with somebody else is run again',
];

const heldAccounts = [
  'delays others by one lock wait, and after that not at all',
  'is waited for as long as a batch has patience, and no longer: nothing has happened then',
  'leaves half of the queue to others',
  'a caller who goes meanwhile is dropped: its draft never happens',
  'an account that does not exist is not taken for a locked one',
  'a drain waits for it too',
];

const pathsCut = [
  'cut right after COMMIT was sent',
  'cut before COMMIT arrives',
  'cut while the accounts are locked',
  'cut in the look-up of sessions',
  'every connection cut',
  'COMMIT vanishes without a word',
  'the look-up of sessions vanishes without a word',
];

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
  [
    'test/e2e/session-takeover.test.ts > two servers on one database > one is killed: the other adopts its 200 sessions within two lease periods, and tells of it',
    'a SQLite file belongs to one server at a time; there the next server adopts, in the test below',
  ],
  [
    'test/e2e/session-takeover.test.ts > two servers on one database > one stands still and goes on: it changes nothing that it no longer owns, and begins anew',
    'a SQLite file belongs to one server at a time',
  ],
  [
    'test/e2e/watch-resume.test.ts > two servers on one database > a watch sees what the other does, and goes on there from where it was',
    'a SQLite file belongs to one server at a time; there the watch goes on with the next server, in the test before',
  ],
  ...pathFaults.map((name): [string, string] => [
    `test/invariants/commit-unknown.test.ts > a path to MySQL that fails > ${name}`,
    'SQLite has no network to its database and one writer at a time',
  ]),
  [
    'test/e2e/hammer/two-instances.test.ts > two servers on one database > 64 callers of each pay among the same 20 wallets: each payment once, and the ledger verifies',
    'a SQLite file belongs to one server at a time',
  ],
  [
    'test/e2e/hammer/two-instances.test.ts > two servers on one database > while they do, every verification of the ledger is complete and finds no difference',
    'a SQLite file belongs to one server at a time',
  ],
  ...pathsCut.map((name): [string, string] => [
    `test/e2e/faults/connection-cut.test.ts > the path to the database, ${name}: each payment once, every caller told the truth`,
    'SQLite has no network to its database',
  ]),
  [
    'test/e2e/faults/streams.test.ts > payment streams, every connection to the database cut: what was answered is there, and what was not is settled by sending it again',
    'SQLite has no network to its database',
  ],
  [
    'test/e2e/faults/database-killed.test.ts > a database server killed at random moments under load: the server goes on by itself, nothing acknowledged is lost or paid twice',
    'SQLite runs inside the server and dies with it; it needs a program to start a MySQL server of its own',
  ],
  [
    "test/e2e/faults/lock-held.test.ts > a wallet's account locked by another program for 5 s: its payments wait, the others are delayed by one lock wait at most",
    'SQLite locks its whole file: no account is locked alone',
  ],
  ...heldAccounts.map((name): [string, string] => [
    `test/invariants/held-accounts.test.ts > an account that somebody keeps locked > ${name}`,
    'SQLite locks its whole file: no account is locked alone',
  ]),
]);
