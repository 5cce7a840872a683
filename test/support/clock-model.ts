import type { StopReason } from '../../src/model/clock.js';

/** Something that happened to a clock, at a time in Unix ms. `HALT`: its owner was frozen. `SETTLE`: nothing, but it was looked at. */
export type ClockEvent =
  | { readonly kind: 'ADD' | 'TAKE'; readonly time: number; readonly ms: bigint }
  | { readonly kind: 'START' | 'PAUSE' | 'RESUME' | 'STOP'; readonly time: number }
  | { readonly kind: 'HALT' | 'SETTLE'; readonly time: number };

/** A run of the timer that is over. */
export type ModelRun = {
  readonly startTime: number;
  stopTime: number;
  spentMs: number;
  pausedMs: number;
  pauseCount: number;
  stopReason: StopReason | null;
};

/** A clock as its history makes it. */
export type ModelClock = {
  state: 'INACTIVE' | 'ACTIVE' | 'PAUSED';
  left: bigint;
  sold: bigint;
  back: bigint;
  used: bigint;
  time: number;
  runs: ModelRun[];
};

/**
 * What the history of a clock comes to at a time: told again from its first event, millisecond by span. It shares nothing with the program:
 * no settlement, no stored end, no account.
 */
export function replayClock(events: readonly ClockEvent[], until: number): ModelClock {
  const clock: ModelClock = {
    state: 'INACTIVE',
    left: 0n,
    sold: 0n,
    back: 0n,
    used: 0n,
    time: 0,
    runs: [],
  };
  for (const event of events) {
    pass(clock, event.time);
    happen(clock, event);
  }
  pass(clock, until);
  return clock;
}

function pass(clock: ModelClock, to: number): void {
  const span = to - clock.time;
  if (span <= 0) return;
  const run = clock.runs.at(-1);
  if (clock.state === 'PAUSED' && run) run.pausedMs += span;
  if (clock.state === 'ACTIVE' && run) {
    const ran = BigInt(span) < clock.left ? BigInt(span) : clock.left;
    clock.left -= ran;
    clock.used += ran;
    run.spentMs += Number(ran);
    if (clock.left === 0n) end(clock, clock.time + Number(ran), 'EXHAUSTED');
  }
  clock.time = to;
}

function happen(clock: ModelClock, event: ClockEvent): void {
  const run = clock.runs.at(-1);
  switch (event.kind) {
    case 'ADD':
      clock.left += event.ms;
      clock.sold += event.ms;
      return;
    case 'TAKE':
      clock.left -= event.ms;
      clock.back += event.ms;
      if (clock.left === 0n && clock.state === 'ACTIVE') end(clock, clock.time, 'EXHAUSTED');
      return;
    case 'START':
      clock.state = 'ACTIVE';
      clock.runs.push({
        startTime: clock.time,
        stopTime: 0,
        spentMs: 0,
        pausedMs: 0,
        pauseCount: 0,
        stopReason: null,
      });
      return;
    case 'PAUSE':
      clock.state = 'PAUSED';
      if (run) run.pauseCount += 1;
      return;
    case 'RESUME':
      clock.state = 'ACTIVE';
      return;
    case 'STOP':
      if (clock.state !== 'INACTIVE') end(clock, clock.time, 'USER');
      return;
    case 'SETTLE':
      return;
    case 'HALT':
      if (clock.state !== 'INACTIVE') end(clock, clock.time, 'FROZEN');
      return;
  }
}

function end(clock: ModelClock, time: number, reason: StopReason): void {
  const run = clock.runs.at(-1);
  clock.state = 'INACTIVE';
  if (!run) return;
  run.stopTime = time;
  run.stopReason = reason;
}

/** A command to the timer, or what is asked of the clock. */
export type Command = 'START' | 'PAUSE' | 'RESUME' | 'STOP';

/** The refusal that a command calls for in this state; undefined when it is carried out. */
export function refusalOf(command: Command, clock: ModelClock): string | undefined {
  const { state, left, runs } = clock;
  if (command === 'STOP') {
    if (state !== 'INACTIVE') return undefined;
    return runs.at(-1)?.stopReason === 'EXHAUSTED' ? undefined : 'TIMER_OFF';
  }
  if (state === 'INACTIVE' && command !== 'START') return 'TIMER_OFF';
  if (state === 'PAUSED' && command !== 'RESUME') return 'TIMER_PAUSED';
  if (state === 'ACTIVE' && command !== 'PAUSE') return 'TIMER_RUNNING';
  return command !== 'PAUSE' && left === 0n ? 'NO_TIME' : undefined;
}
