import { describe, expect, test } from 'vitest';
import { createLogger } from '../../src/lib/logger.js';

function createRecorder() {
  const lines: string[] = [];
  const logger = createLogger({
    level: 'info',
    sensitive: ['payeeEmail'],
    destination: { write: (line) => void lines.push(line) },
  });
  return { logger, lines, last: () => JSON.parse(lines.at(-1) ?? '') };
}

test('an event is one JSON line with a level by name and a readable time', () => {
  const { logger, lines, last } = createRecorder();
  logger.info({ method: 'A/B', ms: 1.5 }, 'call');
  expect(lines).toHaveLength(1);
  expect(last()).toMatchObject({ level: 'info', method: 'A/B', ms: 1.5, msg: 'call' });
  expect(last().time).toMatch(/^\d{4}-\d\d-\d\dT/);
});

test.each(['password', 'authorization', 'payeeEmail', 'payee_email', 'session_token'])(
  'the value of %s is masked wherever it lies',
  (name) => {
    const { logger, lines } = createRecorder();
    logger.info({ [name]: 'hunter2', a: { [name]: 'hunter2', b: { [name]: { c: 'hunter2' } } } });
    logger.info({ list: [{ [name]: 'hunter2' }], a: { b: { c: { [name]: 'hunter2' } } } });
    expect(lines.join()).not.toContain('hunter2');
  },
);

describe('an error', () => {
  test('of our own is told in full, with its causes', () => {
    const { logger, last } = createRecorder();
    const error = new Error('Outer.', { cause: new TypeError('Inner.') });
    logger.error({ error }, 'fault');
    expect(last().error).toMatchObject({
      type: 'Error',
      message: 'Outer.',
      cause: { type: 'TypeError', message: 'Inner.' },
    });
    expect(last().error.cause.stack).toContain('logger.test');
  });

  test('of a driver is told by its code: its text may hold values', () => {
    const { logger, lines, last } = createRecorder();
    const driver = Object.assign(new Error("Duplicate entry 'a@b.c' for key"), { errno: 1062 });
    logger.error({ error: new Error('A row exists.', { cause: driver }) }, 'fault');
    expect(last().error.cause).toMatchObject({ code: 1062, message: '[withheld]' });
    expect(lines.join()).not.toContain('a@b.c');
  });

  test('that is no Error, or its own cause, is survived', () => {
    const { logger, last } = createRecorder();
    logger.error({ error: 'hunter2' }, 'fault');
    expect(last().error).toEqual({ type: 'string', message: 'not an Error' });
    const loop = new Error('Loop.');
    loop.cause = loop;
    logger.error({ error: loop }, 'fault');
    expect(last().error.message).toBe('Loop.');
  });
});
