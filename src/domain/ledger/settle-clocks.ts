import {
  type Run,
  type StopReason,
  settle,
  stop,
  type Timer,
  withBalance,
} from '../../model/clock.js';
import type { ClockChange, ClockTimer } from '../../model/clockwork.js';
import type { LedgerAccount } from '../../model/ledger.js';
import { type Book, type ClockBook, move, put } from './draft-book.js';

/** What the operation sees of clocks; a draft without `clockwork` may touch none. */
export function clocksOf(book: Book): ClockBook {
  if (!book.clocks) throw new Error('A draft touches a clock and has no clockwork.');
  return book.clocks;
}

/** The clock as the operation has left it so far. */
export function clockOf(book: Book, id: bigint): ClockTimer {
  const { touched, find } = clocksOf(book);
  const clock = touched.get(id) ?? find(id);
  if (!clock) throw new Error(`There is no clock ${id}.`);
  return clock;
}

/**
 * Settles the running time of a clock up to `until`, once in an operation and before anything else happens to it: what was used up goes
 * to the usage account, and a timer that has run out by then stopped at that instant.
 */
export function settleClock(
  book: Book,
  account: LedgerAccount,
  until = book.createTime,
): LedgerAccount {
  const clocks = clocksOf(book);
  const { id, balance } = account;
  if (clocks.touched.has(id)) return account;
  const clock = clockOf(book, id);
  const step = settle(clock.timer, balance, until);
  clocks.touched.set(id, clock);
  const usage = book.draft.clockwork?.usage ?? 0n;
  const movement = { debit: id, credit: usage, unit: 'MILLISECOND', amount: step.usedMs } as const;
  const refused = step.usedMs > 0n ? move(book, movement) : undefined;
  if (refused) throw new Error(`The time used up on clock ${id} was refused: ${refused.code}.`);
  setTimer(book, id, step.timer);
  if (step.ended) writeRun(book, clock, step.ended);
  return book.get(id) ?? account;
}

/** Stops the timer of a clock, if it is on, as of `book.createTime` or the earlier instant that the draft names. */
export function stopClock(book: Book, account: LedgerAccount, reason: StopReason): LedgerAccount {
  const { stopTime = book.createTime } = book.draft.clockwork ?? {};
  const until = Math.min(stopTime, book.createTime);
  const settled = settleClock(book, account, until);
  const clock = clockOf(book, account.id);
  if (clock.timer.state === 'INACTIVE') return settled;
  const { timer, ended } = stop(clock.timer, until, reason);
  setTimer(book, account.id, timer);
  if (ended) writeRun(book, clock, ended);
  return book.get(account.id) ?? settled;
}

/** Sets the timer of a clock that is settled. */
export function setTimer(book: Book, id: bigint, timer: Timer): void {
  const clock = clockOf(book, id);
  if (clock.timer === timer) return;
  clocksOf(book).touched.set(id, { ...clock, timer, updateTime: book.createTime });
}

/** Gives what happened to a timer a version of its clock's ledger account, as everything has that happens to an account. */
export function markClock(book: Book, id: bigint): bigint {
  const account = book.get(id);
  if (!account) throw new Error(`There is no ledger account ${id}.`);
  const { floor, state } = account;
  const { version } = put(book, account, {});
  book.changes.push({ operationId: book.draft.id, accountId: id, version, floor, state });
  return version;
}

/**
 * The last of an operation: timers whose clocks hold more or less than before run out at another time, or now, when nothing is left.
 * Returns how the operation left the clocks that it changed, or was asked for.
 */
export function finishClocks(book: Book): ClockChange[] {
  const { touched, find } = clocksOf(book);
  const changes: ClockChange[] = [];
  for (const id of [...touched.keys()].sort((a, b) => (a < b ? -1 : 1))) {
    balanceTimer(book, id);
    const account = book.get(id) as LedgerAccount;
    const clock = clockOf(book, id);
    const { timer } = clock;
    const wasLooked = !book.touched.has(id) && find(id)?.timer === timer;
    if (wasLooked && book.draft.accountId !== id) {
      touched.delete(id);
      continue;
    }
    touched.set(id, { ...clock, updateTime: book.createTime });
    changes.push({
      operationId: book.draft.id,
      clockId: id,
      clockVersion: account.version,
      remaining: account.balance,
      timer,
      createTime: book.createTime,
    });
  }
  return changes;
}

function balanceTimer(book: Book, id: bigint): void {
  const clock = clockOf(book, id);
  const balance = book.get(id)?.balance ?? 0n;
  if (clock.timer.state !== 'ACTIVE') return;
  if (balance > 0n) {
    const timer = withBalance(clock.timer, balance);
    if (timer.runsOutTime !== clock.timer.runsOutTime) setTimer(book, id, timer);
    return;
  }
  const { timer, ended } = stop(clock.timer, book.createTime, 'EXHAUSTED');
  setTimer(book, id, timer);
  if (ended) writeRun(book, clock, ended);
}

function writeRun(book: Book, { id, userId }: ClockTimer, run: Run): void {
  const { records } = clocksOf(book);
  const clockVersion = markClock(book, id);
  const operationId = book.draft.id;
  const written = { operationId, clockId: id, userId, clockVersion, createTime: book.createTime };
  records.push({ ...run, ...written });
}
