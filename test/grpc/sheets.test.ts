import type { CallOptions } from 'nice-grpc';
import { beforeAll, describe, expect, test } from 'vitest';
import { errorOf } from '../support/call-error.js';
import { as } from '../support/clients.js';
import { clockCalls, leftOn } from '../support/clocks.js';
import { type LoggedInUser, makeShop, paymentTo } from '../support/money.js';
import { sheetClient, sheetKinds } from '../support/sheet-clients.js';
import { startServer, type TestServer } from '../support/start-server.js';
import { expectLedgerVerified } from '../support/tenancy.js';

let server: TestServer;

beforeAll(async () => {
  server = await startServer({ env: { EWALLET_SHEETS_PER_KIND: '6' } });
});

/** The error that a call of this user ends with. */
function refused({ session }: LoggedInUser, call: (me: CallOptions) => Promise<unknown>) {
  return errorOf((options) => call({ ...options, ...as(session) }));
}

describe.each(sheetKinds)('%s sheets', (kind, owner) => {
  const missing = `${kind.toUpperCase()}_SHEET_NOT_FOUND`;
  const noRecord = `${kind.toUpperCase()}_RECORD_NOT_FOUND`;

  async function ownerOf(user: LoggedInUser): Promise<string> {
    const { wallet } = await server.clients.wallets.getWallet({}, as(user.session));
    return (owner === 'wallet' ? wallet?.walletId : wallet?.activeClockId) ?? '';
  }

  /** Has a record written on the active sheet of the payer. */
  async function record(payer: LoggedInUser, payee: LoggedInUser): Promise<string> {
    const calls = clockCalls(server, payer.session);
    if (kind === 'conversion') {
      return (await calls.fill(1n)).conversionRecord?.conversionRecordId ?? '';
    }
    if (kind === 'time') {
      if (leftOn(await calls.get()) === 0) await calls.fill(1n);
      await calls.start();
      return (await calls.stop()).timeRecord?.timeRecordId ?? '';
    }
    const paid = await server.clients.wallets.payCredits(paymentTo(payee, 1n), as(payer.session));
    const id =
      kind === 'transfer'
        ? paid.transferRecord?.transferRecordId
        : paid.invoiceRecord?.invoiceRecordId;
    return id ?? '';
  }

  test('one more is made, found and listed; the active one stays', async () => {
    const { payer } = await makeShop(server, 5n);
    const me = as(payer.session);
    const sheets = sheetClient(server, kind);
    const ownerId = await ownerOf(payer);
    const first = await sheets.get(me);
    expect(first).toMatchObject({ ownerId, active: true });
    server.time.advance(1_000);
    const made = await sheets.create(me, { reference: 'Second' });
    expect(made).toMatchObject({ ownerId, reference: 'Second', active: false });
    expect(await sheets.get(me, made.id)).toEqual(made);
    expect(await sheets.get(me)).toEqual(first);
    const named = await sheets.create(me, { ownerId });
    expect(named.reference).not.toBe('');
    expect(named.ownerId).toBe(ownerId);
    const { sheets: listed } = await sheets.list(me, {});
    expect(listed.map(({ id }) => id)).toEqual([named.id, made.id, first.id]);
  });

  test('are listed in pages that stay with their owner', async () => {
    const { payer } = await makeShop(server, 5n);
    const me = as(payer.session);
    const sheets = sheetClient(server, kind);
    const made = [(await sheets.get(me)).id];
    for (let count = 0; count < 4; count += 1) made.unshift((await sheets.create(me)).id);
    const found: string[] = [];
    for (let token = '', pages = 0; pages === 0 || token; pages += 1) {
      const page = await sheets.list(me, { size: 2, token });
      found.push(...page.sheets.map(({ id }) => id));
      token = page.next;
      const { wallet } = await server.clients.wallets.createWallet({}, me);
      await server.clients.wallets.switchWallet({ walletId: wallet?.walletId ?? '' }, me);
      expect(pages).toBeLessThan(4);
    }
    expect(found).toEqual(made);
    const token = (await sheets.list(me, { size: 1 })).next;
    expect(token).toBe('');
  });

  test('are as many as the setting says', async () => {
    const { payer } = await makeShop(server, 5n);
    const sheets = sheetClient(server, kind);
    for (let count = 1; count < 6; count += 1) await sheets.create(as(payer.session));
    const error = await refused(payer, (own) => sheets.create(own));
    expect(error).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      reason: 'SHEET_LIMIT_REACHED',
      metadata: { limit: '6' },
    });
  });

  test('switching sends new records to another one', async () => {
    const { payer, payee } = await makeShop(server, 5n);
    const me = as(payer.session);
    const sheets = sheetClient(server, kind);
    const first = await sheets.get(me);
    const second = await sheets.create(me);
    const before = await record(payer, payee);
    expect(await sheets.switchTo(me, second.id)).toMatchObject({ id: second.id, active: true });
    expect((await sheets.get(me, first.id)).active).toBe(false);
    server.time.advance(5_000);
    const after = await record(payer, payee);
    expect((await sheets.listRecords(me)).map(({ id }) => id)).toEqual([after]);
    expect((await sheets.listRecords(me, first.id)).map(({ id }) => id)).toContain(before);
    expect((await sheets.getRecord(me, after)).sheetId).toBe(second.id);
    const { updateTime } = await sheets.get(me, second.id);
    expect(updateTime?.getTime()).toBe(server.time.now());
  });

  test('a sheet that is unlinked is gone with its records; another becomes active, then none', async () => {
    const { payer, payee } = await makeShop(server, 5n);
    const me = as(payer.session);
    const sheets = sheetClient(server, kind);
    const first = await sheets.get(me);
    const second = await sheets.create(me);
    const third = await sheets.create(me);
    const id = await record(payer, payee);
    expect(await sheets.unlink(me, third.id)).toBe(first.id);
    expect(await sheets.unlink(me, first.id)).toBe(second.id);
    for (const ask of [
      (own: CallOptions) => sheets.get(own, first.id),
      (own: CallOptions) => sheets.switchTo(own, first.id),
      (own: CallOptions) => sheets.unlink(own, first.id),
      (own: CallOptions) => sheets.listRecords(own, first.id),
    ]) {
      const error = await refused(payer, ask);
      expect(error).toMatchObject({ code: 'NOT_FOUND', reason: missing });
    }
    const error = await refused(payer, (own) => sheets.getRecord(own, id));
    expect(error).toMatchObject({ code: 'NOT_FOUND', reason: noRecord });
    expect((await sheets.list(me, {})).sheets.map((sheet) => sheet.id)).toEqual([second.id]);
    expect(await sheets.unlink(me, second.id)).toBe('');
    expect((await refused(payer, (own) => sheets.get(own))).reason).toBe(missing);
    expect((await refused(payer, (own) => sheets.listRecords(own))).reason).toBe(missing);
    const fresh = await sheets.create(me);
    expect(fresh.active).toBe(true);
    await sheets.unlink(me, fresh.id);
    const written = await record(payer, payee);
    expect((await sheets.getRecord(me, written)).sheetId).toBe((await sheets.get(me)).id);
    await expectLedgerVerified(server);
  });

  test('a record that is unlinked is off the sheet', async () => {
    const { payer, payee } = await makeShop(server, 5n);
    const me = as(payer.session);
    const sheets = sheetClient(server, kind);
    const one = await record(payer, payee);
    const two = await record(payer, payee);
    server.time.advance(3_000);
    await sheets.unlinkRecord(me, one);
    expect((await refused(payer, (own) => sheets.getRecord(own, one))).reason).toBe(noRecord);
    expect((await refused(payer, (own) => sheets.unlinkRecord(own, one))).reason).toBe(noRecord);
    const left = (await sheets.listRecords(me)).map(({ id }) => id);
    expect(left).toContain(two);
    expect(left).not.toContain(one);
    expect((await sheets.get(me)).updateTime?.getTime()).toBe(server.time.now());
  });
});

