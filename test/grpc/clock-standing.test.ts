import { beforeAll, describe, expect, test } from 'vitest';
import { TimerState } from '../../generated/ewallet/v1/clock_service.js';
import { StopReason } from '../../generated/ewallet/v1/time_sheet_service.js';
import { submitStanding } from '../../src/domain/accounts/standing-operations.js';
import { parseId } from '../../src/model/public-id.js';
import { createIds } from '../../src/storage/ids.js';
import { errorOf } from '../support/call-error.js';
import { as } from '../support/clients.js';
import { asked, clockCalls, leftOn, MINUTE } from '../support/clocks.js';
import { makeShop, type Shop } from '../support/money.js';
import { startServer, type TestServer } from '../support/start-server.js';
import { DAY_MS, expectLedgerVerified, operator } from '../support/tenancy.js';

let server: TestServer;

beforeAll(async () => {
  server = await startServer({
    env: { EWALLET_DEFAULT_SUBORDINATE_LIMIT: '100', EWALLET_FORCED_REMOVAL: 'true' },
  });
});

/** A shop whose payer's timer has run for ten seconds of ten minutes, and the payer as its backend acts for it. */
async function runningTimer() {
  const shop = await makeShop(server);
  const caller = { backendKey: shop.master.backendKey, onBehalfOf: shop.payer.accountId };
  const calls = clockCalls(server, caller);
  await calls.fill(10n);
  const { clock } = await calls.start();
  server.time.advance(10_000);
  return { ...shop, ...calls, caller, clockId: clock?.clockId ?? '' };
}

const masterOf = ({ master }: Shop) => ({ masterId: master.masterId });

async function lastRecord(clockId: string) {
  const id = String(parseId('clock', clockId));
  return server.db.knex('time_records').where('clock_id', id).orderBy('id', 'desc').first();
}

describe('a timer that runs', () => {
  test('stops when its master is frozen, at that instant, and is started anew afterwards', async () => {
    const shop = await runningTimer();
    const { system } = server.clients;
    await system.freezeMaster(masterOf(shop), operator);
    const frozenTime = server.time.now();
    server.time.advance(5 * MINUTE);
    expect(leftOn(await shop.get())).toBe(10 * MINUTE - 10_000);
    const refused = await errorOf((options) =>
      server.clients.clocks.stopTimer(asked(), { ...options, ...as(shop.caller) }),
    );
    expect(refused.reason).toBe('MASTER_FROZEN');
    await system.unfreezeMaster(masterOf(shop), operator);
    const clock = await shop.get();
    expect(clock?.timerState).toBe(TimerState.TIMER_STATE_INACTIVE);
    expect(leftOn(clock)).toBe(10 * MINUTE - 10_000);
    expect(await lastRecord(shop.clockId)).toMatchObject({
      stop_reason: 'FROZEN',
      stop_time: BigInt(frozenTime),
      spent_ms: 10_000n,
    });
    await expect(shop.stop()).rejects.toThrow('not on');
    await shop.start();
    server.time.advance(1_000);
    expect((await shop.stop()).timeRecord?.stopReason).toBe(StopReason.STOP_REASON_USER);
  });

  test('stops as of the freeze, though its account follows later, and before the master is unfrozen', async () => {
    const shop = await runningTimer();
    const id = parseId('master', shop.master.masterId) ?? 0n;
    const { pool_account_id: pool } = await server.db.knex('masters').where({ id }).first();
    // As a crash leaves it: the master and its pool are frozen, the accounts of its users are not.
    const { committer } = server.domain;
    await submitStanding(
      { ids: createIds(server.db), committer, instanceNumber: 1n },
      {
        kind: 'FREEZE',
        pool,
        changes: [{ account: pool, state: 'FROZEN' }],
        standing: { of: 'MASTER', id },
      },
    );
    server.time.advance(2 * MINUTE);
    expect(leftOn(await shop.get())).toBe(10 * MINUTE - 10_000);
    await server.clients.system.unfreezeMaster(masterOf(shop), operator);
    expect(leftOn(await shop.get())).toBe(10 * MINUTE - 10_000);
    expect(await lastRecord(shop.clockId)).toMatchObject({ stop_reason: 'FROZEN' });
  });

  test('stops when its account is unlinked; what is left is there after a recovery, and unclaimed after a removal', async () => {
    const shop = await runningTimer();
    const { accounts, system } = server.clients;
    const { pause } = shop;
    await pause();
    server.time.advance(3_000);
    await accounts.unlinkAccount({}, as(shop.caller));
    expect(await lastRecord(shop.clockId)).toMatchObject({
      stop_reason: 'UNLINKED',
      spent_ms: 10_000n,
      paused_ms: 3_000n,
      pause_count: 1n,
    });
    await accounts.recoverAccount({}, as(shop.caller));
    expect(leftOn(await shop.get())).toBe(10 * MINUTE - 10_000);
    await accounts.unlinkAccount({}, as(shop.caller));
    server.time.advance(31 * DAY_MS);
    await system.cleanupAccounts({}, operator);
    const { knex } = server.db;
    const id = String(parseId('clock', shop.clockId));
    const row = await knex('ledger_accounts').where({ id }).first('state', 'balance');
    expect(row).toEqual({ state: 'CLOSED', balance: 0n });
    const master = await knex('masters')
      .join('ledger_accounts as a', 'a.id', 'masters.unclaimed_time_account_id')
      .where({ 'masters.id': parseId('master', shop.master.masterId) })
      .first('a.balance');
    expect(master.balance).toBe(BigInt(10 * MINUTE - 10_000));
  });

  test('that ran out before its master was frozen was not stopped by that', async () => {
    const shop = await runningTimer();
    server.time.advance(10 * MINUTE);
    await server.clients.system.freezeMaster(masterOf(shop), operator);
    expect(await lastRecord(shop.clockId)).toMatchObject({
      stop_reason: 'EXHAUSTED',
      spent_ms: BigInt(10 * MINUTE),
    });
  });
});

test('the ledger is verified', () => expectLedgerVerified(server));
