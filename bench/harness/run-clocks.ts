import { randomInt, randomUUID } from 'node:crypto';
import { createChannel, createClient } from 'nice-grpc';
import { type Clock, ClockServiceDefinition } from '../../generated/ewallet/v1/clock_service.js';
import type { EwalletServer } from './ewallet-server.js';
import { inParallel } from './in-parallel.js';
import { type BenchUser, toMetadata } from './population.js';

/** Settings of servers whose clocks run out at a chosen millisecond: one credit buys one. */
export const MILLISECOND_CLOCKS = {
  EWALLET_CLOCK_MS_PER_CREDIT: '1',
  EWALLET_CLOCKS_PER_ACCOUNT: '200',
};

const PARALLEL = 64;
/** What a timer is started with, until it is topped up. */
const START_MS = 5_000;
/** All run out within this. */
const WITHIN_MS = 1_000;

/**
 * Starts `count` timers of these users that run out within one second, which begins at `dueTime` (Unix ms).
 *
 * @throws Error when that time came before all were started.
 */
export async function runClocks(
  server: EwalletServer,
  users: readonly BenchUser[],
  count: number,
  dueTime: number,
): Promise<void> {
  const channel = createChannel(server.publicAddress);
  const clocks = createClient(ClockServiceDefinition, channel);

  async function run(index: number): Promise<void> {
    const user = users[index % users.length] as BenchUser;
    const options = { metadata: toMetadata(user.byBackend) };
    // Each user has one already.
    const made = index < users.length ? undefined : (await clocks.createClock({}, options)).clock;
    const clockId = made?.clockId ?? '';
    const fill = (ms: number) =>
      clocks.convertCreditsToClock(
        { requestId: randomUUID(), clockId, credits: BigInt(ms) },
        options,
      );
    await fill(START_MS);
    const { clock } = await clocks.startTimer({ requestId: randomUUID(), clockId }, options);
    const missing = dueTime + randomInt(WITHIN_MS) - endOf(clock);
    if (missing <= 0) throw new Error('The timers took longer to start than was planned.');
    await fill(missing);
  }

  try {
    await inParallel([...Array(count).keys()], PARALLEL, run);
  } finally {
    channel.close();
  }
}

function endOf(clock: Clock | undefined): number {
  const { seconds = 0n, nanos = 0 } = clock?.runsOutTime ?? {};
  return Number(seconds) * 1_000 + nanos / 1_000_000;
}
