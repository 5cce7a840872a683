import { startStopwatch } from '../../lib/time.js';
import { appendOnlyGaps } from '../../storage/append-only.js';
import type { Database } from '../../storage/database.js';
import { findUnevenMasters, sumBalancesByUnit } from '../../storage/ledger-verify-sums.js';
import type { LedgerVerdict } from './verdict.js';
import { verifyAccounts } from './verify-accounts.js';
import { verifyOperations } from './verify-operations.js';
import { verifyOwners } from './verify-owners.js';
import { createRefusalTally } from './verify-refusal-counts.js';
import { createVerifyRun, type VerifyOptions, type VerifyRun } from './verify-run.js';

/** Proves the ledger. */
export type Verification = {
  /**
   * Derives every balance, version, record and outcome again from the entries, and names what differs. Only reads, beside a service
   * that goes on. Never throws: a run that was stopped or failed gives a verdict that is not complete, and a warning that says why.
   */
  verify(options: VerifyOptions): Promise<LedgerVerdict>;
};

/** Rows per statement: a few milliseconds, for which SQLite keeps everybody else waiting. */
const PAGE_SIZE = 500;

/** Creates verification over a database. `pageSize` is for tests. */
export function createVerification(
  db: Database,
  { pageSize = PAGE_SIZE }: { pageSize?: number } = {},
): Verification {
  return {
    async verify(options) {
      const elapsed = startStopwatch();
      const run = createVerifyRun(db, pageSize, options);
      const warnings: string[] = [];
      let complete = false;
      try {
        options.signal?.throwIfAborted();
        warnings.push(...(await appendOnlyGaps(db)));
        await verifyAll(run);
        complete = true;
      } catch (error) {
        warnings.push(whyIncomplete(error, options.signal));
      }
      const counts = run.counts();
      return {
        ...counts,
        verified: complete && counts.differenceCount === 0,
        complete,
        differences: run.differences(),
        warnings,
        durationMs: Math.ceil(elapsed()),
      };
    },
  };
}

async function verifyAll(run: VerifyRun): Promise<void> {
  const tally = createRefusalTally(run);
  await verifyAccounts(run, tally);
  await verifyOwners(run);
  await verifyOperations(run, tally);
  await tally.compare(run);
  await verifySums(run);
}

async function verifySums({ db, report, checkpoint }: VerifyRun): Promise<void> {
  for (const { key, sum } of await sumBalancesByUnit(db)) {
    if (sum === 0n) continue;
    report('UNIT_SUM_NOT_ZERO', {}, `The balances of all accounts of ${key} make ${sum}.`);
  }
  await checkpoint();
  for (const { key, sum } of await findUnevenMasters(db)) {
    const text = `Master ${key} has ${sum} credits more than were put in less what went out.`;
    report('MASTER_SUM_DIFFERS', {}, text);
  }
}

function whyIncomplete(error: unknown, signal: AbortSignal | undefined): string {
  if (signal?.aborted) return 'The run was stopped before its end.';
  return `The run failed before its end: ${error instanceof Error ? error.message : error}`;
}
