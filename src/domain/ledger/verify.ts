import { startStopwatch } from '../../lib/time.js';
import { appendOnlyGaps } from '../../storage/append-only.js';
import type { Database } from '../../storage/database.js';
import type { CheckpointMark } from '../../storage/ledger-checkpoints.js';
import { findUnevenMasters, sumBalancesByUnit } from '../../storage/ledger-verify-sums.js';
import { type CheckpointKeeper, createCheckpointKeeper, readMark } from './checkpoints.js';
import type { LedgerVerdict, VerifyMode } from './verdict.js';
import { verifyAccounts } from './verify-accounts.js';
import { verifyChangedAccounts } from './verify-changed-accounts.js';
import { verifyOperations, verifyOperationsById } from './verify-operations.js';
import { verifyAccountsOfOwners, verifyOwners } from './verify-owners.js';
import { createRefusalTally } from './verify-refusal-counts.js';
import { createVerifyRun, type VerifyOptions, type VerifyRun } from './verify-run.js';

/** Proves the ledger. */
export type Verification = {
  /**
   * Derives every balance, version, record and outcome again from the entries, and names what differs. Beside a service that goes on;
   * it writes nothing but checkpoints of its own, and these only when it was complete and found no difference. Never throws: a run that
   * was stopped or failed gives a verdict that is not complete, and a warning that says why.
   */
  verify(options: VerifyOptions): Promise<LedgerVerdict>;
};

/** Rows per statement: a few milliseconds, for which SQLite keeps everybody else waiting. */
const PAGE_SIZE = 500;

const NO_MARK = 'There is no clean run to go on from: this run was a full one.';

/** What a run leaves to those that go on from it, if it is clean. */
type CleanRun = { readonly keeper: CheckpointKeeper; readonly lastOperationId: bigint };

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
      let mode: VerifyMode = 'full';
      let complete = false;
      try {
        options.signal?.throwIfAborted();
        warnings.push(...(await appendOnlyGaps(db)));
        const mark = await readMark(db, run.report);
        if (options.mode === 'incremental' && mark) mode = 'incremental';
        else if (options.mode === 'incremental') warnings.push(NO_MARK);
        const clean = mode === 'full' || !mark ? await verifyAll(run) : await verifyNew(run, mark);
        complete = true;
        if (run.counts().differenceCount === 0) warnings.push(...(await save(run, clean)));
      } catch (error) {
        warnings.push(whyIncomplete(error, options.signal));
      }
      const counts = run.counts();
      return {
        ...counts,
        mode,
        verified: complete && counts.differenceCount === 0,
        complete,
        differences: run.differences(),
        warnings,
        durationMs: Math.ceil(elapsed()),
      };
    },
  };
}

/** Reads everything, and leaves checkpoints when all of it is as it must be. */
async function verifyAll(run: VerifyRun): Promise<CleanRun> {
  const tally = createRefusalTally(run);
  const keeper = createCheckpointKeeper();
  await verifyAccounts(run, tally, keeper);
  await verifyOwners(run, null);
  const lastOperationId = await verifyOperations(run, null, ({ refusal, createTime }) => {
    if (refusal?.accountId != null) tally.count(refusal.accountId, createTime);
  });
  await tally.compare(run);
  await verifyUnitSums(run);
  await verifyMasterSums(run);
  return { keeper, lastOperationId };
}

/**
 * Reads what came since the checkpoints. Ids of operations are not in the order of commits, so there are two ways to them: all above
 * the mark, and whichever wrote what is new on an account, or was refused by it.
 */
async function verifyNew(run: VerifyRun, mark: CheckpointMark): Promise<CleanRun> {
  const tally = createRefusalTally(run);
  const keeper = createCheckpointKeeper();
  const { operationIds } = await verifyChangedAccounts(run, tally, keeper);
  await verifyOwners(run, mark.lastOperationId);
  await verifyAccountsOfOwners(run, mark.lastOperationId);
  await verifyOperationsById(
    run,
    operationIds.filter((id) => id <= mark.lastOperationId),
  );
  const lastOperationId = await verifyOperations(run, mark.lastOperationId);
  await tally.compare(run);
  await verifyUnitSums(run);
  return { keeper, lastOperationId };
}

async function verifyUnitSums({ db, report, afterPage }: VerifyRun): Promise<void> {
  for (const { key, sum } of await sumBalancesByUnit(db)) {
    if (sum === 0n) continue;
    report('UNIT_SUM_NOT_ZERO', {}, `The balances of all accounts of ${key} make ${sum}.`);
  }
  await afterPage();
}

async function verifyMasterSums({ db, report }: VerifyRun): Promise<void> {
  for (const { key, sum } of await findUnevenMasters(db)) {
    const text = `Master ${key} has ${sum} credits more than were put in less what went out.`;
    report('MASTER_SUM_DIFFERS', {}, text);
  }
}

/** Leaves checkpoints. That they could not be written takes nothing from the verdict. */
async function save(run: VerifyRun, { keeper, lastOperationId }: CleanRun): Promise<string[]> {
  try {
    await keeper.save(run, lastOperationId);
    return [];
  } catch (error) {
    const why = error instanceof Error ? error.message : error;
    return [`The checkpoints were not written, so the next incremental run reads more: ${why}`];
  }
}

function whyIncomplete(error: unknown, signal: AbortSignal | undefined): string {
  if (signal?.aborted) return 'The run was stopped before its end.';
  return `The run failed before its end: ${error instanceof Error ? error.message : error}`;
}
