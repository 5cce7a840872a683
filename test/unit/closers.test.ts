import { expect, test } from 'vitest';
import { createClosers, startWithClosers } from '../../src/lib/closers.js';

test('closes in reverse order, one after the other, and once', async () => {
  const closed: string[] = [];
  const closers = createClosers();
  closers.push('first', () => void closed.push('first'));
  closers.push('second', async () => {
    await Promise.resolve();
    closed.push('second');
  });
  await Promise.all([closers.close(), closers.close()]);
  await closers.close();
  expect(closed).toEqual(['second', 'first']);
});

test('a closer that fails does not stop the others; the first failure is reported', async () => {
  const closed: string[] = [];
  const closers = createClosers();
  closers.push('first', () => void closed.push('first'));
  for (const name of ['second', 'third']) {
    closers.push(name, () => Promise.reject(new Error(`${name} is stuck`)));
  }
  await expect(closers.close()).rejects.toMatchObject({
    message: 'Closing third failed.',
    cause: new Error('third is stuck'),
  });
  expect(closed).toEqual(['first']);
});

test('nothing can be opened once closing has begun', async () => {
  const closers = createClosers();
  await closers.close();
  expect(() => closers.push('late', () => {})).toThrow('late was opened');
});

test('a failed start closes what it had opened and throws its own error', async () => {
  const closed: string[] = [];
  const starting = startWithClosers(async (closers) => {
    closers.push('database', () => void closed.push('database'));
    closers.push('listener', () => Promise.reject(new Error('stuck')));
    throw new Error('port in use');
  });
  await expect(starting).rejects.toThrow('port in use');
  expect(closed).toEqual(['database']);
});

test('a start that succeeds leaves everything open and hands over the closing', async () => {
  const closed: string[] = [];
  const started = await startWithClosers(async (closers) => {
    closers.push('database', () => void closed.push('database'));
    return 7;
  });
  expect([started.value, closed]).toEqual([7, []]);
  await started.close();
  expect(closed).toEqual(['database']);
});
