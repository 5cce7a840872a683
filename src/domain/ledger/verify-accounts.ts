import {
  type AccountRead,
  findAccountsById,
  type IdRange,
  listAccountsById,
} from '../../storage/ledger-verify-accounts.js';
import { type AccountItems, streamItems } from './account-items.js';
import { foldAccount } from './verify-fold.js';
import { verifyOwnersOf } from './verify-owners.js';
import type { RefusalTally } from './verify-refusal-counts.js';
import type { VerifyRun } from './verify-run.js';

/** What a page of accounts leaves to be looked at again, because a commit after the page was read explains it. */
type Suspects = {
  /** The first version that an account has above the one it was read with, by account. */
  readonly beyond: Map<bigint, bigint>;
  /** An operation that names an account that was not there, by account. */
  readonly unknown: Map<bigint, bigint>;
};

/**
 * Folds every account: its entries and changes, merged in the order of versions, up to the version that its row had. A row is read
 * before its items, and they are committed together, so that all items up to that version are there to be read.
 */
export async function verifyAccounts(run: VerifyRun, tally: RefusalTally): Promise<void> {
  let after: bigint | null = null;
  for (;;) {
    const accounts: AccountRead[] = await listAccountsById(run.db.knex, after, run.pageSize);
    await run.checkpoint();
    const isLast = accounts.length < run.pageSize;
    const upTo: bigint | null = isLast ? null : (accounts.at(-1)?.id ?? null);
    run.count('accounts', accounts.length);
    await verifyOwnersOf(run, accounts);
    await verifyPage(run, accounts, { after, upTo }, tally);
    if (isLast) return;
    after = upTo;
  }
}

async function verifyPage(
  run: VerifyRun,
  accounts: readonly AccountRead[],
  range: IdRange,
  tally: RefusalTally,
): Promise<void> {
  const items = streamItems(run, range);
  const suspects: Suspects = { beyond: new Map(), unknown: new Map() };
  for (const account of accounts) {
    await passUnknown(items, account.id, suspects);
    const fold = foldAccount(account, run.report);
    for (;;) {
      const item = await items.peek();
      if (item?.accountId !== account.id) break;
      if (item.version > account.version) {
        suspects.beyond.set(account.id, item.version);
        items.skipAccount(account.id);
        break;
      }
      fold.take(item);
      items.drop();
    }
    tally.take(account, fold.end());
  }
  await passUnknown(items, null, suspects);
  await lookAgain(run, suspects);
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
async function lookAgain({ db, report }: VerifyRun, { beyond, unknown }: Suspects): Promise<void> {
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
