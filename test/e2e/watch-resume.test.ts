import { describe, expect, test } from 'vitest';
import { as } from '../support/clients.js';
import { startServerProcess } from '../support/server-process.js';
import type { ServingProcess } from '../support/server-program.js';
import { testEngine } from '../support/test-database.js';
import { type WorkerWatcher, watchWorkers } from '../support/worker-watcher.js';

const env = { EWALLET_SESSION_LIMIT: '3', EWALLET_ANONYMOUS_PERCENT: '100' };

/** Opens sessions one after the other. */
async function open({ clients }: ServingProcess, count: number): Promise<void> {
  for (let made = 0; made < count; made += 1) {
    const { clientId } = await clients.sessions.requestClientId({});
    await clients.sessions.requestSessionToken({}, as({ clientId }));
  }
}

async function start(server: ServingProcess): Promise<WorkerWatcher> {
  const watcher = watchWorkers(server.clients);
  await watcher.until(watcher.complete);
  return watcher;
}

function resume(server: ServingProcess, earlier: WorkerWatcher): WorkerWatcher {
  return watchWorkers(server.clients, { resumePosition: earlier.position() }, earlier.cache);
}

const sessionsOn = ({ cache }: WorkerWatcher) =>
  [...cache.values()].reduce((sum, { sessionCount }) => sum + sessionCount, 0);

/** The cache of a watcher that resumed against one that began anew. */
async function expectSame(server: ServingProcess, watcher: WorkerWatcher): Promise<void> {
  const anew = await start(server);
  expect([...watcher.cache].sort()).toEqual([...anew.cache].sort());
  anew.cancel();
}

test('a watch goes on after its server was stopped and another one started', async () => {
  const first = await startServerProcess({ env });
  await open(first, 4);
  const before = await start(first);
  expect(sessionsOn(before)).toBe(4);
  await first.stop();
  expect(await before.ended).toMatchObject({ code: 'UNAVAILABLE', reason: 'SERVER_DRAINING' });
  expect(before.story().at(-1)).toBe('draining');

  const second = await startServerProcess({ env, databaseUrl: first.databaseUrl });
  const after = resume(second, before);
  await open(second, 2);
  await after.until(() => sessionsOn(after) === 6);
  expect(after.story()).not.toContain('reset');
  expect(after.story().join()).not.toContain('snapshot');
  await expectSame(second, after);
  after.cancel();
  await second.stop();
});

describe.runIf(testEngine() === 'mysql')('two servers on one database', () => {
  test('a watch sees what the other does, and goes on there from where it was', async () => {
    const first = await startServerProcess({ env });
    const second = await startServerProcess({ env, databaseUrl: first.databaseUrl });
    const watcher = await start(first);
    await open(second, 4);
    await watcher.until(() => sessionsOn(watcher) === 4);
    expect(watcher.story().slice(-2).join()).toMatch(/3\/3 OCCUPIED.* 1\/3 AVAILABLE/);
    watcher.cancel();

    await open(first, 2);
    // The other server has read nothing of the log so far, or less than the first had.
    const moved = resume(second, watcher);
    await open(first, 1);
    await moved.until(() => sessionsOn(moved) === 7);
    expect(moved.story()).not.toContain('reset');
    expect(moved.story().join()).not.toContain('snapshot');
    await expectSame(first, moved);
    moved.cancel();

    const back = resume(first, moved);
    await open(second, 1);
    await back.until(() => sessionsOn(back) === 8);
    expect(back.story()).toHaveLength(1);
    await expectSame(second, back);
    back.cancel();
    await Promise.all([first.stop(), second.stop()]);
  });
});
