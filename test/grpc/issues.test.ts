import { beforeAll, describe, expect, test } from 'vitest';
import { parseId } from '../../src/model/public-id.js';
import { errorOf } from '../support/call-error.js';
import { as } from '../support/clients.js';
import { makeShop } from '../support/money.js';
import { makeMaster, openAcquiredSession, openSession } from '../support/people.js';
import { startServer, type TestServer } from '../support/start-server.js';
import { DAY_MS, findPlanted, openMasterSession, operator } from '../support/tenancy.js';

const env = {
  EWALLET_SESSION_TOKEN_MINUTES: '43200',
  EWALLET_CLIENT_TOKEN_MINUTES: '43200',
  EWALLET_FORCED_REMOVAL: 'true',
};

const issue = {
  name: 'Planted-Crash',
  contact: 'planted-contact@example.com',
  details: ['planted-step one', 'planted-step two'],
  log: Buffer.from([0, 255, 1, 2, ...Buffer.from('planted-log\n')]),
};
const planted = ['planted-contact', 'planted-step', 'planted-log'];

/** For tests that leave nothing behind. */
let shared: TestServer;

beforeAll(async () => {
  shared = await startServer({ env });
});

async function reportAll(server: TestServer, count: number, as_: object): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    server.time.advance(1_000);
    ids.push((await server.clients.issues.reportIssue(issue, as_)).issueReportId);
  }
  return ids;
}

async function openCount({ db }: TestServer): Promise<number[]> {
  const counted = await db.knex('issue_report_counts').first('open_count');
  const rows = await db.knex('issue_reports').whereNull('close_time').select('id');
  return [Number(counted.open_count), rows.length];
}

describe('OK', () => {
  test('a client program reports; the operator lists, reads and closes it, and what tells about people goes', async () => {
    const server = await startServer({ env });
    const { issues, system, sessions } = server.clients;
    const { clientId } = await sessions.requestClientId({});
    const kept = await issues.reportIssue(issue, as({ clientId }));
    expect(kept.source).toBe('127.0.0.1');
    const { issueReportId } = kept;
    const listed = await system.listIssueReports({ openOnly: true }, operator);
    expect(listed.issueReports).toMatchObject([
      {
        issueReportId,
        name: issue.name,
        contact: issue.contact,
        details: [],
        logSizeBytes: issue.log.length,
        masterId: '',
        accountId: '',
        source: '127.0.0.1',
      },
    ]);
    expect(listed.issueReports[0]?.log).toHaveLength(0);
    const { issueReport } = await system.getIssueReport({ issueReportId }, operator);
    expect(Buffer.from(issueReport?.log ?? [])).toEqual(issue.log);
    expect(issueReport?.details).toEqual(issue.details);
    server.time.advance(60_000);
    const closed = (await system.closeIssueReport({ issueReportId }, operator)).issueReport;
    expect(closed).toMatchObject({
      name: issue.name,
      contact: '',
      details: [],
      source: '',
      logSizeBytes: issue.log.length,
    });
    expect(closed?.closeTime).toBeDefined();
    server.time.advance(60_000);
    // A second time changes nothing.
    const again = await system.closeIssueReport({ issueReportId }, operator);
    expect(again.issueReport).toEqual(closed);
    expect(await findPlanted(server, planted)).toEqual([]);
    expect(await openCount(server)).toEqual([0, 0]);
    expect((await system.listIssueReports({ openOnly: true }, operator)).issueReports).toEqual([]);
    expect((await system.listIssueReports({}, operator)).issueReports).toHaveLength(1);
  });

  test('it tells who was logged in, works while they are pending removal, and pages newest first', async () => {
    const server = await startServer({ env });
    const { accounts, system } = server.clients;
    const { master, payer } = await makeShop(server);
    await accounts.unlinkAccount({}, as(payer.session));
    const ids = await reportAll(server, 5, as(payer.session));
    const request = { masterId: master.masterId, pageSize: 3 };
    const first = await system.listIssueReports(request, operator);
    const rest = await system.listIssueReports(
      { ...request, pageToken: first.nextPageToken },
      operator,
    );
    const all = [...first.issueReports, ...rest.issueReports];
    expect(all.map(({ issueReportId }) => issueReportId)).toEqual([...ids].reverse());
    expect(all.every(({ accountId }) => accountId === payer.accountId)).toBe(true);
    const foreign = await makeMaster(server);
    const others = { masterId: foreign.masterId };
    expect((await system.listIssueReports(others, operator)).issueReports).toEqual([]);
  });
});

