import { beforeAll, describe, expect, test } from 'vitest';
import {
  AuditActor,
  type AuditEvent,
  AuditKind,
  AuditOutcome,
} from '../../generated/ewallet/system/v1/system_service.js';
import { Funding, MasterKeyKind } from '../../generated/ewallet/v1/master_service.js';
import { eraseAuditDetails } from '../../src/storage/audit-events.js';
import { withTransaction } from '../../src/storage/transaction.js';
import { errorOf } from '../support/call-error.js';
import { as } from '../support/clients.js';
import {
  emailOf,
  goodPassword,
  type MasterCredentials,
  makeLoggedInUser,
  makeMaster,
  openAcquiredSession,
  uniqueName,
} from '../support/people.js';
import { operatorKey } from '../support/server-secrets.js';
import { startServer, type TestServer } from '../support/start-server.js';

const operator = as({ operatorKey });

let server: TestServer;
let master: MasterCredentials;

beforeAll(async () => {
  server = await startServer();
  master = await makeMaster(server);
});

type Request = Parameters<TestServer['clients']['system']['listAuditEvents']>[0];

/** All events that fit, oldest first, but for those of listing events. */
async function eventsOf(request: Request): Promise<AuditEvent[]> {
  const { system } = server.clients;
  const events: AuditEvent[] = [];
  for (let pageToken = ''; ; ) {
    const page = await system.listAuditEvents({ ...request, pageToken }, operator);
    events.push(...page.auditEvents);
    pageToken = page.nextPageToken;
    if (pageToken === '') break;
  }
  return events.filter(({ method }) => !method.endsWith('/ListAuditEvents')).reverse();
}

function kindsOf(events: AuditEvent[]): string[] {
  return events.map(
    ({ kind, outcome }) =>
      AuditKind[kind].replace('AUDIT_KIND_', '') +
      (outcome === AuditOutcome.AUDIT_OUTCOME_DONE ? '' : ' refused'),
  );
}

test('a story is told with who, what, to whom, from where and when', async () => {
  const { accounts, masters, system } = server.clients;
  const own = await makeMaster(server);
  server.time.advance(1_000);
  const user = await makeLoggedInUser(server, own);
  const error = await errorOf((options) =>
    accounts.login({ ...user, password: 'wrong-horse-7' }, { ...options, ...as(user.session) }),
  );
  expect(error.reason).toBe('LOGIN_FAILED');
  await accounts.logout({}, as(user.session));
  const { backendKey } = own;
  const made = await masters.createMasterKey(
    { kind: MasterKeyKind.MASTER_KEY_KIND_ACQUIRE, label: 'till' },
    as({ backendKey }),
  );
  const masterKeyId = made.masterKey?.masterKeyId ?? '';
  await masters.revokeMasterKey({ masterKeyId }, as({ backendKey }));
  await masters.releaseMaster(own, as(user.session));
  await system.fundMaster(
    { requestId: crypto.randomUUID(), masterId: own.masterId, credits: 5n },
    operator,
  );

  const events = await eventsOf({ masterId: own.masterId });
  expect(kindsOf(events)).toEqual([
    'MASTER_CREATED',
    'MASTER_ACQUIRED',
    'ACCOUNT_CREATED',
    'LOGIN',
    'LOGIN refused',
    'LOGOUT',
    'KEY_CREATED',
    'KEY_REVOKED',
    'MASTER_RELEASED',
    'MASTER_FUNDED',
    'OPERATOR_CALL',
  ]);
  const now = server.time.now();
  const [, , , login, refused, , , revoked, , , funded] = events;
  expect(login).toMatchObject({
    actor: AuditActor.AUDIT_ACTOR_CLIENT,
    accountId: user.accountId,
    masterId: own.masterId,
    source: '127.0.0.1',
    reason: '',
    emailHash: '',
    createTime: { seconds: BigInt(Math.floor(now / 1_000)) },
  });
  expect(login?.sessionId).toMatch(/^ses_/);
  expect(login?.clientTokenId).toMatch(/^ctk_/);
  expect(refused).toMatchObject({ reason: 'LOGIN_FAILED', accountId: user.accountId });
  expect(refused?.emailHash).toMatch(/^[0-9a-f]{64}$/);
  expect(revoked).toMatchObject({ actor: AuditActor.AUDIT_ACTOR_BACKEND, masterKeyId });
  expect(revoked?.actorMasterKeyId).toMatch(/^key_/);
  expect(funded).toMatchObject({
    actor: AuditActor.AUDIT_ACTOR_OPERATOR,
    method: 'ewallet.system.v1.SystemService/FundMaster',
  });
  expect(kindsOf(await eventsOf({ accountId: user.accountId }))).toEqual([
    'ACCOUNT_CREATED',
    'LOGIN',
    'LOGIN refused',
    'LOGOUT',
  ]);
});

test('a refused call of the operator is recorded with its reason, a wrong key as such', async () => {
  const { system } = server.clients;
  server.time.advance(1_000);
  const startTime = { seconds: BigInt(server.time.now()) / 1_000n };
  const request = { requestId: crypto.randomUUID(), masterId: 'mst_7zzzzzzzzz', credits: 1n };
  await errorOf((options) => system.fundMaster(request, { ...options, ...operator }));
  await errorOf((options) => system.fundMaster({}, { ...options, ...operator }));
  await errorOf((options) =>
    system.fundMaster(request, { ...options, ...as({ operatorKey: 'not-the-operator-key' }) }),
  );
  const events = await eventsOf({ startTime });
  expect(kindsOf(events)).toEqual([
    'OPERATOR_CALL refused',
    'OPERATOR_CALL refused',
    'KEY_REFUSED refused',
  ]);
  expect(events.map(({ reason }) => reason)).toEqual([
    'MASTER_NOT_FOUND',
    'VALIDATION_FAILED',
    'OPERATOR_KEY_REFUSED',
  ]);
});

