import { expect, test } from 'vitest';
import { createTime } from '../../src/lib/time.js';
import { createFakeTime } from '../support/fake-time.js';

/** A machine and a database whose clocks are set by hand; sampling takes `roundTripMs`. */
function createMachine() {
  const machine = {
    steady: 1_000_000,
    wallAhead: 0,
    databaseAhead: 0,
    roundTripMs: 0,
    down: false,
  };
  const time = createTime({
    async sampleDatabaseTime() {
      if (machine.down) throw new Error('no database');
      machine.steady += machine.roundTripMs / 2;
      const now = machine.steady + machine.databaseAhead;
      machine.steady += machine.roundTripMs / 2;
      return now;
    },
    source: { steady: () => machine.steady, wall: () => machine.steady + machine.wallAhead },
  });
  async function sample(): Promise<void> {
    await time.start();
    time.stop();
  }
  return { machine, time, sample };
}

test('follows the database, in whole milliseconds', async () => {
  const { machine, time, sample } = createMachine();
  machine.databaseAhead = 7_200_000;
  await sample();
  machine.steady += 10.7;
  expect(time.now()).toBe(1_000_000 + 7_200_000 + 10);
});

test('is unhealthy before the first sample and while the drift is above its limit', async () => {
  const { machine, time, sample } = createMachine();
  expect(time.healthy()).toBe(false);
  machine.wallAhead = 500;
  await sample();
  expect([time.driftMs(), time.healthy()]).toEqual([500, true]);
  machine.wallAhead = -501;
  await sample();
  expect([time.driftMs(), time.healthy()]).toEqual([-501, false]);
});

test('a slow sample proves no drift and moves nothing', async () => {
  const { machine, time, sample } = createMachine();
  await sample();
  machine.roundTripMs = 4_000;
  machine.databaseAhead = 1_500;
  await sample();
  expect([time.driftMs(), time.healthy()]).toEqual([0, true]);
  expect(time.now()).toBe(machine.steady);
});

test('waits out a small backward correction and follows a large one', async () => {
  const { machine, time, sample } = createMachine();
  await sample();
  const before = time.now();
  machine.databaseAhead = -400;
  await sample();
  expect(time.now()).toBe(before);
  machine.steady += 401;
  expect(time.now()).toBe(before + 1);
  machine.databaseAhead = -3_600_000;
  await sample();
  expect(time.now()).toBe(machine.steady - 3_600_000);
});

test('does not start without a first sample', async () => {
  const { machine, time, sample } = createMachine();
  machine.down = true;
  await expect(sample()).rejects.toThrow('no database');
  expect(time.healthy()).toBe(false);
});

test('the fake time stands still until it is told to move', () => {
  const time = createFakeTime(1_000);
  time.advance(60_000);
  expect([time.now(), time.now()]).toEqual([61_000, 61_000]);
});
