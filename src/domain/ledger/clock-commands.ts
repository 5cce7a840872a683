import { pause, resume, start } from '../../model/clock.js';
import type { ConversionDraft, ConversionRecord } from '../../model/clockwork.js';
import { type LedgerAccount, MAX_CLOCK_MS, type Refusal } from '../../model/ledger.js';
import { type Book, missing, move, notOpen, refusal } from './draft-book.js';
import { clockOf, markClock, setTimer, settleClock, stopClock } from './settle-clocks.js';

/** What a command on a clock comes to: a refusal, or the record of a conversion, if it is one. */
export type Commanded =
  | { readonly refused: Refusal }
  | { readonly refused?: undefined; readonly conversion: ConversionRecord | null };

/** Carries out what the draft's kind says on the clock that it is asked for; nothing for other kinds. Running time is settled first. */
export function commandClock(book: Book): Commanded {
  const { kind } = book.draft;
  switch (kind) {
    case 'TO_CLOCK':
    case 'FROM_CLOCK':
      return convert(book, kind);
    case 'START':
    case 'PAUSE':
    case 'RESUME':
    case 'STOP': {
      const refused = commandTimer(book, kind);
      return refused ? { refused } : { conversion: null };
    }
    case 'RUN_OUT': {
      const refused = runOut(book);
      return refused ? { refused } : { conversion: null };
    }
    default:
      return { conversion: null };
  }
}

function commandTimer(
  book: Book,
  kind: 'START' | 'PAUSE' | 'RESUME' | 'STOP',
): Refusal | undefined {
  const { accountId: id, id: runId, clockwork } = book.draft;
  const found = book.get(id);
  if (!found) return missing(id, 0n);
  if (found.state !== 'OPEN') return refusal(notOpen(found), found, 0n);
  const account = settleClock(book, found);
  const { timer } = clockOf(book, id);
  const { balance } = account;
  const now = book.createTime;
  if (kind === 'STOP') {
    if (timer.state !== 'INACTIVE') stopClock(book, account, 'USER');
    // Nothing was left before the caller could say so: it is told how the run ended.
    else if (timer.lastStopReason !== 'EXHAUSTED') return refusal('TIMER_OFF', account, 0n);
    else if (!book.touched.has(id)) markClock(book, id);
    return undefined;
  }
  if (kind === 'START' && timer.state === 'PAUSED') return refusal('TIMER_PAUSED', account, 0n);
  if (kind === 'PAUSE' && timer.state === 'PAUSED') return refusal('TIMER_PAUSED', account, 0n);
  if (kind !== 'START' && timer.state === 'INACTIVE') return refusal('TIMER_OFF', account, 0n);
  if (kind !== 'PAUSE' && timer.state === 'ACTIVE') return refusal('TIMER_RUNNING', account, 0n);
  if (kind !== 'PAUSE' && balance === 0n) return refusal('NO_TIME', account, 0n);
  const timeSheetId = clockwork?.timeSheetId ?? null;
  if (kind === 'START') setTimer(book, id, start(timer, balance, now, { runId, timeSheetId }));
  else setTimer(book, id, kind === 'PAUSE' ? pause(timer) : resume(timer, balance, now));
  markClock(book, id);
  return undefined;
}

/** Settles a timer that was found to have run out. Nothing may have happened to the clock since: else it is found again. */
function runOut(book: Book): Refusal | undefined {
  const { accountId: id, clockwork } = book.draft;
  const account = book.get(id);
  if (!account) return missing(id, 0n);
  const { timer } = clockOf(book, id);
  const isAsFound =
    account.version === clockwork?.due?.version && timer.runsOutTime === clockwork.due.runsOutTime;
  if (!isAsFound) return refusal('TIMER_CHANGED', account, 0n);
  // Its owner may have been frozen before that, and its accounts not have followed: the timer stopped then.
  stopClock(book, account, 'FROZEN');
  return undefined;
}

function convert(book: Book, kind: 'TO_CLOCK' | 'FROM_CLOCK'): Commanded {
  const { accountId: id, clockwork, credits } = book.draft;
  const conversion = clockwork?.conversion;
  if (!conversion) throw new Error('A conversion does not say what it converts.');
  const found = book.get(id);
  if (!found) return { refused: missing(id, 0n) };
  if (found.state !== 'OPEN') return { refused: refusal(notOpen(found), found, 0n) };
  const account = settleClock(book, found);
  const { msPerCredit } = clockOf(book, id);
  const rate = BigInt(msPerCredit);
  if (kind === 'TO_CLOCK') return fill(book, account, conversion, { credits, rate });
  const asked = conversion.timeMs ?? account.balance;
  if (asked > account.balance) return { refused: refusal('NO_TIME', account, asked) };
  const whole = asked / rate;
  if (whole === 0n) return { refused: refusal('NO_TIME', account, rate) };
  return drainBack(book, conversion, { credits: whole, rate });
}

type Amount = { readonly credits: bigint; readonly rate: bigint };

function fill(
  book: Book,
  account: LedgerAccount,
  { walletId, creditAccountId, timeAccountId, sheetId }: ConversionDraft,
  { credits, rate }: Amount,
): Commanded {
  const amount = credits * rate;
  const refused =
    move(book, { debit: walletId, credit: creditAccountId, unit: 'CREDIT', amount: credits }) ??
    // Far beyond what a clock holds, and perhaps beyond what a column does.
    (amount > MAX_CLOCK_MS
      ? refusal('ABOVE_CEILING', account, MAX_CLOCK_MS + 1n)
      : move(book, { debit: timeAccountId, credit: account.id, unit: 'MILLISECOND', amount }));
  if (refused) return { refused };
  const clockVersion = book.entries.at(-1)?.creditVersion ?? 0n;
  return { conversion: recordOf(book, 'TO_CLOCK', { walletId, sheetId, credits, clockVersion }) };
}

function drainBack(
  book: Book,
  { walletId, creditAccountId, timeAccountId, sheetId }: ConversionDraft,
  { credits, rate }: Amount,
): Commanded {
  const { accountId: id } = book.draft;
  const time = { debit: id, credit: timeAccountId, unit: 'MILLISECOND' } as const;
  const refused =
    move(book, { ...time, amount: credits * rate }) ??
    move(book, { debit: creditAccountId, credit: walletId, unit: 'CREDIT', amount: credits });
  if (refused) return { refused };
  const clockVersion = book.entries.at(-2)?.debitVersion ?? 0n;
  return { conversion: recordOf(book, 'FROM_CLOCK', { walletId, sheetId, credits, clockVersion }) };
}

function recordOf(
  book: Book,
  kind: ConversionRecord['kind'],
  part: Pick<ConversionRecord, 'walletId' | 'sheetId' | 'credits' | 'clockVersion'>,
): ConversionRecord {
  const { id: operationId, accountId } = book.draft;
  const { id: clockId, userId, msPerCredit } = clockOf(book, accountId);
  const timeMs = part.credits * BigInt(msPerCredit);
  const { createTime } = book;
  return { ...part, operationId, kind, userId, clockId, timeMs, msPerCredit, createTime };
}
