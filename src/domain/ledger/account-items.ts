import {
  type AccountItem,
  type IdRange,
  type ItemPlace,
  type ItemSource,
  listItems,
} from '../../storage/ledger-verify-accounts.js';
import { createRowStream, type RowStream } from './row-stream.js';
import type { VerifyRun } from './verify-run.js';

const SOURCES: readonly ItemSource[] = ['change', 'debit', 'credit'];
const LAST_VERSION = 2n ** 63n - 1n;

/** The items of all sources as one stream, in the order of account and version. */
export type AccountItems = {
  peek(): Promise<AccountItem | undefined>;
  drop(): void;
  skipAccount(id: bigint): void;
  /** Goes on after a version of an account. */
  skipTo(place: ItemPlace): void;
};

/** Streams the entries and changes of the accounts in a range. */
export function streamItems(run: VerifyRun, range: IdRange): AccountItems {
  const streams = SOURCES.map((source) =>
    createRowStream<AccountItem, ItemPlace>(run, (last, limit) =>
      listItems(run.db, source, range, last, limit),
    ),
  );
  let first: RowStream<AccountItem, ItemPlace> | undefined;

  function skipTo(place: ItemPlace): void {
    for (const stream of streams) stream.skipTo(place, (item) => !isBefore(place, item));
  }

  return {
    async peek() {
      let least: AccountItem | undefined;
      for (const stream of streams) {
        const item = await stream.peek();
        if (!item || (least && !isBefore(item, least))) continue;
        least = item;
        first = stream;
      }
      return least;
    },
    drop() {
      first?.drop();
    },
    skipAccount: (id) => skipTo({ accountId: id, version: LAST_VERSION }),
    skipTo,
  };
}

function isBefore(a: ItemPlace, b: ItemPlace): boolean {
  return a.accountId === b.accountId ? a.version < b.version : a.accountId < b.accountId;
}
