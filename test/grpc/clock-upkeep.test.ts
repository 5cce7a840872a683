import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { StopReason } from '../../generated/ewallet/v1/time_sheet_service.js';
import { parseId } from '../../src/model/public-id.js';
import { errorOf } from '../support/call-error.js';
import { as } from '../support/clients.js';
import { asked, clockCalls, leftOn, MINUTE } from '../support/clocks.js';
import { type LoggedInUser, makeShop } from '../support/money.js';
import { startServer, type TestServer } from '../support/start-server.js';
import { expectLedgerVerified } from '../support/tenancy.js';

let server: TestServer;

beforeAll(async () => {
  server = await startServer({ env: { EWALLET_CLOCKS_PER_ACCOUNT: '6' } });
});

async function activeClockId(user: LoggedInUser): Promise<string> {
  const { wallet } = await server.clients.wallets.getWallet({}, as(user.session));
  return wallet?.activeClockId ?? '';
}

test('a further clock begins with its sheets, and is not the active one', async () => {
  const { payer } = await makeShop(server, 1n);
  const { clocks } = server.clients;
  const first = await activeClockId(payer);
  server.time.advance(1_000);
  const { clock } = await clocks.createClock({ reference: 'Nights' }, as(payer.session));
  expect(clock).toMatchObject({ walletId: payer.walletId, reference: 'Nights' });
  expect(clock?.activeTimeSheetId).toMatch(/^tms_/);
  expect(clock?.activeConversionSheetId).toMatch(/^cvs_/);
  expect(await activeClockId(payer)).toBe(first);
  const listed = await clocks.listClocks({}, as(payer.session));
  expect(listed.clocks.map(({ clockId }) => clockId)).toEqual([clock?.clockId, first]);
  await expectLedgerVerified(server);
});

test('switching makes another clock of the wallet the one that is meant', async () => {
  const { payer, payee } = await makeShop(server, 1n);
  const { clocks, wallets } = server.clients;
  const { clock } = await clocks.createClock({}, as(payer.session));
  const clockId = clock?.clockId ?? '';
  await clocks.switchClock({ clockId }, as(payer.session));
  expect(await activeClockId(payer)).toBe(clockId);
  expect((await clocks.getClock({}, as(payer.session))).clock?.clockId).toBe(clockId);
  const { wallet } = await wallets.createWallet({}, as(payer.session));
  const walletId = wallet?.walletId ?? '';
  const other = await clocks.createClock({ walletId }, as(payer.session));
  await clocks.switchClock({ clockId: other.clock?.clockId ?? '' }, as(payer.session));
  expect(await activeClockId(payer)).toBe(clockId);
  const seen = await wallets.getWallet({ walletId }, as(payer.session));
  expect(seen.wallet?.activeClockId).toBe(other.clock?.clockId);
  const foreign = await errorOf((options) =>
    clocks.switchClock({ clockId }, { ...options, ...as(payee.session) }),
  );
  expect(foreign).toMatchObject({ code: 'NOT_FOUND', reason: 'CLOCK_NOT_FOUND' });
});

test('clocks are listed in pages, and are as many as the setting says', async () => {
  const { payer } = await makeShop(server, 1n);
  const { clocks } = server.clients;
  const made = [await activeClockId(payer)];
  for (let count = 1; count < 6; count += 1) {
    const { clock } = await clocks.createClock({}, as(payer.session));
    made.unshift(clock?.clockId ?? '');
  }
  const error = await errorOf((options) =>
    clocks.createClock({}, { ...options, ...as(payer.session) }),
  );
  expect(error).toMatchObject({ reason: 'CLOCK_LIMIT_REACHED', metadata: { limit: '6' } });
  const found: string[] = [];
  for (let pageToken = '', pages = 0; pages === 0 || pageToken; pages += 1) {
    const page = await clocks.listClocks({ pageSize: 4, pageToken }, as(payer.session));
    found.push(...page.clocks.map(({ clockId }) => clockId));
    pageToken = page.nextPageToken;
    expect(pages).toBeLessThan(3);
  }
  expect(found).toEqual(made);
});

