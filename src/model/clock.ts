/** What the timer of a clock does. */
export type TimerState = 'INACTIVE' | 'ACTIVE' | 'PAUSED';

/** Why a timer stopped: its user said so, nothing was left, or its owner was frozen or unlinked (the clock itself, too). */
export type StopReason = 'USER' | 'EXHAUSTED' | 'FROZEN' | 'UNLINKED';

/**
 * The timer of a clock as a pure value. Times are Unix ms, spans whole milliseconds. While it is INACTIVE, all but
 * what tells of the last run is null or zero.
 */
export type Timer = {
  readonly state: TimerState;
  /** The operation that started the run under way: the id of the record that it will leave. */
  readonly runId: bigint | null;
  readonly startTime: number | null;
  /** Up to when running time is settled: since then it runs unsettled. Null unless ACTIVE. */
  readonly resumeTime: number | null;
  /** Since when it is paused. Null unless PAUSED. */
  readonly pauseTime: number | null;
  /** Settled running time of this run. */
  readonly spentMs: number;
  /** Time spent in pauses that are over. */
  readonly pausedMs: number;
  /** Pauses, the one under way with them. */
  readonly pauseCount: number;
  /** The sheet that the record of this run will stand on. */
  readonly timeSheetId: bigint | null;
  /** When what is left will be used up. Null unless ACTIVE. */
  readonly runsOutTime: number | null;
  /** The record of the last run that is over. */
  readonly lastRecordId: bigint | null;
  readonly lastStopReason: StopReason | null;
};

/** A clock with what its ledger account holds. Times are Unix ms. */
export type Clock = {
  /** Also the id of its ledger account. */
  readonly id: bigint;
  readonly userId: bigint;
  readonly masterId: bigint;
  readonly walletId: bigint;
  readonly reference: string;
  /** How many milliseconds one credit buys, fixed when the clock was made. */
  readonly msPerCredit: number;
  readonly activeTimeSheetId: bigint | null;
  readonly activeConversionSheetId: bigint | null;
  readonly timer: Timer;
  /** Milliseconds on its ledger account: what was left when the timer was settled last. */
  readonly balance: bigint;
  /** Counts the changes of the clock. */
  readonly revision: bigint;
  readonly createTime: number;
  readonly updateTime: number;
  /** When it was closed; null while it is open. */
  readonly unlinkTime: number | null;
};

/** What a run of a timer came to. `stopTime - startTime` is always `spentMs + pausedMs`. */
export type Run = {
  readonly runId: bigint;
  readonly startTime: number;
  readonly stopTime: number;
  readonly spentMs: number;
  readonly pausedMs: number;
  readonly pauseCount: number;
  readonly stopReason: StopReason;
  readonly timeSheetId: bigint | null;
};

/** A timer after something, the time that it used up by it, and the run that it ended. */
export type TimerStep = {
  readonly timer: Timer;
  /** Milliseconds to take off the clock. */
  readonly usedMs: bigint;
  readonly ended: Run | null;
};

/** One credit is one minute on clocks of accounts that were made before there were clocks, and by default on later ones. */
export const MIGRATED_MS_PER_CREDIT = 60_000;

/** The timer of a clock that was never started. */
export const NEW_TIMER: Timer = {
  state: 'INACTIVE',
  runId: null,
  startTime: null,
  resumeTime: null,
  pauseTime: null,
  spentMs: 0,
  pausedMs: 0,
  pauseCount: 0,
  timeSheetId: null,
  runsOutTime: null,
  lastRecordId: null,
  lastStopReason: null,
};

/** Milliseconds that are left on a clock at `now`. Time from before the last settlement counts as that. */
export function remaining({ timer, balance }: Pick<Clock, 'timer' | 'balance'>, now: number) {
  return balance - usedUpTo(timer, balance, now);
}

/**
 * Settles the running time up to `now`, but never beyond the instant at which nothing was left: then the timer stopped, however late
 * that is noticed.
 */
export function settle(timer: Timer, balance: bigint, now: number): TimerStep {
  const { state, resumeTime, runsOutTime } = timer;
  if (state !== 'ACTIVE' || resumeTime === null || runsOutTime === null) {
    return { timer, usedMs: 0n, ended: null };
  }
  const usedMs = usedUpTo(timer, balance, now);
  const spentMs = timer.spentMs + Number(usedMs);
  if (now >= runsOutTime) return end({ ...timer, spentMs }, usedMs, runsOutTime, 'EXHAUSTED');
  return {
    timer: { ...timer, spentMs, resumeTime: resumeTime + Number(usedMs) },
    usedMs,
    ended: null,
  };
}

