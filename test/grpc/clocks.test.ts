import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { TimerState } from '../../generated/ewallet/v1/clock_service.js';
import { ConversionKind } from '../../generated/ewallet/v1/conversion_sheet_service.js';
import { OperationKind } from '../../generated/ewallet/v1/operation.js';
import { StopReason } from '../../generated/ewallet/v1/time_sheet_service.js';
import { fromDuration, fromTimestamp } from '../../src/transport/convert.js';
import { REPLAYED_TRAILER } from '../../src/transport/replayed.js';
import { errorOf } from '../support/call-error.js';
import { as } from '../support/clients.js';
import { asked, clockCalls, leftOn, MINUTE, settledOn } from '../support/clocks.js';
import { balanceOf, makeShop, type Shop } from '../support/money.js';
import { startServer, type TestServer } from '../support/start-server.js';
import { expectLedgerVerified } from '../support/tenancy.js';

let server: TestServer;
let shop: Shop;

beforeAll(async () => {
  server = await startServer({ env: { EWALLET_DEFAULT_SUBORDINATE_LIMIT: '100' } });
  shop = await makeShop(server);
});

/** A clock with ten minutes on it, and its owner. */
async function tenMinutes() {
  const { payer, master } = await makeShop(server);
  // A backend's key outlives hours of fake time.
  const caller = { backendKey: master.backendKey, onBehalfOf: payer.accountId };
  const calls = clockCalls(server, caller);
  await calls.fill(10n);
  return { ...calls, caller };
}

const msOf = (duration: Parameters<typeof fromDuration>[0] | undefined) =>
  duration ? Number(fromDuration(duration)) : Number.NaN;
const timeOf = (timestamp: Parameters<typeof fromTimestamp>[0] | undefined) =>
  timestamp ? fromTimestamp(timestamp) : Number.NaN;

