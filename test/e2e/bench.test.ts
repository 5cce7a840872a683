import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, inject, test } from 'vitest';
import { testEngine } from '../support/test-database.js';

const run = promisify(execFile);
const LIMIT_MS = 600_000;

/** A figure of each scenario that runs on the engine. */
const figures = {
  mysql: [
    'against the echo',
    'against one transaction each',
    'StreamPayments against unary PayCredits',
    'against the bare transaction',
    'entries in the book against an empty one',
    'two instances on one database against one',
    'run out within one second',
    'over REST, against gRPC',
    'resident memory of the server',
  ],
  sqlite: ['SQLite: PayCredits', 'over REST, against gRPC', 'resident memory of the server'],
};

test(
  'the benchmark runs, every acknowledged payment is in the book, and the ledgers verify',
  async () => {
    const engine = testEngine();
    const args = ['--import', 'tsx', 'bench/main.ts', '--quick', `--engines=${engine}`];
    if (engine === 'mysql') args.push(`--mysql=${inject('mysqlUrl')}`);
    // It ends with another code than 0 when a ledger was not verified or a call was never answered.
    const { stdout } = await run(process.execPath, args, { timeout: LIMIT_MS - 5_000 });
    for (const figure of figures[engine]) expect(stdout).toContain(figure);
    const verdicts = stdout.split('\n').filter((line) => line.includes('VerifyLedger: '));
    expect(verdicts.length).toBeGreaterThanOrEqual(4);
    for (const verdict of verdicts) {
      const [, acknowledged, kept] =
        /(\d+) payments acknowledged, (\d+) in the book/.exec(verdict) ?? [];
      expect(verdict).toContain('verified (');
      expect(kept).toBe(acknowledged);
    }
  },
  LIMIT_MS,
);