describe("the reporter's removal", () => {
  test('of a user closes and empties what it reported, its name too', async () => {
    const server = await startServer({ env });
    const { accounts, issues, system } = server.clients;
    const { payer, payee } = await makeShop(server);
    const [mine, closedBefore] = await reportAll(server, 2, as(payer.session));
    await system.closeIssueReport({ issueReportId: closedBefore ?? '' }, operator);
    const other = { ...issue, name: 'Of another', contact: 'other-contact' };
    await issues.reportIssue(other, as(payee.session));
    await accounts.unlinkAccount({}, as(payer.session));
    server.time.advance(30 * DAY_MS);
    await system.cleanupAccounts({}, operator);
    const { issueReport } = await system.getIssueReport({ issueReportId: mine ?? '' }, operator);
    expect(issueReport).toMatchObject({ name: '', contact: '', accountId: payer.accountId });
    expect(issueReport?.closeTime).toBeDefined();
    expect(await findPlanted(server, [...planted.slice(0, 1), 'planted-crash'])).toEqual([]);
    expect(await findPlanted(server, ['other-contact'])).not.toEqual([]);
    expect(await openCount(server)).toEqual([1, 1]);
    const id = parseId('issueReport', mine ?? '');
    const row = await server.db.knex('issue_reports').where({ id }).first();
    expect(row).toMatchObject({ source: '', source_hash: null });
  });

  test('of a master empties what its client programs reported', async () => {
    const server = await startServer({ env });
    const { masters, system } = server.clients;
    const master = await makeMaster(server);
    const session = await openAcquiredSession(server, master);
    await reportAll(server, 1, as(session));
    await masters.unlinkMaster({}, as(await openMasterSession(server, master)));
    server.time.advance(30 * DAY_MS);
    await system.cleanupMasters({}, operator);
    expect(await findPlanted(server, [...planted, 'planted-crash'])).toEqual([]);
    expect(await openCount(server)).toEqual([0, 0]);
  });
});

describe('UNAUTHENTICATED', () => {
  test('without a client token nothing is kept', async () => {
    for (const sent of [{}, { clientId: 'made up' }]) {
      const error = await errorOf((options) =>
        shared.clients.issues.reportIssue(issue, { ...options, ...as(sent) }),
      );
      expect(error.code).toBe('UNAUTHENTICATED');
    }
    expect(await openCount(shared)).toEqual([0, 0]);
  });
});

describe('NOT_FOUND', () => {
  test('a report that nobody made', async () => {
    const { system } = shared.clients;
    for (const call of [system.getIssueReport, system.closeIssueReport]) {
      const error = await errorOf((options) =>
        call({ issueReportId: 'iss_zzzz' }, { ...options, ...operator }),
      );
      expect(error).toMatchObject({ code: 'NOT_FOUND', reason: 'ISSUE_REPORT_NOT_FOUND' });
    }
  });
});

describe('INVALID_ARGUMENT', () => {
  test.each([
    ['no name', { ...issue, name: '' }],
    ['a long name', { ...issue, name: 'x'.repeat(101) }],
    ['a long log', { ...issue, log: Buffer.alloc(65_537) }],
    ['a long contact', { ...issue, contact: 'x'.repeat(255) }],
    ['many details', { ...issue, details: Array(21).fill('x') }],
    ['a long detail', { ...issue, details: ['x'.repeat(501)] }],
  ])('%s', async (_, request) => {
    const { clientId } = await shared.clients.sessions.requestClientId({});
    const error = await errorOf((options) =>
      shared.clients.issues.reportIssue(request, { ...options, ...as({ clientId }) }),
    );
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'VALIDATION_FAILED' });
  });

  test('what the largest report may hold is kept as it is', async () => {
    const { clientId } = await shared.clients.sessions.requestClientId({});
    const largest = {
      name: '../../pwn',
      log: Buffer.alloc(65_536, 0xfe),
      contact: '€'.repeat(254),
      details: Array(20).fill('𝄞'.repeat(500)),
    };
    const { issueReportId } = await shared.clients.issues.reportIssue(largest, as({ clientId }));
    const found = await shared.clients.system.getIssueReport({ issueReportId }, operator);
    expect(found.issueReport).toMatchObject({
      name: largest.name,
      contact: largest.contact,
      details: largest.details,
    });
    expect(Buffer.from(found.issueReport?.log ?? []).equals(largest.log)).toBe(true);
  });
});

describe('RESOURCE_EXHAUSTED', () => {
  test('a source that reports too often has to wait for the next span', async () => {
    const server = await startServer({ env: { ...env, EWALLET_ISSUE_REPORTS_PER_SOURCE: '3' } });
    const session = await openSession(server);
    const tries = Array.from({ length: 6 }, () =>
      server.clients.issues.reportIssue(issue, as(session)),
    );
    const kept = await Promise.allSettled(tries);
    expect(kept.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    const error = await errorOf((options) =>
      server.clients.issues.reportIssue(issue, { ...options, ...as(session) }),
    );
    expect(error).toMatchObject({ code: 'RESOURCE_EXHAUSTED', reason: 'RATE_LIMITED' });
    server.time.advance(error.retryAfterMs ?? 0);
    await server.clients.issues.reportIssue(issue, as(session));
  });

  test.each([['EWALLET_OPEN_ISSUE_REPORTS_PER_SOURCE'], ['EWALLET_OPEN_ISSUE_REPORTS']])(
    '%s holds, also at once, until some are closed',
    async (name) => {
      const server = await startServer({ env: { ...env, [name]: '3' } });
      const session = await openSession(server);
      const report = () => server.clients.issues.reportIssue(issue, as(session));
      const kept = await Promise.allSettled(Array.from({ length: 8 }, report));
      expect(kept.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
      expect(await openCount(server)).toEqual([3, 3]);
      const error = await errorOf((options) =>
        server.clients.issues.reportIssue(issue, { ...options, ...as(session) }),
      );
      expect(error).toMatchObject({ reason: 'ISSUE_REPORTS_FULL', metadata: { limit: '3' } });
      const { issueReports } = await server.clients.system.listIssueReports({}, operator);
      const issueReportId = issueReports[0]?.issueReportId ?? '';
      const closing = [1, 2].map(() =>
        server.clients.system.closeIssueReport({ issueReportId }, operator),
      );
      await Promise.all(closing);
      expect(await openCount(server)).toEqual([2, 2]);
      await report();
    },
  );
});
