import type { LedgerAccountState } from '../../model/ledger.js';
import {
  type AccountItem,
  type AccountRead,
  findLastItems,
} from '../../storage/ledger-verify-accounts.js';
import { streamItems } from './account-items.js';
import type { VerifyRun } from './verify-run.js';

/** An account as it was from one of its versions to the next. Times are Unix ms. */
export type Moment = {
  readonly balance: bigint;
  readonly floor: bigint | null;
  readonly state: LedgerAccountState;
  readonly time: number;
  /** Time of the next version; infinite when there is none. */
  readonly endTime: number;
};

type Snapshot = Omit<Moment, 'endTime'> & { readonly version: bigint };

const BEGINNING: Snapshot = { version: -1n, time: 0, balance: 0n, floor: null, state: 'OPEN' };

/** The moments of an account that touch the time from `from` to `to`, in order. Reads few that do not, however long its history is. */
export async function* momentsAround(
  run: VerifyRun,
  account: AccountRead,
  from: number,
  to: number,
): AsyncGenerator<Moment> {
  let snapshot = await lastBefore(run, account, from);
  const items = streamItems(run, { after: account.id - 1n, upTo: account.id });
  items.skipTo({ accountId: account.id, version: snapshot.version });
  while (snapshot.time <= to) {
    const item = await items.peek();
    yield { ...snapshot, endTime: item?.createTime ?? Number.POSITIVE_INFINITY };
    if (!item) return;
    items.drop();
    snapshot = after(snapshot, item);
  }
}

/**
 * The account as it was at some version before `time`: the last one, found by halving, unless few come before it. A gap in the versions
 * only makes it an earlier one.
 */
async function lastBefore(run: VerifyRun, account: AccountRead, time: number): Promise<Snapshot> {
  let low = BEGINNING;
  let high = account.version;
  while (high - low.version > BigInt(run.pageSize)) {
    const middle = (low.version + high + 1n) / 2n;
    const snapshot = await snapshotAt(run, account.id, middle);
    await run.afterPage();
    if (snapshot.version > low.version && snapshot.time < time) low = snapshot;
    else high = middle - 1n;
  }
  return low;
}

/** The account as its items up to a version left it; of an earlier version when that one is not there. */
async function snapshotAt(run: VerifyRun, id: bigint, version: bigint): Promise<Snapshot> {
  const items = await findLastItems(run.db, id, version);
  items.sort((a, b) => (a.version < b.version ? -1 : 1));
  return items.reduce(after, BEGINNING);
}

function after(snapshot: Snapshot, item: AccountItem): Snapshot {
  const { version, createTime: time } = item;
  return item.kind === 'change'
    ? { ...snapshot, version, time, floor: item.floor, state: item.state }
    : { ...snapshot, version, time, balance: item.balance };
}
