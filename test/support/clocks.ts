import { randomUUID } from 'node:crypto';
import type { Clock } from '../../generated/ewallet/v1/clock_service.js';
import { parseId } from '../../src/model/public-id.js';
import { fromDuration } from '../../src/transport/convert.js';
import { as, type CallerCredentials } from './clients.js';
import type { TestServer } from './start-server.js';

/** A minute, what one credit buys. */
export const MINUTE = 60_000;

/** Time left on a clock as it was told, in milliseconds. */
export function leftOn(clock: Pick<Clock, 'remaining'> | undefined): number {
  return clock?.remaining ? Number(fromDuration(clock.remaining)) : Number.NaN;
}

/** A request with an id of its own. */
export const asked = () => ({ requestId: randomUUID() });

/** Calls on the active clock of a caller, each with a request id of its own unless one is given. */
export function clockCalls({ clients }: TestServer, caller: CallerCredentials) {
  const { clocks } = clients;
  const options = as(caller);
  return {
    get: async () => (await clocks.getClock({}, options)).clock,
    fill: (credits: bigint, request = asked()) =>
      clocks.convertCreditsToClock({ ...request, credits }, options),
    drain: (request = asked()) => clocks.convertClockToCredits(request, options),
    start: (request = asked()) => clocks.startTimer(request, options),
    pause: (request = asked()) => clocks.pauseTimer(request, options),
    resume: (request = asked()) => clocks.resumeTimer(request, options),
    stop: (request = asked()) => clocks.stopTimer(request, options),
  };
}

/** What the ledger account of a clock holds: less than is left only by what is not settled. */
export async function settledOn({ db }: TestServer, clock: Clock | undefined): Promise<bigint> {
  const id = parseId('clock', clock?.clockId ?? '') ?? 0n;
  const row = await db.knex('ledger_accounts').where('id', String(id)).first('balance');
  return row.balance;
}