describe('OK', () => {
  test('an account has a clock with nothing on it', async () => {
    const clock = await clockCalls(server, shop.payee.session).get();
    expect(clock).toMatchObject({
      walletId: shop.payee.walletId,
      reference: 'Credit Clock',
      timerState: TimerState.TIMER_STATE_INACTIVE,
      remaining: { seconds: 0n, nanos: 0 },
      timePerCredit: { seconds: 60n, nanos: 0 },
      run: undefined,
      runsOutTime: undefined,
    });
    expect(clock?.activeTimeSheetId).toMatch(/^tms_/);
    expect(clock?.activeConversionSheetId).toMatch(/^cvs_/);
  });

  test('credits become time, and whole credits of it come back', async () => {
    const { payer } = await makeShop(server);
    const calls = clockCalls(server, payer.session);
    const filled = await calls.fill(10n);
    expect(filled).toMatchObject({
      operation: { kind: OperationKind.OPERATION_KIND_TO_CLOCK, credits: 10n },
      conversionRecord: { kind: ConversionKind.CONVERSION_KIND_TO_CLOCK, credits: 10n },
      balanceCredits: 990n,
    });
    expect(leftOn(filled.clock)).toBe(10 * MINUTE);
    await calls.start();
    server.time.advance(90_500);
    await calls.stop();
    const drained = await calls.drain();
    expect(drained).toMatchObject({ conversionRecord: { credits: 8n }, balanceCredits: 998n });
    expect(leftOn(drained.clock)).toBe(29_500);
    expect(await balanceOf(server, payer)).toBe(998n);
    const some = await calls.fill(5n);
    const back = await server.clients.clocks.convertClockToCredits(
      { ...asked(), time: { seconds: 61n, nanos: 0 }, notes: 'Change' },
      as(payer.session),
    );
    expect(back.conversionRecord).toMatchObject({ credits: 1n, notes: 'Change' });
    expect(leftOn(back.clock)).toBe(leftOn(some.clock) - MINUTE);
  });

  test('a timer that is started, paused, resumed and stopped charges what it ran', async () => {
    const { start, pause, resume, stop, get } = await tenMinutes();
    const begin = server.time.now();
    const started = await start();
    expect(started.clock?.timerState).toBe(TimerState.TIMER_STATE_ACTIVE);
    expect(timeOf(started.clock?.runsOutTime)).toBe(begin + 10 * MINUTE);
    server.time.advance(1_001);
    expect(leftOn(await get())).toBe(10 * MINUTE - 1_001);
    const paused = await pause();
    expect(paused.clock).toMatchObject({ runsOutTime: undefined, run: { pauseCount: 1 } });
    server.time.advance(5_000);
    expect(leftOn(await get())).toBe(10 * MINUTE - 1_001);
    const resumed = await resume();
    expect(timeOf(resumed.clock?.runsOutTime)).toBe(begin + 10 * MINUTE + 5_000);
    server.time.advance(999);
    const stopped = await stop();
    expect(leftOn(stopped.clock)).toBe(10 * MINUTE - 2_000);
    expect(stopped.timeRecord).toMatchObject({
      stopReason: StopReason.STOP_REASON_USER,
      pauseCount: 1,
      timeSheetId: stopped.clock?.activeTimeSheetId,
      operationId: stopped.operation?.operationId,
    });
    expect(msOf(stopped.timeRecord?.spent)).toBe(2_000);
    expect(msOf(stopped.timeRecord?.paused)).toBe(5_000);
    expect(timeOf(stopped.timeRecord?.startTime)).toBe(begin);
    expect(timeOf(stopped.timeRecord?.stopTime)).toBe(begin + 7_000);
    expect(await settledOn(server, stopped.clock)).toBe(BigInt(10 * MINUTE - 2_000));
  });

  test.each([-1, 0, 1])('a timer stopped at its end %i ms is charged to the end', async (late) => {
    const { start, stop } = await tenMinutes();
    const { clock } = await start();
    const end = timeOf(clock?.runsOutTime);
    server.time.advance(10 * MINUTE + late);
    const stopped = await stop();
    const spent = Math.min(10 * MINUTE, 10 * MINUTE + late);
    expect(msOf(stopped.timeRecord?.spent)).toBe(spent);
    expect(leftOn(stopped.clock)).toBe(10 * MINUTE - spent);
    expect(timeOf(stopped.timeRecord?.stopTime)).toBe(Math.min(end, end + late));
    const { STOP_REASON_USER, STOP_REASON_EXHAUSTED } = StopReason;
    const reason = late < 0 ? STOP_REASON_USER : STOP_REASON_EXHAUSTED;
    expect(stopped.timeRecord?.stopReason).toBe(reason);
  });

  test.each([-1, 0, 1])('a top-up at the end %i ms revives no timer', async (late) => {
    const { start, fill, get } = await tenMinutes();
    const { clock } = await start();
    server.time.advance(10 * MINUTE + late);
    const filled = await fill(1n);
    if (late < 0) {
      expect(filled.clock?.timerState).toBe(TimerState.TIMER_STATE_ACTIVE);
      expect(timeOf(filled.clock?.runsOutTime)).toBe(timeOf(clock?.runsOutTime) + MINUTE);
    } else {
      expect(filled.clock?.timerState).toBe(TimerState.TIMER_STATE_INACTIVE);
      server.time.advance(MINUTE);
      expect(leftOn(await get())).toBe(MINUTE);
    }
  });

  test('a clock that ran out long ago is seen as it is, and a stop gives the record of then', async () => {
    const { start, stop, get } = await tenMinutes();
    const { clock } = await start();
    server.time.advance(3_600_000);
    const seen = await get();
    expect(seen).toMatchObject({ timerState: TimerState.TIMER_STATE_INACTIVE, run: undefined });
    expect(leftOn(seen)).toBe(0);
    expect(await settledOn(server, seen)).toBe(BigInt(10 * MINUTE));
    const first = await stop();
    expect(timeOf(first.timeRecord?.stopTime)).toBe(timeOf(clock?.runsOutTime));
    const second = await stop();
    expect(second.timeRecord).toEqual(first.timeRecord);
    expect(await settledOn(server, seen)).toBe(0n);
  });

  test('repeated requests get their first outcome, also from GetOperation, and do nothing', async () => {
    const { start, pause, stop, drain, fill, caller } = await tenMinutes();
    const ids = { start: asked(), pause: asked(), stop: asked(), drain: asked() };
    const first = { start: await start(ids.start), pause: await pause(ids.pause) };
    server.time.advance(7_777);
    const stopped = await stop(ids.stop);
    const drained = await drain(ids.drain);
    await fill(1n);
    server.time.advance(55);
    await start();
    server.time.advance(55);
    const clock = (reply: { clock?: unknown }) => ({ ...(reply.clock as object), revision: 0 });
    const again = { start: await start(ids.start), pause: await pause(ids.pause) };
    expect(clock(again.start)).toEqual(clock(first.start));
    expect(again.start.operation).toEqual(first.start.operation);
    expect(clock(again.pause)).toEqual(clock(first.pause));
    expect((await stop(ids.stop)).timeRecord).toEqual(stopped.timeRecord);
    expect(clock(await drain(ids.drain))).toEqual(clock(drained));
    let trailer = '';
    await server.clients.clocks.stopTimer(ids.stop, {
      ...as(caller),
      onTrailer: (received) => {
        trailer = String(received.get(REPLAYED_TRAILER));
      },
    });
    expect(trailer).toBe('true');
    const { wallets } = server.clients;
    const told = await wallets.getOperation(ids.stop, as(caller));
    expect(told.timeRecord).toEqual(stopped.timeRecord);
    const conversion = await wallets.getOperation(ids.drain, as(caller));
    expect(conversion.conversionRecord).toEqual(drained.conversionRecord);
    expect(conversion.operation?.remaining).toEqual(drained.clock?.remaining);
  });
});

