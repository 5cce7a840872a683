import {
  ceilingOf,
  floorOf,
  type LedgerAccountState,
  type Operation,
  type Refusal,
} from '../../model/ledger.js';
import {
  type AccountItem,
  type AccountRead,
  findLastItems,
  listItems,
} from '../../storage/ledger-verify-accounts.js';
import { shapeOf } from './operation-shapes.js';
import type { Parties } from './verify-parties.js';
import type { VerifyRun } from './verify-run.js';

/** An account as it was at some version. */
type Moment = {
  readonly version: bigint;
  /** Time of the item that made it so, Unix ms. */
  readonly time: number;
  readonly balance: bigint;
  readonly floor: bigint | null;
  readonly state: LedgerAccountState;
};

/** Versions that are looked through for the moment of a refusal; more may share its millisecond only on very hot accounts. */
const MAX_MOMENTS = 2_000n;

/** Checks that a stored refusal follows from the account that refused, as its entries and changes say it was at that time. */
export async function verifyRefusal(
  run: VerifyRun,
  operation: Operation,
  refusal: Refusal,
  { accounts }: Parties,
): Promise<void> {
  const tell = (text: string) =>
    run.report('REFUSAL_DIFFERS', { account: refusal.accountId, operation: operation.id }, text);
  const account = accounts.get(refusal.accountId);
  if (refusal.code === 'ACCOUNT_MISSING') {
    if (account) tell(`Account ${account.id} was refused as missing, but is there.`);
    return;
  }
  if (!account) {
    tell(`Account ${refusal.accountId} refused, but is not there.`);
    return;
  }
  if (account.masterId !== null && operation.scope !== 0n && account.masterId !== operation.scope) {
    tell(`Account ${account.id} is of another master.`);
  }
  if (account.id === operation.accountId && refusal.balance !== operation.balance) {
    tell(`Its balance was ${refusal.balance}, but the operation says ${operation.balance}.`);
  }
  const amount = shapeOf(operation.kind)?.entry ? operation.credits : 0n;
  if (refusal.amount !== amount) {
    tell(`The amount is ${refusal.amount} where ${amount} belongs.`);
  }
  const moments = await momentsAt(run, account, operation.createTime);
  if (moments && !moments.some((moment) => follows(refusal, account, moment))) {
    tell(
      `${refusal.code} for ${refusal.amount} at ${refusal.balance} does not follow from it then.`,
    );
  }
}

/** True when the account, as it was at that moment, refuses for this reason. */
function follows(
  { code, balance, amount }: Refusal,
  account: AccountRead,
  moment: Moment,
): boolean {
  if (moment.balance !== balance) return false;
  switch (code) {
    case 'BELOW_FLOOR':
      return moment.state === 'OPEN' && balance - amount < floorOf(moment);
    case 'ABOVE_CEILING':
      return moment.state === 'OPEN' && balance + amount > ceilingOf(account.kind);
    case 'ACCOUNT_FROZEN':
      return moment.state === 'FROZEN';
    case 'ACCOUNT_CLOSED':
      return moment.state === 'CLOSED';
    default:
      return false;
  }
}

/**
 * The moments of an account that a decision of time `time` may have seen: the last before it and all of the same millisecond. A
 * refusal stores no version, but the times of an account never go back, so the versions are searched by halves. Undefined when more
 * share the millisecond than are looked through, or a gap (told of elsewhere) hides them.
 */
async function momentsAt(
  run: VerifyRun,
  account: AccountRead,
  time: number,
): Promise<Moment[] | undefined> {
  let low = 0n;
  let high = account.version;
  while (low < high) {
    const middle = (low + high + 1n) / 2n;
    const moment = await momentOf(run, account.id, middle);
    if (moment && moment.time <= time) low = middle;
    else high = middle - 1n;
  }
  for (let width = 16n; width <= MAX_MOMENTS; width *= 5n) {
    const first = low > width ? low - width : 0n;
    const moments = await momentsBetween(run, account.id, first, low);
    if (!moments) return undefined;
    if (first === 0n || (moments[0]?.time ?? time) < time) {
      const before = moments.findLastIndex((moment) => moment.time < time);
      return moments.slice(Math.max(before, 0));
    }
  }
  return undefined;
}

async function momentsBetween(
  run: VerifyRun,
  accountId: bigint,
  first: bigint,
  last: bigint,
): Promise<Moment[] | undefined> {
  const start = await momentOf(run, accountId, first);
  if (!start) return undefined;
  const range = { after: null, upTo: accountId };
  const place = { accountId, version: first };
  const limit = Number(last - first);
  const items: AccountItem[] = [];
  for (const source of ['debit', 'credit', 'change'] as const) {
    if (limit > 0) items.push(...(await listItems(run.db, source, range, place, limit)));
  }
  items.sort((a, b) => (a.version < b.version ? -1 : 1));
  const moments = [start];
  for (const item of items) {
    const latest = moments.at(-1);
    if (latest && item.version <= last) moments.push(after(latest, item));
  }
  return moments;
}

/** The account as it was at a version; undefined when that version, or the opening, is not there. */
async function momentOf(
  { db }: VerifyRun,
  accountId: bigint,
  version: bigint,
): Promise<Moment | undefined> {
  const items = await findLastItems(db, accountId, version);
  items.sort((a, b) => (a.version < b.version ? -1 : 1));
  let moment: Moment | undefined;
  for (const item of items) {
    const none = { version, time: 0, balance: 0n, floor: null, state: 'OPEN' as const };
    moment = after(moment ?? none, item);
  }
  return moment?.version === version ? moment : undefined;
}

function after(moment: Moment, item: AccountItem): Moment {
  const { version, createTime: time } = item;
  return item.kind === 'change'
    ? { ...moment, version, time, floor: item.floor, state: item.state }
    : { ...moment, version, time, balance: item.balance };
}
