import { describe, expect, test } from 'vitest';
import { networkOf } from '../../src/domain/throttle/network.js';
import {
  choosePlace,
  newWorker,
  type Worker,
  withSessions,
  workerState,
} from '../../src/model/worker.js';

const limits = { workerLimit: 3, sessionLimit: 4 };

function makeWorker(id: number, sessionCount: number): Worker {
  const input = { id: BigInt(id), instanceNumber: 1n, sessionLimit: 4, now: 0 };
  return withSessions(newWorker(input), sessionCount, 0);
}

function placeAmong(...counts: number[]): string {
  const place = choosePlace(
    counts.map((count, index) => makeWorker(index + 1, count)),
    limits,
  );
  return place.kind === 'worker' ? `worker ${place.worker.id}` : place.kind;
}

describe('the state of a worker', () => {
  test.each([
    [0, 'VACANT'],
    [1, 'AVAILABLE'],
    [3, 'AVAILABLE'],
    [4, 'OCCUPIED'],
    [5, 'OCCUPIED'],
  ])('with %i of 4 sessions is %s', (count, state) => {
    expect(workerState(count, 4)).toBe(state);
  });

  test('changes its time only when it changes', () => {
    const first = withSessions(makeWorker(1, 0), 1, 10);
    expect(first).toMatchObject({ state: 'AVAILABLE', updateTime: 10, stateTime: 10 });
    const second = withSessions(first, 1, 20);
    expect(second).toMatchObject({ state: 'AVAILABLE', updateTime: 20, stateTime: 10 });
    const full = withSessions(second, 2, 30);
    expect(full).toMatchObject({ state: 'OCCUPIED', updateTime: 30, stateTime: 30 });
    const empty = withSessions(full, -4, 40);
    expect(empty).toMatchObject({ state: 'VACANT', sessionCount: 0, stateTime: 40, createTime: 0 });
  });
});

describe('the place of a new session', () => {
  test('is the fullest worker that has room', () => {
    expect(placeAmong(1, 3, 4)).toBe('worker 2');
  });

  test('is an available worker before a vacant one', () => {
    expect(placeAmong(0, 1, 0)).toBe('worker 2');
  });

  test('is the oldest of equally full ones', () => {
    expect(placeAmong(2, 2)).toBe('worker 1');
    expect(placeAmong(4, 0, 0)).toBe('worker 2');
  });

  test('is a new worker when all are occupied', () => {
    expect(placeAmong()).toBe('new');
    expect(placeAmong(4, 4)).toBe('new');
  });

  test('is none when there are as many workers as there may be', () => {
    expect(placeAmong(4, 4, 4)).toBe('full');
  });

  test('is none on an instance that adopted more than it takes, until it has fewer again', () => {
    expect(placeAmong(4, 4, 4, 1)).toBe('full');
    expect(placeAmong(4, 4, 3, 1)).toBe('full');
    expect(placeAmong(4, 4, 2, 1)).toBe('worker 3');
  });
});

describe('the network of a source', () => {
  test.each([
    ['10.1.2.3', '10.1.2.3'],
    ['unknown', 'unknown'],
    ['[2001:db8:1:2:3:4:5:6]', '2001:db8:1:2::/64'],
    ['2001:0DB8:1:2::9', '2001:db8:1:2::/64'],
    ['[::1]', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['2001:db8::7', '2001:db8:0:0::/64'],
  ])('%s is %s', (source, network) => {
    expect(networkOf(source)).toBe(network);
  });
});