describe('unlinking a clock', () => {
  function unlink(user: LoggedInUser, clockId: string, moveToClockId = '') {
    const request = { requestId: randomUUID(), clockId, moveToClockId };
    return server.clients.clocks.unlinkClock(request, as(user.session));
  }

  function refusalOf(user: LoggedInUser, clockId: string, moveToClockId = '') {
    const request = { requestId: randomUUID(), clockId, moveToClockId };
    return errorOf((options) =>
      server.clients.clocks.unlinkClock(request, { ...options, ...as(user.session) }),
    );
  }

  test('settles and stops its timer, moves what is left, and hides it with its sheets', async () => {
    const { payer } = await makeShop(server, 5n);
    const { clocks, timeSheets } = server.clients;
    const calls = clockCalls(server, payer.session);
    await calls.fill(2n);
    const first = await calls.get();
    const { clock: other } = await clocks.createClock({}, as(payer.session));
    await calls.start();
    server.time.advance(MINUTE / 2);
    const request = {
      requestId: randomUUID(),
      clockId: first?.clockId ?? '',
      moveToClockId: other?.clockId ?? '',
    };
    const done = await clocks.unlinkClock(request, as(payer.session));
    expect(done.timeRecord).toMatchObject({
      stopReason: StopReason.STOP_REASON_UNLINKED,
      spent: { seconds: 30n },
    });
    expect(done.operation).toMatchObject({ clockId: request.clockId, remaining: { seconds: 0n } });
    expect(await clocks.unlinkClock(request, as(payer.session))).toEqual(done);
    const now = await calls.get();
    expect(now?.clockId).toBe(other?.clockId);
    expect(leftOn(now)).toBe(1.5 * MINUTE);
    expect((await refusalOf(payer, request.clockId)).reason).toBe('CLOCK_NOT_FOUND');
    expect((await refusalOf(payer, request.moveToClockId, request.clockId)).reason).toBe(
      'CLOCK_NOT_FOUND',
    );
    for (const ask of [
      () => clocks.getClock({ clockId: request.clockId }, as(payer.session)),
      () => clocks.switchClock({ clockId: request.clockId }, as(payer.session)),
      () => timeSheets.createTimeSheet({ clockId: request.clockId }, as(payer.session)),
      () => clocks.startTimer({ ...asked(), clockId: request.clockId }, as(payer.session)),
    ]) {
      await expect(ask()).rejects.toThrow(/no such clock/);
    }
    const timeSheetId = first?.activeTimeSheetId ?? '';
    await expect(timeSheets.getTimeSheet({ timeSheetId }, as(payer.session))).rejects.toThrow(
      /no such time sheet/,
    );
    await expectLedgerVerified(server);
  });

  test('with time on it needs another one of the same rate, which is not too full', async () => {
    const { payer, payee } = await makeShop(server, 5n);
    const { clocks } = server.clients;
    const calls = clockCalls(server, payer.session);
    await calls.fill(1n);
    const clockId = (await calls.get())?.clockId ?? '';
    expect(await refusalOf(payer, clockId)).toMatchObject({
      reason: 'CLOCK_NOT_EMPTY',
      metadata: { clock_id: clockId, remaining_ms: '60000' },
    });
    const { clock: other } = await clocks.createClock({}, as(payer.session));
    const otherId = other?.clockId ?? '';
    const id = String(parseId('clock', otherId));
    await server.db.knex('clocks').where({ id }).update({ ms_per_credit: 1_000 });
    expect((await refusalOf(payer, clockId, otherId)).reason).toBe('CLOCK_RATE_DIFFERS');
    await server.db.knex('clocks').where({ id }).update({ ms_per_credit: MINUTE });
    expect((await refusalOf(payer, clockId, clockId)).reason).toBe('VALIDATION_FAILED');
    const foreign = (await clockCalls(server, payee.session).get())?.clockId ?? '';
    expect((await refusalOf(payer, clockId, foreign)).reason).toBe('CLOCK_NOT_FOUND');
    expect((await refusalOf(payer, foreign)).reason).toBe('CLOCK_NOT_FOUND');
    await unlink(payer, clockId, otherId);
    expect(leftOn(await calls.get())).toBe(MINUTE);
    await expectLedgerVerified(server);
  });

  test('of the last one leaves none, and the next conversion opens one', async () => {
    const { payer } = await makeShop(server, 5n);
    const calls = clockCalls(server, payer.session);
    await unlink(payer, await activeClockId(payer));
    expect(await activeClockId(payer)).toBe('');
    await expect(calls.get()).rejects.toThrow(/no such clock/);
    await expect(calls.stop()).rejects.toThrow(/no such clock/);
    const { clock, conversionRecord } = await calls.fill(1n);
    expect(await activeClockId(payer)).toBe(clock?.clockId);
    expect(conversionRecord?.conversionSheetId).toMatch(/^cvs_/);
    await expectLedgerVerified(server);
  });

  test('goes with an empty clock, not with one that holds time, when its wallet is unlinked', async () => {
    const { payer } = await makeShop(server, 5n);
    const { wallets } = server.clients;
    const calls = clockCalls(server, payer.session);
    const { wallet } = await wallets.createWallet({}, as(payer.session));
    const { clock } = await calls.fill(2n);
    const ask = () => ({
      ...asked(),
      walletId: payer.walletId,
      moveToWalletId: wallet?.walletId ?? '',
    });
    const refused = await errorOf((options) =>
      wallets.unlinkWallet(ask(), { ...options, ...as(payer.session) }),
    );
    expect(refused).toMatchObject({
      code: 'FAILED_PRECONDITION',
      reason: 'WALLET_HOLDS_TIME',
      metadata: { wallet_id: payer.walletId },
    });
    await calls.start();
    server.time.advance(5 * MINUTE);
    await wallets.unlinkWallet(ask(), as(payer.session));
    const gone = await errorOf((options) =>
      server.clients.clocks.getClock(
        { clockId: clock?.clockId ?? '' },
        { ...options, ...as(payer.session) },
      ),
    );
    expect(gone.reason).toBe('CLOCK_NOT_FOUND');
    await expectLedgerVerified(server);
  });
});