test('what goes through the ledger is recorded once, with it, and not again when it is repeated', async () => {
  const { accounts, system } = server.clients;
  const own = await makeMaster(server);
  const user = await makeLoggedInUser(server, own);
  const { masterId } = own;
  const fund = { requestId: crypto.randomUUID(), masterId, credits: 5n };
  const terms = { funding: Funding.FUNDING_CREDIT, creditLimitCredits: 7n, selfSupply: true };
  server.time.advance(1_000);
  const startTime = { seconds: BigInt(server.time.now()) / 1_000n };
  for (let count = 0; count < 2; count += 1) {
    await system.fundMaster(fund, operator);
  }
  await system.setMasterTerms({ requestId: crypto.randomUUID(), masterId, terms }, operator);
  await system.freezeMaster({ masterId }, operator);
  await system.unfreezeMaster({ masterId }, operator);
  await accounts.unlinkAccount({}, as(user.session));
  await accounts.unlinkAccount({}, as(user.session));
  await accounts.recoverAccount({}, as(user.session));
  const events = (await eventsOf({ masterId, startTime })).filter(({ method }) => method === '');
  expect(kindsOf(events)).toEqual([
    'MASTER_FUNDED',
    'MASTER_TERMS_SET',
    'MASTER_FROZEN',
    'MASTER_UNFROZEN',
    'ACCOUNT_UNLINKED',
    'ACCOUNT_RECOVERED',
  ]);
  expect(events.map(({ source }) => source)).toEqual(Array(6).fill('127.0.0.1'));
  expect(events[0]?.actor).toBe(AuditActor.AUDIT_ACTOR_OPERATOR);
  expect(events[4]).toMatchObject({
    actor: AuditActor.AUDIT_ACTOR_USER,
    accountId: user.accountId,
    actorAccountId: user.accountId,
  });
});

describe('the list', () => {
  test('pages newest first without gap or repetition, also among equal times', async () => {
    const own = await makeMaster(server);
    const session = await openAcquiredSession(server, own);
    const { accounts } = server.clients;
    for (let count = 0; count < 7; count += 1) {
      if (count === 4) server.time.advance(1);
      const email = emailOf(uniqueName('Unknown'));
      await errorOf((options) =>
        accounts.login({ email, password: goodPassword }, { ...options, ...as(session) }),
      );
    }
    const all = await eventsOf({ masterId: own.masterId });
    expect(all).toHaveLength(9);
    const paged = await eventsOf({ masterId: own.masterId, pageSize: 2 });
    expect(paged).toEqual(all);
    const kind = AuditKind.AUDIT_KIND_LOGIN;
    expect(await eventsOf({ masterId: own.masterId, kind, pageSize: 3 })).toHaveLength(7);
    const at = all.at(-1)?.createTime;
    expect(await eventsOf({ masterId: own.masterId, startTime: at })).toHaveLength(3);
    expect(await eventsOf({ masterId: own.masterId, endTime: at })).toHaveLength(6);
  });

  test('takes the page token of its own filter only', async () => {
    const { system } = server.clients;
    const { nextPageToken } = await system.listAuditEvents({ pageSize: 1 }, operator);
    expect(nextPageToken).not.toBe('');
    const error = await errorOf((options) =>
      system.listAuditEvents(
        { pageSize: 1, pageToken: nextPageToken, masterId: master.masterId },
        { ...options, ...operator },
      ),
    );
    expect(error).toMatchObject({ reason: 'PAGE_TOKEN_MISMATCH', fields: ['page_token'] });
  });
});

test('events can neither be changed nor deleted; where they came from can be erased', async () => {
  const user = await makeLoggedInUser(server, master);
  const { knex } = server.db;
  await expect(knex('audit_events').update({ kind: 'LOGOUT' })).rejects.toThrow();
  await expect(knex('audit_events').delete()).rejects.toThrow();
  const before = await eventsOf({ accountId: user.accountId });
  expect(before.map(({ source }) => source)).toEqual(['127.0.0.1', '127.0.0.1']);
  const { id } = await knex('users').where('email', user.email).first('id');
  await withTransaction(server.db, (tx) => eraseAuditDetails(tx, { userId: id }));
  const after = await eventsOf({ accountId: user.accountId });
  expect(after).toEqual(before.map((event) => ({ ...event, source: '' })));
});

test('a failed login names nobody: its e-mail is kept as a hash that takes a key, and can be erased by it', async () => {
  const session = await openAcquiredSession(server, master);
  const email = emailOf(uniqueName('Planted'));
  const { accounts } = server.clients;
  await errorOf((options) =>
    accounts.login({ email, password: goodPassword }, { ...options, ...as(session) }),
  );
  const rows = await server.db.knex('audit_details').whereNotNull('email_hash').select('*');
  expect(rows.length).toBeGreaterThan(0);
  const emailHash = server.domain.audit.hashEmail(Buffer.from(email));
  const count = () =>
    server.db
      .knex('audit_details')
      .where('email_hash', emailHash)
      .then((found) => found.length);
  expect(await count()).toBe(1);
  await withTransaction(server.db, (tx) => eraseAuditDetails(tx, { emailHash }));
  expect(await count()).toBe(0);
});
