import {
  type CheckedAccount,
  listCheckedAccounts,
  listStrayCheckpoints,
} from '../../storage/ledger-checkpoints.js';
import {
  type AccountItem,
  findAccountsById,
  type IdRange,
} from '../../storage/ledger-verify-accounts.js';
import { type AccountItems, streamItems } from './account-items.js';
import { type CheckpointKeeper, misfitOf } from './checkpoints.js';
import { verifyClocksOf } from './verify-clocks.js';
import { foldAccount } from './verify-fold.js';
import { verifyOwnersOf } from './verify-owners.js';
import type { RefusalTally } from './verify-refusal-counts.js';
import type { Report, VerifyRun } from './verify-run.js';

/** What a page of accounts leaves to be looked at again, because a commit after the page was read explains it. */
export type Suspects = {
  /** The first version that an account has above the one it was read with, by account. */
  readonly beyond: Map<bigint, bigint>;
  /** An operation that names an account that was not there, by account. */
  readonly unknown: Map<bigint, bigint>;
};

/**
 * Folds every account: its entries and changes, merged in the order of versions, up to the version that its row had. A row is read
 * before its items, and they are committed together, so that all items up to that version are there to be read.
 */
export async function verifyAccounts(
  run: VerifyRun,
  tally: RefusalTally,
  keeper: CheckpointKeeper,
): Promise<void> {
  let after: bigint | null = null;
  for (;;) {
    const checked: CheckedAccount[] = await listCheckedAccounts(run.db, after, run.pageSize);
    await run.afterPage();
    const isLast = checked.length < run.pageSize;
    const upTo: bigint | null = isLast ? null : (checked.at(-1)?.account.id ?? null);
    const range = { after, upTo };
    run.count('accounts', checked.length);
    const accounts = checked.map(({ account }) => account);
    await verifyOwnersOf(run, accounts);
    await verifyClocksOf(run, accounts);
    // A checkpoint that does not fit is told of once: it bears witness of nothing.
    const believed = checked.map((one) =>
      reportMisfit(one, run.report) ? one : { ...one, checkpoint: null },
    );
    await reportStrays(run, range);
    const suspects = await foldAccounts(run, believed, streamItems(run, range), {
      since: 'beginning',
      onFolded(one, lastItemTime) {
        tally.take(one.account, lastItemTime);
        keeper.keep(one);
      },
    });
    await lookAgain(run, suspects);
    if (isLast) return;
    after = upTo;
  }
}

/** Tells of a checkpoint that its account cannot have come from. Returns whether it fits. */
export function reportMisfit(checked: CheckedAccount, report: Report): boolean {
  const misfit = misfitOf(checked);
  if (misfit) report('CHECKPOINT_DIFFERS', { account: checked.account.id }, misfit);
  return misfit === undefined;
}

/** Tells of the checkpoints of a range that have no account. */
export async function reportStrays({ db, report }: VerifyRun, range: IdRange): Promise<void> {
  for (const account of await listStrayCheckpoints(db.knex, range)) {
    report('CHECKPOINT_DIFFERS', { account }, 'There is a checkpoint, but no account.');
  }
}

/** How accounts are folded, and who is told. */
export type FoldOptions = {
  readonly since: 'beginning' | 'checkpoint';
  /** Told of each account and the time of its last item, Unix ms. */
  readonly onFolded: (checked: CheckedAccount, lastItemTime: number) => void;
  readonly onTaken?: (item: AccountItem) => void;
};

/**
 * Folds accounts, which are in the order of their ids, over a stream of their items. What an account got after its row was read is left
 * out. Returns what has to be looked at again. `onTaken` is told of each item that was taken.
 */
export async function foldAccounts(
  { report }: VerifyRun,
  checked: readonly CheckedAccount[],
  items: AccountItems,
  { since, onFolded, onTaken }: FoldOptions,
): Promise<Suspects> {
  const suspects: Suspects = { beyond: new Map(), unknown: new Map() };
  for (const one of checked) {
    const { id, version } = one.account;
    await passUnknown(items, id, suspects);
    const fold = foldAccount(one, since, report);
    for (;;) {
      const item = await items.peek();
      if (item?.accountId !== id) break;
      if (item.version > version) {
        suspects.beyond.set(id, item.version);
        items.skipAccount(id);
        break;
      }
      fold.take(item);
      onTaken?.(item);
      items.drop();
    }
    onFolded(one, fold.end());
  }
  await passUnknown(items, null, suspects);
  return suspects;
}

/** Passes over items of accounts that the page does not have, up to `end`. */
async function passUnknown(
  items: AccountItems,
  end: bigint | null,
  suspects: Suspects,
): Promise<void> {
  for (;;) {
    const item = await items.peek();
    if (!item || (end !== null && item.accountId >= end)) return;
    suspects.unknown.set(item.accountId, item.operationId);
    items.skipAccount(item.accountId);
  }
}

/** An account may have been opened, or may have got further entries, since its page was read. */
export async function lookAgain(
  { db, report }: VerifyRun,
  { beyond, unknown }: Suspects,
): Promise<void> {
  if (beyond.size + unknown.size === 0) return;
  const accounts = await findAccountsById(db.knex, [...beyond.keys(), ...unknown.keys()]);
  for (const [id, version] of beyond) {
    const now = accounts.get(id)?.version ?? -1n;
    if (now >= version) continue;
    report(
      'VERSION_DIFFERS',
      { account: id },
      `The account has version ${now}, an item ${version}.`,
    );
  }
  for (const [id, operation] of unknown) {
    if (accounts.has(id)) continue;
    const text = 'Entries or changes name an account that is not there.';
    report('ACCOUNT_MISSING', { account: id, operation: operation || null }, text);
  }
}