describe.each(['transfer', 'invoice'] as const)('%s records of two parties', (kind) => {
  test('that one takes off its sheet, or unlinks with it, stay on the other one', async () => {
    const { payer, payee } = await makeShop(server, 5n);
    const [me, other] = [as(payer.session), as(payee.session)];
    const sheets = sheetClient(server, kind);
    const ids: string[] = [];
    for (let count = 0; count < 3; count += 1) {
      const paid = await server.clients.wallets.payCredits(paymentTo(payee, 1n), me);
      const id =
        kind === 'transfer'
          ? paid.transferRecord?.transferRecordId
          : paid.invoiceRecord?.invoiceRecordId;
      ids.unshift(id ?? '');
    }
    const [newest = '', middle = ''] = ids;
    await sheets.unlinkRecord(me, newest);
    await sheets.unlinkRecord(other, middle);
    expect((await sheets.listRecords(other)).map(({ id }) => id)).toEqual([newest, ids[2]]);
    expect((await sheets.getRecord(other, newest)).id).toBe(newest);
    expect((await sheets.getRecord(me, middle)).id).toBe(middle);
    await sheets.unlink(me, (await sheets.get(me)).id);
    expect((await sheets.listRecords(other)).map(({ id }) => id)).toEqual([newest, ids[2]]);
    expect((await refused(payer, (own) => sheets.getRecord(own, middle))).reason).toMatch(
      /RECORD_NOT_FOUND/,
    );
    await expectLedgerVerified(server);
  });

  test('the next payment opens a sheet where there is none', async () => {
    const { payer, payee } = await makeShop(server, 5n);
    const [me, other] = [as(payer.session), as(payee.session)];
    const sheets = sheetClient(server, kind);
    for (const party of [me, other]) await sheets.unlink(party, (await sheets.get(party)).id);
    await server.clients.wallets.payCredits(paymentTo(payee, 1n), me);
    for (const party of [me, other]) {
      expect(await sheets.get(party)).toMatchObject({ active: true });
      expect(await sheets.listRecords(party)).toHaveLength(1);
    }
    await server.clients.wallets.payCredits(paymentTo(payee, 1n), me);
    expect(await sheets.listRecords(me)).toHaveLength(2);
    expect((await sheets.list(me, {})).sheets).toHaveLength(1);
    await expectLedgerVerified(server);
  });
});

test('sheets of somebody else, and of unlinked wallets, take no further sheet', async () => {
  const { payer, payee } = await makeShop(server, 5n);
  const { wallet } = await server.clients.wallets.getWallet({}, as(payee.session));
  for (const [kind, owner] of sheetKinds) {
    const ownerId = (owner === 'wallet' ? wallet?.walletId : wallet?.activeClockId) ?? '';
    const sheets = sheetClient(server, kind);
    const theirs = await sheets.get(as(payee.session));
    for (const ask of [
      (own: CallOptions) => sheets.create(own, { ownerId }),
      (own: CallOptions) => sheets.list(own, { ownerId }),
    ]) {
      expect((await refused(payer, ask)).reason).toBe(`${owner.toUpperCase()}_NOT_FOUND`);
    }
    expect((await refused(payer, (own) => sheets.unlink(own, theirs.id))).reason).toMatch(
      /SHEET_NOT_FOUND/,
    );
    expect((await sheets.get(as(payee.session))).active).toBe(true);
  }
});
