import { afterEach, describe, expect, test } from 'vitest';
import { createPace, type Pace, type PaceOptions } from '../../src/lib/pace.js';
import { createTicker } from '../../src/lib/ticker.js';
import { createFakeTime } from '../support/fake-time.js';

const time = createFakeTime();
const ticker = createTicker({ time, intervalMs: 1 });
const paces: Pace[] = [];

afterEach(() => {
  for (const pace of paces.splice(0)) pace.close();
  expect(ticker.size()).toBe(0);
});

function start(options: Partial<PaceOptions> = {}): Pace {
  const pace = createPace({
    ticker,
    time,
    beatMs: 10_000,
    lifeMs: 60_000,
    stuckMs: 20_000,
    signal: new AbortController().signal,
    stopping: new AbortController().signal,
    onStuck: () => {},
    ...options,
  });
  paces.push(pace);
  return pace;
}

async function take(pace: Pace, count: number): Promise<string[]> {
  const turns: string[] = [];
  while (turns.length < count) turns.push(await pace.next());
  return turns;
}

describe('a quiet stream', () => {
  test('is checked and beats every interval, and ends when it has lived long enough', async () => {
    const pace = start();
    for (let round = 0; round < 5; round += 1) {
      expect(pace.due()).toBeUndefined();
      const turns = take(pace, 2);
      time.advance(10_000);
      expect((await turns).sort()).toEqual(['beat', 'check']);
    }
    time.advance(10_000);
    expect(await pace.next()).toBe('end');
    expect(await pace.next()).toBe('end');
  });

  test('wakes once for any number of reasons', async () => {
    const pace = start();
    pace.wake();
    pace.wake();
    expect(await pace.next()).toBe('wake');
    const next = pace.next();
    time.advance(10_000);
    expect(await next).toBe('check');
  });
});

describe('a stream', () => {
  test('that sends is checked but does not beat', async () => {
    const pace = start();
    async function* events() {
      yield 1;
      yield 2;
    }
    time.advance(9_000);
    for await (const _ of pace.paced(events())) time.advance(500);
    time.advance(9_999);
    expect(await pace.next()).toBe('check');
    expect(pace.due()).toBeUndefined();
  });

  test('whose reader takes too long is told of from outside', async () => {
    let stuck = () => {};
    const told = new Promise<void>((resolve) => {
      stuck = resolve;
    });
    const pace = start({ onStuck: stuck });
    async function* events() {
      yield 1;
    }
    const paced = pace.paced(events());
    await paced.next();
    time.advance(20_000);
    await told;
    await paced.return();
  });

  test('ends at once when the server stops, also before it begins', async () => {
    const stopping = new AbortController();
    const pace = start({ stopping: stopping.signal });
    const next = pace.next();
    stopping.abort();
    expect(await next).toBe('stop');
    expect(start({ stopping: stopping.signal }).due()).toBe('stop');
  });

  test('that is over does not wait', async () => {
    const over = new AbortController();
    const pace = start({ signal: over.signal });
    const next = pace.next();
    over.abort();
    await expect(next).rejects.toMatchObject({ name: 'AbortError' });
    await expect(pace.next()).rejects.toMatchObject({ name: 'AbortError' });
  });
});
