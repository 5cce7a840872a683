import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { startServer } from '../../stand/test-servers.js';
import { openShop } from './support/shop.js';

type Event = {
  snapshot?: object;
  clock?: { timerState: string; remaining: string };
  change?: { upserted?: { workerId: string } };
};

function readLines(child: ChildProcess) {
  if (!child.stdout) throw new Error('The program has no output.');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const closed = once(child, 'close');
  return {
    /** Exit code and signal, when the program has ended. */
    closed,
    async next(): Promise<string> {
      const { value, done } = await lines.next();
      if (done) throw new Error('The program wrote no further line.');
      return value;
    },
    /** The next event that passes. */
    async find(wanted: (event: Event) => boolean): Promise<Event> {
      for (;;) {
        const event = JSON.parse(await this.next()) as Event;
        if (wanted(event)) return event;
      }
    },
  };
}

test('a clock that is watched tells its changes, goes on over a restart of the server, and ends with the timer', async () => {
  const server = await startServer();
  const { alice } = await openShop(server);
  await alice.must(['clock', 'fill', '2']);
  const child = alice.start(['clock', 'watch', '--json', '--until-off']);
  const events = readLines(child);
  const first = await events.find(({ snapshot }) => snapshot !== undefined);
  expect(first.clock).toMatchObject({ timerState: 'TIMER_STATE_INACTIVE', remaining: '120s' });
  // It ends when the timer is off, and that it is.
  expect(await events.closed).toEqual([0, null]);

  await alice.must(['clock', 'start']);
  const running = alice.start(['clock', 'watch', '--json', '--until-off']);
  const changes = readLines(running);
  await changes.find(({ clock }) => clock?.timerState === 'TIMER_STATE_ACTIVE');
  await server.restart();
  await alice.must(['clock', 'pause']);
  await changes.find(({ clock }) => clock?.timerState === 'TIMER_STATE_PAUSED');
  await alice.must(['clock', 'stop']);
  expect(await changes.closed).toEqual([0, null]);
});

test('workers that are watched are told line by line, until Ctrl-C', async () => {
  const server = await startServer();
  const { owner } = await openShop(server);
  const plain = owner.start(['workers', 'watch']);
  const lines = readLines(plain);
  expect(await lines.next()).toBe(
    'event\tworker_id\tinstance_number\tstate\tsession_count\tsession_limit\tstate_time',
  );
  expect(await lines.next()).toMatch(/^snapshot\twrk_\S+\t\d+\tavailable\t3\t1000\t/);
  const child = owner.start(['workers', 'watch', '--json', '--states', 'vacant']);
  const events = readLines(child);
  await events.next();
  type Created = { worker: { workerId: string } };
  const { worker } = await owner.json<Created>(['workers', 'create']);
  const told = await events.find(({ change }) => change?.upserted !== undefined);
  expect(told.change?.upserted?.workerId).toBe(worker.workerId);
  expect(await lines.next()).toMatch(
    new RegExp(`^changed\\t${worker.workerId}\\t\\d+\\tvacant\\t0\\t`),
  );
  for (const watching of [plain, child]) {
    watching.kill('SIGINT');
    expect(await once(watching, 'close')).toEqual([130, null]);
  }
});
