import {
  type AccountItem,
  type IdRange,
  type ItemPlace,
  type ItemSource,
  listItems,
  listItemsAfter,
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
  return merge(run, (source, last, limit) => listItems(run.db, source, range, last, limit));
}

/** Streams the entries and changes that accounts have above some versions. The places are in the order of their accounts. */
export function streamItemsAfter(run: VerifyRun, places: readonly ItemPlace[]): AccountItems {
  return merge(run, (source, last, limit) => listItemsAfter(run.db, source, places, last, limit));
}

function merge(
  run: VerifyRun,
  load: (source: ItemSource, last: ItemPlace | undefined, limit: number) => Promise<AccountItem[]>,
): AccountItems {
  const streams = SOURCES.map((source) =>
    createRowStream<AccountItem, ItemPlace>(run, (last, limit) => load(source, last, limit)),
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
