import type { Run, Timer } from './clock.js';

/** A clock as the evaluation needs it: read and written only under the lock of its ledger account. */
export type ClockTimer = {
  /** Also the id of its ledger account. */
  readonly id: bigint;
  readonly userId: bigint;
  readonly walletId: bigint;
  readonly msPerCredit: number;
  readonly timer: Timer;
  /** When the clock was last changed, Unix ms. */
  readonly updateTime: number;
};

/** What a conversion is asked for. The clock is the account that the operation is asked for. */
export type ConversionDraft = {
  readonly walletId: bigint;
  /** The sheet that the record goes to. */
  readonly sheetId: bigint | null;
  /** Milliseconds to convert back at most; null for all that is left. Not looked at when credits become time. */
  readonly timeMs: bigint | null;
  /** Take one unit and give the other. */
  readonly creditAccountId: bigint;
  readonly timeAccountId: bigint;
};

/** What a draft says of clocks. Every draft that touches one has it, because a timer may have to be settled. */
export type Clockwork = {
  /** Takes the time that timers have used up. */
  readonly usage: bigint;
  /** Timers that the draft stops were stopped then, Unix ms, if that is earlier. */
  readonly stopTime?: number | undefined;
  /** For a START: the sheet that the record of the run will stand on. */
  readonly timeSheetId?: bigint | null;
  readonly conversion?: ConversionDraft;
  /** For a RUN_OUT: the clock as it was found, with the time at which nothing is left, which has come. */
  readonly due?: { readonly version: bigint; readonly runsOutTime: number };
};

/** A clock as an operation left it. */
export type ClockChange = {
  readonly operationId: bigint;
  readonly clockId: bigint;
  /** The version of its ledger account after the operation. */
  readonly clockVersion: bigint;
  /** What was left then, in milliseconds. */
  readonly remaining: bigint;
  readonly timer: Timer;
  readonly createTime: number;
};

/** The record of a run of a timer that is over. Its id is that of the operation that started the run. */
export type TimeRecord = Run & {
  /** The operation that stopped it. */
  readonly operationId: bigint;
  readonly clockId: bigint;
  readonly userId: bigint;
  /** The version that its ledger account took when the timer stopped. */
  readonly clockVersion: bigint;
  readonly createTime: number;
};

/** The record of a conversion. */
export type ConversionRecord = {
  readonly operationId: bigint;
  readonly kind: 'TO_CLOCK' | 'FROM_CLOCK';
  readonly userId: bigint;
  readonly walletId: bigint;
  readonly clockId: bigint;
  readonly sheetId: bigint | null;
  readonly credits: bigint;
  readonly timeMs: bigint;
  readonly msPerCredit: number;
  /** The version that the clock's ledger account took. */
  readonly clockVersion: bigint;
  readonly createTime: number;
};

/** What an operation wrote of clocks. */
export type ClockWrites = {
  readonly changes: readonly ClockChange[];
  readonly records: readonly TimeRecord[];
  readonly conversion: ConversionRecord | null;
};
