import { type StopReason, timerMisfit } from '../../model/clock.js';
import type { ClockChange, TimeRecord } from '../../model/clockwork.js';
import type { OperationKind } from '../../model/ledger.js';
import type { EntryRead } from '../../storage/ledger-verify.js';
import type { OperationShape } from './operation-shapes.js';
import type { TellOperation } from './verify-operation.js';
import type { OperationRows } from './verify-operations.js';
import type { Parties } from './verify-parties.js';

type Fact = [name: string, found: unknown, expected: unknown];

/** The entries of an operation that take the time which running timers have used up, and the others. */
export function splitSettled(
  entries: readonly EntryRead[],
  { accounts }: Parties,
): { settled: EntryRead[]; others: EntryRead[] } {
  const isSettled = ({ debit, credit }: EntryRead) =>
    accounts.get(debit)?.kind === 'CLOCK' && accounts.get(credit)?.kind === 'USAGE';
  return {
    settled: entries.filter(isSettled),
    others: entries.filter((entry) => !isSettled(entry)),
  };
}

/** The timer state that each kind leaves the clock in that it is asked for. */
const leaves: Partial<Record<OperationKind, string>> = {
  START: 'ACTIVE',
  RESUME: 'ACTIVE',
  PAUSE: 'PAUSED',
  STOP: 'INACTIVE',
  RUN_OUT: 'INACTIVE',
  CLOSE_CLOCK: 'INACTIVE',
};

/** Why a timer may stop by an operation of each kind, other than that nothing was left. */
const stops: Partial<Record<OperationKind, StopReason>> = {
  STOP: 'USER',
  RUN_OUT: 'FROZEN',
  FREEZE: 'FROZEN',
  UNLINK: 'UNLINKED',
  CLOSE_WALLET: 'UNLINKED',
  CLOSE_CLOCK: 'UNLINKED',
};

/** Checks what an operation says that it left of clocks against its entries and changes, and the records that it wrote. Pure. */
export function verifyClockWrites(
  rows: OperationRows,
  shape: OperationShape,
  parties: Parties,
  tell: TellOperation,
): void {
  const { operation, clocks, entries, changes } = rows;
  const touched = new Set<bigint>();
  for (const { debit, credit } of entries) touched.add(debit).add(credit);
  for (const { accountId } of changes) touched.add(accountId);
  if (shape.askedFor === 'clock') touched.add(operation.accountId);
  const left = new Map(clocks.changes.map((change) => [change.clockId, change]));
  for (const id of touched) {
    if (parties.accounts.get(id)?.kind === 'CLOCK' && !left.has(id)) {
      tell('CLOCK_DIFFERS', `It does not say how it left clock ${id}.`);
    }
  }
  for (const change of clocks.changes) checkChange(rows, change, parties, tell);
  for (const record of clocks.records) checkRecord(rows, record, left, parties, tell);
  checkConversion(rows, shape, parties, tell);
  const asked = left.get(operation.accountId);
  if (shape.askedFor === 'clock' && asked && asked.remaining !== operation.balance) {
    const text = `It was answered with ${operation.balance}, but left ${asked.remaining}.`;
    tell('OUTCOME_DIFFERS', text);
  }
}

function checkChange(
  { operation, entries, changes, clocks }: OperationRows,
  change: ClockChange,
  { accounts }: Parties,
  tell: TellOperation,
): void {
  const { clockId, timer } = change;
  const items = [
    ...entries.flatMap((entry) => [
      { id: entry.debit, version: entry.debitVersion, balance: entry.debitBalance },
      { id: entry.credit, version: entry.creditVersion, balance: entry.creditBalance },
    ]),
    ...changes.map(({ accountId, version }) => ({ id: accountId, version, balance: null })),
  ]
    .filter(({ id }) => id === clockId)
    .sort((a, b) => (a.version < b.version ? -1 : 1));
  const balance = items.findLast((item) => item.balance !== null)?.balance ?? change.remaining;
  const ended = clocks.records.find((record) => record.clockId === clockId);
  const asked = clockId === operation.accountId ? leaves[operation.kind] : undefined;
  const isStarted = operation.kind === 'START' && asked !== undefined;
  const facts: Fact[] = [
    ['kind of the account', accounts.get(clockId)?.kind, 'CLOCK'],
    ['version', change.clockVersion, items.at(-1)?.version],
    ['time left', change.remaining, balance],
    ['time', change.createTime, operation.createTime],
    ['state of the timer', timer.state, asked ?? timer.state],
    ['run', timer.runId, isStarted ? operation.id : timer.runId],
    ['start', timer.startTime, isStarted ? operation.createTime : timer.startTime],
    ['last record', timer.lastRecordId, ended?.runId ?? timer.lastRecordId],
    ['last reason', timer.lastStopReason, ended?.stopReason ?? timer.lastStopReason],
  ];
  checkFacts('CLOCK_DIFFERS', `clock ${clockId}`, facts, tell);
  const misfit = timerMisfit(timer, change.remaining, operation.createTime);
  if (misfit) tell('CLOCK_DIFFERS', `The timer of clock ${clockId} cannot be: ${misfit}`);
}

