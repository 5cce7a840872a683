import { expect, test } from 'vitest';
import { createClockWarnings } from '../../src/domain/clocks/clock-warnings.js';
import { NEW_TIMER, pause, resume, settle, start, type Timer } from '../../src/model/clock.js';

const MINUTE = 60_000;
const run = { runId: 1n, timeSheetId: null };
const running = (balance: bigint, now: number) => ({
  balance,
  timer: start(NEW_TIMER, balance, now, run),
});

/** What is told at each of these moments. */
function toldAt(clock: { timer: Timer; balance: bigint }, thresholds: number[], times: number[]) {
  const warnings = createClockWarnings(thresholds);
  return times.map((time) => warnings.look(clock, time));
}

test('each threshold is told once, when what remains comes down to it', () => {
  const clock = running(10n * BigInt(MINUTE), 0);
  const thresholds = [MINUTE, 5 * MINUTE];
  const times = [0, 4.9 * MINUTE, 5 * MINUTE, 6 * MINUTE, 9 * MINUTE, 9.5 * MINUTE, 10 * MINUTE];
  expect(toldAt(clock, thresholds, times)).toEqual([
    undefined,
    undefined,
    5 * MINUTE,
    undefined,
    MINUTE,
    undefined,
    undefined,
  ]);
});

test('of several that are passed at once the lowest is told, and none at the end', () => {
  const clock = running(BigInt(MINUTE), 0);
  expect(toldAt(clock, [MINUTE, 2 * MINUTE, 1], [0, 1])).toEqual([MINUTE, undefined]);
  expect(toldAt(clock, [MINUTE], [MINUTE])).toEqual([undefined]);
});

test('a clock that does not run is not warned of; once it runs it is', () => {
  const balance = 1_000n;
  const warnings = createClockWarnings([MINUTE]);
  const idle = { timer: NEW_TIMER, balance };
  expect([warnings.look(idle, 0), warnings.nextTime(idle, 0)]).toEqual([undefined, null]);
  const clock = running(balance, 0);
  expect(warnings.look(clock, 0)).toBe(MINUTE);
  const { timer, usedMs } = settle(clock.timer, balance, 400);
  const paused = { timer: pause(timer), balance: balance - usedMs };
  const resumed = { ...paused, timer: resume(paused.timer, paused.balance, 5_000) };
  expect([warnings.look(paused, 4_000), warnings.look(resumed, 5_000)]).toEqual([
    undefined,
    undefined,
  ]);
});

test('it is told again after there was more', () => {
  const warnings = createClockWarnings([MINUTE]);
  expect(warnings.look(running(30_000n, 0), 0)).toBe(MINUTE);
  const more = running(90_000n, 0);
  expect(warnings.look(more, 0)).toBeUndefined();
  expect(warnings.nextTime(more, 0)).toBe(30_000);
  expect(warnings.look(more, 30_000)).toBe(MINUTE);
  expect(warnings.nextTime(more, 30_000)).toBeNull();
});

test('the next time is that of the highest threshold that is left', () => {
  const warnings = createClockWarnings([MINUTE, 5 * MINUTE]);
  const clock = running(10n * BigInt(MINUTE), 0);
  warnings.look(clock, 0);
  expect(warnings.nextTime(clock, 0)).toBe(5 * MINUTE);
  warnings.look(clock, 5 * MINUTE);
  expect(warnings.nextTime(clock, 5 * MINUTE)).toBe(9 * MINUTE);
  expect(createClockWarnings([]).nextTime(clock, 0)).toBeNull();
});