/** Starts an INACTIVE timer on a clock with `balance`, which is above zero. */
export function start(
  timer: Timer,
  balance: bigint,
  now: number,
  run: { readonly runId: bigint; readonly timeSheetId: bigint | null },
): Timer {
  return withBalance(
    {
      ...NEW_TIMER,
      ...run,
      lastRecordId: timer.lastRecordId,
      lastStopReason: timer.lastStopReason,
      state: 'ACTIVE',
      startTime: now,
      resumeTime: now,
    },
    balance,
  );
}

/** Pauses an ACTIVE timer that is settled. */
export function pause(timer: Timer): Timer {
  return {
    ...timer,
    state: 'PAUSED',
    resumeTime: null,
    pauseTime: timer.resumeTime,
    pauseCount: timer.pauseCount + 1,
    runsOutTime: null,
  };
}

/** Resumes a PAUSED timer. */
export function resume(timer: Timer, balance: bigint, now: number): Timer {
  const { pauseTime, pausedMs } = timer;
  const resumeTime = Math.max(now, pauseTime ?? now);
  const resumed = {
    ...timer,
    state: 'ACTIVE' as const,
    pauseTime: null,
    pausedMs: pausedMs + resumeTime - (pauseTime ?? resumeTime),
    resumeTime,
  };
  return withBalance(resumed, balance);
}

/** Stops a timer that is on and settled; a paused one at `now`, one that runs at the time up to which it is settled. */
export function stop(timer: Timer, now: number, reason: StopReason): TimerStep {
  const { state, resumeTime, pauseTime } = timer;
  if (state === 'ACTIVE') return end(timer, 0n, resumeTime ?? now, reason);
  const stopTime = Math.max(now, pauseTime ?? now);
  const pausedMs = timer.pausedMs + stopTime - (pauseTime ?? stopTime);
  return end({ ...timer, pausedMs }, 0n, stopTime, reason);
}

/** The timer once its clock holds `balance`, which is above zero: a timer that runs will run out at another time. */
export function withBalance(timer: Timer, balance: bigint): Timer {
  if (timer.state !== 'ACTIVE' || timer.resumeTime === null) return timer;
  return { ...timer, runsOutTime: timer.resumeTime + Number(balance) };
}

/** What about a timer cannot be, on a clock that held `balance` at `time`; undefined when it can. For verification. */
export function timerMisfit(timer: Timer, balance: bigint, time: number): string | undefined {
  const { state, runId, startTime, resumeTime, pauseTime, runsOutTime, timeSheetId } = timer;
  const { spentMs, pausedMs, pauseCount } = timer;
  if ((timer.lastRecordId === null) !== (timer.lastStopReason === null)) {
    return 'only one of its last record and reason is set.';
  }
  if (state === 'INACTIVE') {
    const set = [runId, startTime, resumeTime, pauseTime, runsOutTime, timeSheetId];
    const counted = spentMs !== 0 || pausedMs !== 0 || pauseCount !== 0;
    return counted || set.some((value) => value !== null) ? 'it is off and counts.' : undefined;
  }
  if (runId === null || startTime === null) return 'it is on and was never started.';
  if (pausedMs > 0 && pauseCount === 0) return 'it spent time in no pause.';
  if (state === 'PAUSED') {
    if (resumeTime !== null || runsOutTime !== null) return 'it is paused and runs.';
    if (pauseTime === null || pauseTime > time) return 'it is paused since no time that was.';
    if (pauseCount === 0) return 'it is paused for the zeroth time.';
    return pauseTime - startTime === spentMs + pausedMs ? undefined : 'its times do not add up.';
  }
  if (state !== 'ACTIVE') return `it is ${state}.`;
  if (pauseTime !== null) return 'it runs and is paused.';
  if (resumeTime === null || resumeTime > time) return 'it runs since no time that was.';
  if (runsOutTime !== resumeTime + Number(balance)) return 'it runs out at another time.';
  if (balance <= 0n) return 'it runs on a clock with nothing on it.';
  return resumeTime - startTime === spentMs + pausedMs ? undefined : 'its times do not add up.';
}

function usedUpTo(timer: Timer, balance: bigint, now: number): bigint {
  if (timer.state !== 'ACTIVE' || timer.resumeTime === null) return 0n;
  const elapsed = BigInt(Math.max(0, now - timer.resumeTime));
  return elapsed < balance ? elapsed : balance;
}

function end(timer: Timer, usedMs: bigint, stopTime: number, stopReason: StopReason): TimerStep {
  const { runId, startTime, spentMs, pausedMs, pauseCount, timeSheetId } = timer;
  if (runId === null || startTime === null) throw new Error('A timer that is off cannot stop.');
  const counted = { spentMs, pausedMs, pauseCount, timeSheetId };
  return {
    timer: { ...NEW_TIMER, lastRecordId: runId, lastStopReason: stopReason },
    usedMs,
    ended: { runId, startTime, stopTime, stopReason, ...counted },
  };
}