describe('refused, with a stored outcome', () => {
  test('commands that do not fit the state of the timer', async () => {
    const { start, pause, resume, stop } = await tenMinutes();
    await start();
    server.time.advance(1_000);
    await pause();
    await stop();
    const failed = async (call: () => Promise<unknown>) => {
      try {
        await call();
        return 'OK';
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(await failed(pause)).toContain('not on');
    expect(await failed(resume)).toContain('not on');
    expect(await failed(stop)).toContain('not on');
    await start();
    expect(await failed(start)).toContain('running');
    expect(await failed(resume)).toContain('running');
    await pause();
    expect(await failed(start)).toContain('paused');
    expect(await failed(pause)).toContain('paused');
    await stop();
  });

  test('to start with nothing on the clock, and to convert back more than is left', async () => {
    const { payee, payer } = await makeShop(server, 3n);
    const none = clockCalls(server, payee.session);
    const { clocks } = server.clients;
    const request = asked();
    const refusal = () =>
      errorOf((options) => clocks.startTimer(request, { ...options, ...as(payee.session) }));
    expect(await refusal()).toMatchObject({
      code: 'FAILED_PRECONDITION',
      reason: 'INSUFFICIENT_TIME',
      metadata: { remaining_ms: '0', required_ms: '1' },
    });
    expect((await refusal()).reason).toBe('INSUFFICIENT_TIME');
    await expect(none.drain()).rejects.toThrow('Too little time');
    const some = clockCalls(server, payer.session);
    await some.fill(2n);
    await some.start();
    server.time.advance(30_000);
    const time = { seconds: 91n, nanos: 0 };
    const tooMuch = await errorOf((options) =>
      clocks.convertClockToCredits({ ...asked(), time }, { ...options, ...as(payer.session) }),
    );
    expect(tooMuch).toMatchObject({
      reason: 'INSUFFICIENT_TIME',
      metadata: { remaining_ms: '90000', required_ms: '91000' },
    });
    await expect(some.fill(2n)).rejects.toThrow('too few credits');
  });

  test('more than a clock holds', async () => {
    const { payer } = await makeShop(server, 60_000_000n);
    const { fill } = clockCalls(server, payer.session);
    await expect(fill(60_000_000n)).rejects.toThrow('100 years');
    expect(await balanceOf(server, payer)).toBe(60_000_000n);
  });

  test('a request id that was used for something else', async () => {
    const { start, pause } = await tenMinutes();
    const request = { requestId: randomUUID() };
    await start(request);
    await expect(pause(request)).rejects.toThrow('used for something else');
  });
});

test('the ledger is verified', () => expectLedgerVerified(server));
