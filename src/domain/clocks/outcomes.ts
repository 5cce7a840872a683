import type { Clock } from '../../model/clock.js';
import type { ClockChange, TimeRecord } from '../../model/clockwork.js';
import type { Decision, Operation } from '../../model/ledger.js';
import {
  findClockChange,
  findConversion,
  findTimeRecord,
  type ToldConversion,
} from '../../storage/clock-outcomes.js';
import { findClock } from '../../storage/clocks.js';
import type { Database } from '../../storage/database.js';
import { read } from '../../storage/transaction.js';

/** What a caller is told of an operation on a clock. */
export type ClockOutcome = {
  readonly operation: Operation;
  /** True when the operation had been decided by an earlier request with the same id. */
  readonly replayed: boolean;
  /** The clock as the operation left it; null when it was refused. */
  readonly clock: Clock | null;
  /** The run that it ended, or found to have ended when nothing was left. */
  readonly record: TimeRecord | null;
  readonly conversion: ToldConversion | null;
};

const NOTHING = { clock: null, record: null, conversion: null };

/** What an operation did: from the decision when it was made now, else from the database. */
export async function clockOutcome(
  db: Database,
  decision: Decision,
  notes: string,
): Promise<Omit<ClockOutcome, 'operation' | 'replayed'>> {
  const { operation } = decision;
  if (operation.refusal) return NOTHING;
  const writes = decision.kind === 'decided' ? decision : null;
  const change =
    writes?.clocks?.changes.find(({ clockId }) => clockId === operation.accountId) ??
    (await read(db, (reader) =>
      findClockChange(reader, { operationId: operation.id, clockId: operation.accountId }),
    ));
  if (!change) return NOTHING;
  const written = writes?.clocks?.conversion;
  const conversion = written
    ? { record: written, walletBalance: walletBalanceOf(decision, written.walletId), notes }
    : await findToldConversion(db, operation);
  return {
    clock: await clockAsLeft(db, change),
    record: await recordOf(db, decision, change),
    conversion,
  };
}

async function findToldConversion(
  db: Database,
  { id, kind }: Operation,
): Promise<ToldConversion | null> {
  if (kind !== 'TO_CLOCK' && kind !== 'FROM_CLOCK') return null;
  return (await read(db, (reader) => findConversion(reader, id))) ?? null;
}

/** Its name and sheets are those of today. */
async function clockAsLeft(db: Database, change: ClockChange): Promise<Clock | null> {
  const clock = await read(db, (reader) => findClock(reader, change.clockId));
  const { timer, remaining, createTime } = change;
  return clock ? { ...clock, timer, balance: remaining, updateTime: createTime } : null;
}

async function recordOf(
  db: Database,
  decision: Decision,
  { timer }: ClockChange,
): Promise<TimeRecord | null> {
  const { lastRecordId } = timer;
  const { kind, id } = decision.operation;
  if ((kind !== 'STOP' && kind !== 'CLOSE_CLOCK') || lastRecordId === null) return null;
  const written = decision.kind === 'decided' ? (decision.clocks?.records ?? []) : [];
  const record =
    written.find(({ runId }) => runId === lastRecordId) ??
    (await read(db, (reader) => findTimeRecord(reader, lastRecordId))) ??
    null;
  // A timer that was off when its clock was closed has a last run, too.
  return kind === 'STOP' || record?.operationId === id ? record : null;
}

function walletBalanceOf(decision: Decision, walletId: bigint): bigint {
  if (decision.kind !== 'decided') return 0n;
  const entry = decision.entries.find(({ unit }) => unit === 'CREDIT');
  if (!entry) return 0n;
  return entry.debit === walletId ? entry.debitBalance : entry.creditBalance;
}
