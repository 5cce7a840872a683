import {
  type CheckedAccount,
  findRangeEnd,
  listChangedAccounts,
  listRefusals,
  type RefusalPlace,
} from '../../storage/ledger-checkpoints.js';
import type { IdRange } from '../../storage/ledger-verify-accounts.js';
import { streamItemsAfter } from './account-items.js';
import type { CheckpointKeeper } from './checkpoints.js';
import { createRowStream } from './row-stream.js';
import { foldAccounts, lookAgain, reportMisfit, reportStrays } from './verify-accounts.js';
import { verifyClocksOf } from './verify-clocks.js';
import { verifyOwnersOf, verifyTermsOf } from './verify-owners.js';
import type { RefusalTally } from './verify-refusal-counts.js';
import type { VerifyRun } from './verify-run.js';

/** Pages of accounts that the database compares with their checkpoints in one statement; it gives only those that differ. */
const PAGES_COMPARED = 4;

/** What the accounts leave to be looked at. */
export type ChangedAccounts = {
  /** The operations that wrote what is new on the accounts, or that they refused, in order. Memory grows with them. */
  readonly operationIds: readonly bigint[];
};

/**
 * Compares every account with its checkpoint and folds those that changed from there on: their new entries and changes, up to the
 * version that the row had. An account without a checkpoint is folded from its beginning; one that does not fit its checkpoint is told
 * of and left.
 */
export async function verifyChangedAccounts(
  run: VerifyRun,
  tally: RefusalTally,
  keeper: CheckpointKeeper,
): Promise<ChangedAccounts> {
  const operationIds = new Set<bigint>();
  let after: bigint | null = null;
  for (;;) {
    const upTo = await findRangeEnd(run.db.knex, after, run.pageSize * PAGES_COMPARED);
    await verifyRange(run, { after, upTo }, { tally, keeper, operationIds });
    if (upTo === null) break;
    after = upTo;
  }
  return { operationIds: [...operationIds].sort((a, b) => (a < b ? -1 : 1)) };
}

type Found = {
  readonly tally: RefusalTally;
  readonly keeper: CheckpointKeeper;
  readonly operationIds: Set<bigint>;
};

async function verifyRange(run: VerifyRun, range: IdRange, found: Found): Promise<void> {
  const { tally, keeper, operationIds } = found;
  const changed = await listChangedAccounts(run.db, range);
  await reportStrays(run, range);
  await run.afterPage();
  if (changed.length === 0) return;
  const accounts = changed.map(({ account }) => account);
  run.count('accounts', accounts.length);
  await verifyOwnersOf(run, accounts);
  await verifyClocksOf(run, accounts);
  await verifyTermsOf(run, accounts);
  const fitting = changed.filter((one) => reportMisfit(one, run.report));
  const places = fitting.map(({ account, checkpoint }) => ({
    accountId: account.id,
    version: checkpoint?.version ?? -1n,
  }));
  const suspects = await foldAccounts(run, fitting, streamItemsAfter(run, places), {
    since: 'checkpoint',
    onTaken({ kind, version, operationId }) {
      const isOpening = kind === 'change' && version === 0n;
      if (!isOpening) operationIds.add(operationId);
    },
    onFolded(one, lastItemTime) {
      tally.take(one.account, lastItemTime, one.checkpoint ?? undefined);
      keeper.keep(one);
    },
  });
  await lookAgain(run, suspects);
  await countRefusals(run, fitting, found);
}

/**
 * Counts what accounts refused since their checkpoints. Their times never go back and a refusal counts among them, so that what is new
 * is of the checkpoint's time or later; the checkpoint says how many of that millisecond are old.
 */
async function countRefusals(
  run: VerifyRun,
  checked: readonly CheckedAccount[],
  { tally, operationIds }: Found,
): Promise<void> {
  const places = checked.map(({ account, checkpoint }) => ({
    accountId: account.id,
    createTime: checkpoint?.updateTime ?? 0,
  }));
  const refusals = createRowStream(run, (last: RefusalPlace | undefined, limit) =>
    listRefusals(run.db, places, last, limit),
  );
  for (let row = await refusals.peek(); row; row = await refusals.peek()) {
    tally.count(row.accountId, row.createTime);
    operationIds.add(row.id);
    refusals.drop();
  }
}
