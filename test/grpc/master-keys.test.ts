import { beforeAll, describe, expect, test } from 'vitest';
import { MasterKeyKind } from '../../generated/ewallet/v1/master_service.js';
import { parseId } from '../../src/model/public-id.js';
import { errorOf } from '../support/call-error.js';
import { as, type CallerCredentials } from '../support/clients.js';
import {
  type MasterCredentials,
  makeLoggedInUser,
  makeMaster,
  makeUser,
  openAcquiredSession,
} from '../support/people.js';
import { startServer, type TestServer } from '../support/start-server.js';

const { MASTER_KEY_KIND_ACQUIRE, MASTER_KEY_KIND_BACKEND } = MasterKeyKind;
let server: TestServer;
let master: MasterCredentials;

beforeAll(async () => {
  server = await startServer();
  master = await makeMaster(server);
});

function masterRefusal(credentials: CallerCredentials) {
  return errorOf((options) =>
    server.clients.masters.getMaster({}, { ...options, ...as(credentials) }),
  );
}

describe('OK', () => {
  test('keys are kept as hashes only', async () => {
    const rows = await server.db
      .knex('master_keys')
      .where({ master_id: parseId('master', master.masterId) })
      .select('*');
    const values = rows.flatMap((row) => Object.values(row).map(String));
    expect(rows.every((row) => row.key_hash.length === 32)).toBe(true);
    expect(values).not.toContain(master.acquireKey);
    expect(values).not.toContain(master.backendKey);
  });

  test('a further key of either kind works for its kind until it is revoked', async () => {
    const { backendKey } = master;
    const made = await server.clients.masters.createMasterKey(
      { kind: MASTER_KEY_KIND_BACKEND, label: 'second server' },
      as({ backendKey }),
    );
    expect(made.masterKey).toMatchObject({ label: 'second server', revokeTime: undefined });
    await server.clients.masters.getMaster({}, as({ backendKey: made.key }));
    server.time.advance(5);
    const masterKeyId = made.masterKey?.masterKeyId ?? '';
    const revoked = await server.clients.masters.revokeMasterKey(
      { masterKeyId },
      as({ backendKey }),
    );
    expect(revoked.masterKey?.revokeTime).toEqual(revoked.masterKey?.updateTime);
    expect((await masterRefusal({ backendKey: made.key })).reason).toBe('MASTER_KEY_REFUSED');
    server.time.advance(5);
    const again = await server.clients.masters.revokeMasterKey({ masterKeyId }, as({ backendKey }));
    expect(again).toEqual(revoked);
  });

  test('keys are listed newest first, page by page, each once', async () => {
    const own = await makeMaster(server);
    const { backendKey } = own;
    const labels: string[] = [];
    for (let index = 0; index < 5; index += 1) {
      // Two share a moment, so that the id has to decide.
      if (index % 2 === 0) server.time.advance(1);
      const request = { kind: MASTER_KEY_KIND_ACQUIRE, label: `key ${index}` };
      const made = await server.clients.masters.createMasterKey(request, as({ backendKey }));
      labels.unshift(made.masterKey?.label ?? '');
    }
    const listed: string[] = [];
    let pageToken = '';
    do {
      const page = await server.clients.masters.listMasterKeys(
        { pageSize: 2, pageToken },
        as({ backendKey }),
      );
      expect(page.masterKeys.length).toBeLessThanOrEqual(2);
      listed.push(...page.masterKeys.map(({ label }) => label));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(listed).toEqual([...labels, '', '']);
  });

  test('a backend key needs no client token, and what is sent beside it is ignored', async () => {
    const { backendKey } = master;
    const stale = { clientId: 'stale', sessionToken: 'stale' };
    await server.clients.masters.getMaster({}, as({ backendKey, ...stale }));
  });
});

describe('INVALID_ARGUMENT', () => {
  test.each([
    ['no kind', { kind: 0 }, 'kind'],
    ['an undefined kind', { kind: 99 }, 'kind'],
    ['an over-long label', { kind: 1, label: 'l'.repeat(101) }, 'label'],
  ])('CreateMasterKey with %s names the field', async (_, request, field) => {
    const error = await errorOf((options) =>
      server.clients.masters.createMasterKey(request as { kind: MasterKeyKind }, {
        ...options,
        ...as(master),
      }),
    );
    expect(error).toMatchObject({ reason: 'VALIDATION_FAILED', fields: [field] });
  });

  test.each(['', 'usr_1', 'key_', 'key_l', "key_1'; --"])(
    'RevokeMasterKey of %j names the field',
    async (masterKeyId) => {
      const error = await errorOf((options) =>
        server.clients.masters.revokeMasterKey({ masterKeyId }, { ...options, ...as(master) }),
      );
      expect(error).toMatchObject({ reason: 'VALIDATION_FAILED', fields: ['master_key_id'] });
    },
  );

  test('ListMasterKeys with a negative size, garbage, or another master’s page token', async () => {
    const other = await makeMaster(server);
    const page = await server.clients.masters.listMasterKeys({ pageSize: 1 }, as(other));
    const refusalOf = (request: { pageSize?: number; pageToken?: string }) =>
      errorOf((options) =>
        server.clients.masters.listMasterKeys(request, { ...options, ...as(master) }),
      );
    expect(await refusalOf({ pageSize: -1 })).toMatchObject({ fields: ['page_size'] });
    for (const pageToken of ['garbage', page.nextPageToken]) {
      expect(await refusalOf({ pageToken })).toMatchObject({
        code: 'INVALID_ARGUMENT',
        reason: 'PAGE_TOKEN_MISMATCH',
        fields: ['page_token'],
      });
    }
  });
});

describe('UNAUTHENTICATED', () => {
  test.each([
    ['an unknown key', () => 'unknown'],
    ['an acquire key', () => master.acquireKey],
  ])('%s is no backend key', async (_, keyOf) => {
    expect(await masterRefusal({ backendKey: keyOf() })).toMatchObject({
      code: 'UNAUTHENTICATED',
      reason: 'MASTER_KEY_REFUSED',
    });
  });

  test('acting for a user without a backend key', async () => {
    const user = await makeLoggedInUser(server, master);
    const error = await masterRefusal({ ...user.session, onBehalfOf: user.accountId });
    expect(error).toMatchObject({
      reason: 'CREDENTIALS_MISSING',
      metadata: { scheme: 'backend' },
    });
  });
});

describe('NOT_FOUND', () => {
  test('a foreign key and a missing one answer alike', async () => {
    const other = await makeMaster(server);
    const foreign = await server.clients.masters.listMasterKeys({}, as(other));
    const foreignId = foreign.masterKeys[0]?.masterKeyId ?? '';
    for (const masterKeyId of [foreignId, 'key_zzzz', 'key_zzzzzzzzzzzzz']) {
      const error = await errorOf((options) =>
        server.clients.masters.revokeMasterKey({ masterKeyId }, { ...options, ...as(master) }),
      );
      expect(error).toMatchObject({ code: 'NOT_FOUND', reason: 'MASTER_KEY_NOT_FOUND' });
    }
    await server.clients.masters.getMaster({}, as(other));
  });

  test('acting for another master’s user, a missing one, or none by that name', async () => {
    const other = await makeMaster(server);
    const foreign = await makeUser(server, await openAcquiredSession(server, other));
    for (const onBehalfOf of [foreign.accountId, 'usr_zzzz', 'somebody', master.masterId]) {
      const error = await masterRefusal({ backendKey: master.backendKey, onBehalfOf });
      expect(error).toMatchObject({
        code: 'NOT_FOUND',
        reason: 'ACCOUNT_NOT_FOUND',
        metadata: { account_id: onBehalfOf },
      });
    }
  });
});

describe('FAILED_PRECONDITION', () => {
  test('a frozen master, or one pending removal, makes no keys but may still look', async () => {
    const own = await makeMaster(server);
    const id = parseId('master', own.masterId);
    for (const [change, reason] of [
      [{ frozen_time: 1 }, 'MASTER_FROZEN'],
      [{ frozen_time: null, unlink_time: 1 }, 'MASTER_PENDING_REMOVAL'],
    ] as const) {
      await server.db.knex('masters').where({ id }).update(change);
      const error = await errorOf((options) =>
        server.clients.masters.createMasterKey(
          { kind: MASTER_KEY_KIND_BACKEND },
          { ...options, ...as(own) },
        ),
      );
      expect(error).toMatchObject({
        code: 'FAILED_PRECONDITION',
        reason,
        metadata: { master_id: own.masterId },
      });
      await server.clients.masters.getMaster({}, as(own));
    }
  });
});
