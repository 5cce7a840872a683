import { ceilingOf, floorOf, type Operation, type Refusal } from '../../model/ledger.js';
import type { AccountRead } from '../../storage/ledger-verify-accounts.js';
import { type Moment, momentsAround } from './account-moments.js';
import { shapeOf } from './operation-shapes.js';
import { findPartyAccounts } from './verify-parties.js';
import type { VerifyRun } from './verify-run.js';

/** An operation that was refused. */
export type RefusedOperation = Operation & { readonly refusal: Refusal };

type Tell = (operation: RefusedOperation, description: string) => void;

/** Checks that stored refusals follow from the accounts that refused, as their entries and changes say they were at that time. */
export async function verifyRefusals(
  run: VerifyRun,
  operations: readonly RefusedOperation[],
): Promise<void> {
  const accounts = await findPartyAccounts(
    run.db,
    operations.map(({ refusal }) => refusal.accountId),
  );
  const tell: Tell = ({ id, refusal }, description) =>
    run.report('REFUSAL_DIFFERS', { account: refusal.accountId, operation: id }, description);
  const byAccount = new Map<AccountRead, RefusedOperation[]>();
  for (const operation of operations) {
    const account = accounts.get(operation.refusal.accountId);
    checkFigures(operation, account, tell);
    if (!account || operation.refusal.code === 'ACCOUNT_MISSING') continue;
    const others = byAccount.get(account);
    if (others) others.push(operation);
    else byAccount.set(account, [operation]);
  }
  for (const [account, refused] of byAccount) await checkMoments(run, account, refused, tell);
}

/** Refusals of accounts that nothing was to be moved from or to. */
const NOTHING_MOVED: ReadonlySet<string> = new Set(['ACCOUNT_NOT_LEAVING', 'BALANCE_LEFT']);

/** What a refusal says must fit its operation and the account that refused. */
function checkFigures(
  operation: RefusedOperation,
  account: AccountRead | undefined,
  tell: Tell,
): void {
  const { refusal, scope, accountId, balance, kind, credits } = operation;
  const isMissing = refusal.code === 'ACCOUNT_MISSING';
  if (isMissing !== (account === undefined)) {
    const found = account ? 'is there' : 'is not there';
    tell(operation, `${refusal.code} was told of account ${refusal.accountId}, which ${found}.`);
    return;
  }
  if (account?.masterId != null && scope !== 0n && account.masterId !== scope) {
    tell(operation, `Account ${account.id} is of another master.`);
  }
  if (refusal.accountId === accountId && refusal.balance !== balance) {
    tell(operation, `The balance is ${refusal.balance}, but the operation's ${balance}.`);
  }
  const shape = shapeOf(kind);
  const amount = shape?.entry ? credits : 0n;
  // What a drain would have moved is the balance of another account.
  const mayDrain = shape?.drains && !NOTHING_MOVED.has(refusal.code);
  // Of a clock it may be milliseconds.
  const isOfClock = shape?.askedFor === 'clock';
  if (refusal.amount !== amount && !mayDrain && !isOfClock) {
    tell(operation, `The amount is ${refusal.amount} where ${amount} belongs.`);
  }
}

/**
 * A refusal holds no version of the account that refused. But an account's times never go back, and a refusal counts among them: it was
 * decided on the last item before its time, or on one of the same millisecond.
 */
async function checkMoments(
  run: VerifyRun,
  account: AccountRead,
  operations: readonly RefusedOperation[],
  tell: Tell,
): Promise<void> {
  const open = [...operations].sort((a, b) => a.createTime - b.createTime);
  const [first, last] = [open.at(0), open.at(-1)];
  if (!first || !last) return;
  const followed = new Set<RefusedOperation>();
  let start = 0;
  const moments = momentsAround(run, account, first.createTime, last.createTime);
  for await (const moment of moments) {
    while ((open[start]?.createTime ?? Number.POSITIVE_INFINITY) < moment.time) start += 1;
    for (let index = start; index < open.length; index += 1) {
      const operation = open[index] as RefusedOperation;
      if (operation.createTime > moment.endTime) break;
      if (follows(operation.refusal, account, moment)) followed.add(operation);
    }
  }
  for (const operation of open) {
    if (followed.has(operation)) continue;
    const { code, amount, balance } = operation.refusal;
    tell(
      operation,
      `${code} for ${amount} at a balance of ${balance} does not follow from it then.`,
    );
  }
}

/** True when the account, as it was at that moment, refuses for this reason. */
function follows(refusal: Refusal, { kind }: AccountRead, moment: Moment): boolean {
  const { code, balance, amount } = refusal;
  // A timer may have used up some of it since.
  const isLess = kind === 'CLOCK' && balance >= 0n && balance < moment.balance;
  if (moment.balance !== balance && !isLess) return false;
  switch (code) {
    case 'BELOW_FLOOR':
      return moment.state === 'OPEN' && balance - amount < floorOf(moment);
    case 'ABOVE_CEILING':
      return moment.state === 'OPEN' && balance + amount > ceilingOf(kind);
    case 'NO_TIME':
      return moment.state === 'OPEN' && (amount === 0n ? balance === 0n : balance < amount);
    case 'TIMER_RUNNING':
    case 'TIMER_PAUSED':
    case 'TIMER_OFF':
    case 'RATE_DIFFERS':
      return kind === 'CLOCK' && moment.state === 'OPEN';
    case 'TIMER_CHANGED':
      return kind === 'CLOCK';
    case 'ACCOUNT_FROZEN':
      return moment.state === 'FROZEN' || moment.state === 'LEAVING';
    case 'ACCOUNT_NOT_LEAVING':
      return moment.state !== 'LEAVING';
    case 'BALANCE_LEFT':
      return moment.state !== 'CLOSED' && balance !== 0n;
    case 'ACCOUNT_CLOSED':
      return moment.state === 'CLOSED';
    default:
      return false;
  }
}