function checkRecord(
  { operation, changes }: OperationRows,
  record: TimeRecord,
  left: ReadonlyMap<bigint, ClockChange>,
  { clocks, sheets }: Parties,
  tell: TellOperation,
): void {
  const { runId, clockId, timeSheetId, startTime, stopTime, spentMs, pausedMs } = record;
  const clock = clocks.get(clockId);
  const sheet = timeSheetId === null ? null : sheets.get(timeSheetId);
  const marks = changes.some(
    ({ accountId, version }) => accountId === clockId && version === record.clockVersion,
  );
  const facts: Fact[] = [
    ['user', record.userId, clock?.userId],
    ['time between start and stop', stopTime - startTime, spentMs + pausedMs],
    ['write time', record.createTime, operation.createTime],
    ['version is of a change', marks, true],
    ['clock is told of', left.has(clockId), true],
    ['stop is in the past', stopTime <= operation.createTime, true],
    ['times are not negative', spentMs >= 0 && pausedMs >= 0 && record.pauseCount >= 0, true],
    ['pauses', record.pauseCount > 0 || pausedMs === 0, true],
    ['sheet', sheet === null || sheet?.kind === 'TIME', true],
    ["sheet's clock", sheet === null || sheet?.ownerId === clockId, true],
    [
      'reason',
      record.stopReason,
      record.stopReason === 'EXHAUSTED' ? 'EXHAUSTED' : stops[operation.kind],
    ],
  ];
  checkFacts('TIME_RECORD_DIFFERS', `time record ${runId}`, facts, tell);
}

/** A conversion has two entries after what it settles, and a record of both. */
function checkConversion(
  { operation, entries, clocks }: OperationRows,
  { conversion: kind }: OperationShape,
  parties: Parties,
  tell: TellOperation,
): void {
  const { conversion } = clocks;
  if ((kind !== undefined) !== (conversion !== null)) {
    const text = conversion ? 'There is a record, but none belongs.' : 'The record is missing.';
    tell('CONVERSION_DIFFERS', text);
  }
  if (!kind || !conversion) return;
  const { others } = splitSettled(entries, parties);
  const time = others.find(({ unit }) => unit === 'MILLISECOND');
  const toClock = kind === 'TO_CLOCK';
  const credits = others.find(({ unit }) => unit === 'CREDIT');
  const clock = parties.clocks.get(operation.accountId);
  const sheet = conversion.sheetId === null ? null : parties.sheets.get(conversion.sheetId);
  const rate = BigInt(clock?.msPerCredit ?? 0);
  const facts: Fact[] = [
    ['kind', conversion.kind, kind],
    ['user', conversion.userId, clock?.userId],
    ['wallet', conversion.walletId, clock?.walletId],
    ['wallet of the entry', toClock ? credits?.debit : credits?.credit, clock?.walletId],
    ['clock', conversion.clockId, operation.accountId],
    ['clock of the entry', toClock ? time?.credit : time?.debit, operation.accountId],
    ['credits', conversion.credits, credits?.amount],
    ['credits of the operation', operation.credits, credits?.amount],
    ['time', conversion.timeMs, time?.amount],
    ['time by its rate', conversion.timeMs, conversion.credits * rate],
    ['rate', conversion.msPerCredit, clock?.msPerCredit],
    ['version', conversion.clockVersion, toClock ? time?.creditVersion : time?.debitVersion],
    ['write time', conversion.createTime, operation.createTime],
    ['entries', others.length, 2],
    ['sheet', sheet === null || sheet?.kind === 'CONVERSION', true],
    ["sheet's clock", sheet === null || sheet?.ownerId === operation.accountId, true],
  ];
  checkFacts('CONVERSION_DIFFERS', 'conversion record', facts, tell);
}

function checkFacts(
  code: 'CLOCK_DIFFERS' | 'TIME_RECORD_DIFFERS' | 'CONVERSION_DIFFERS',
  what: string,
  facts: readonly Fact[],
  tell: TellOperation,
): void {
  for (const [name, found, expected] of facts) {
    if (found === expected) continue;
    tell(code, `Of ${what}: ${name} is ${found} where ${expected} belongs.`);
  }
}
