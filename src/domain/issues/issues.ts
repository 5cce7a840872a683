import { hmac } from '../../lib/hash.js';
import type { Time } from '../../lib/time.js';
import { asClient, type Caller } from '../../model/caller.js';
import { DomainError } from '../../model/errors.js';
import type { FullIssueReport, IssueReport, IssueTexts } from '../../model/issue.js';
import type { Database } from '../../storage/database.js';
import type { Ids } from '../../storage/ids.js';
import {
  closeIssueReport,
  countOpenFrom,
  findActiveUserId,
  findIssueReport,
  insertIssueReport,
  listIssueReports,
  lockOpenCount,
} from '../../storage/issue-reports.js';
import { read, type Tx, withTransaction } from '../../storage/transaction.js';
import { cutList, type ListPage, type ListRows } from '../list-page.js';
import { notFound } from '../not-found.js';
import type { DomainSettings } from '../settings.js';
import { networkOf } from '../throttle/network.js';
import type { Throttle } from '../throttle/throttle.js';

/** Which reports. */
export type IssueFilter = { readonly openOnly: boolean; readonly masterId: bigint | null };

/** Reports of client programs to the operator. */
export type Issues = {
  /** Keeps a report. @throws CREDENTIALS_MISSING, RATE_LIMITED, ISSUE_REPORTS_FULL */
  report(caller: Caller, issue: IssueTexts & { readonly log: Buffer }): Promise<IssueReport>;
  /** Reports, newest first. */
  list(filter: IssueFilter, page: ListPage): Promise<ListRows<IssueReport>>;
  /** @throws ISSUE_REPORT_NOT_FOUND */
  get(id: bigint): Promise<FullIssueReport>;
  /** Closes a report and deletes what may tell about people; a closed one stays as it is. @throws ISSUE_REPORT_NOT_FOUND */
  close(id: bigint): Promise<FullIssueReport>;
};

/** What reports stand on. */
export type IssueDeps = {
  readonly db: Database;
  readonly time: Time;
  readonly ids: Ids;
  readonly throttle: Throttle;
  readonly settings: Pick<
    DomainSettings,
    'auditKey' | 'issueReportsPerSource' | 'openIssueReportsPerSource' | 'openIssueReports'
  >;
};

/** Creates the use cases. */
export function createIssues({ db, time, ids, throttle, settings }: IssueDeps): Issues {
  async function takeTurn(network: string): Promise<void> {
    const subject = `issue reports from ${network}`;
    const attempt = await throttle.take([{ subject, limit: settings.issueReportsPerSource }]);
    if (attempt.taken) return;
    throw new DomainError('RATE_LIMITED', 'Too many issue reports from this address; try later.', {
      metadata: { limit: String(attempt.limit) },
      retryAfterMs: attempt.retryAfterMs,
    });
  }

  /** From here to the commit, others who report wait: so nothing comes between counting and keeping. */
  async function checkRoom(tx: Tx, sourceHash: Buffer): Promise<void> {
    const { openIssueReports: inAll, openIssueReportsPerSource: each } = settings;
    if ((await lockOpenCount(tx)) >= inAll) throw full(inAll);
    if ((await countOpenFrom(tx, sourceHash)) >= each) throw full(each);
  }

  async function get(id: bigint): Promise<FullIssueReport> {
    const report = await read(db, (reader) => findIssueReport(reader, id));
    if (!report) throw notFound('issueReport', id);
    return report;
  }

  return {
    async report(caller, issue) {
      const { clientToken, source } = asClient(caller);
      const network = networkOf(source);
      await takeTurn(network);
      const sourceHash = hmac(settings.auditKey, `issue reports from ${network}`);
      const id = await ids.next();
      return withTransaction(db, async (tx) => {
        await checkRoom(tx, sourceHash);
        const now = time.now();
        const report = {
          ...issue,
          id,
          clientTokenId: clientToken.id,
          masterId: clientToken.masterId,
          userId: await findActiveUserId(tx, clientToken.id),
          logSize: issue.log.length,
          source,
          createTime: now,
          updateTime: now,
          closeTime: null,
        };
        await insertIssueReport(tx, { ...report, sourceHash });
        return report;
      });
    },
    async list(filter, { before, size }) {
      const query = { ...filter, before, limit: size + 1 };
      return cutList(await read(db, (reader) => listIssueReports(reader, query)), size);
    },
    get,
    async close(id) {
      await withTransaction(db, async (tx) => {
        await lockOpenCount(tx);
        await closeIssueReport(tx, { id, now: time.now() });
      });
      return get(id);
    },
  };
}

function full(limit: number): DomainError {
  return new DomainError('ISSUE_REPORTS_FULL', `As many as ${limit} issue reports are open.`, {
    metadata: { limit: String(limit) },
  });
}
