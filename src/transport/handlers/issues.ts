import type { SystemServiceImplementation } from '../../../generated/ewallet/system/v1/system_service.js';
import type { IssueServiceImplementation } from '../../../generated/ewallet/v1/issue_service.js';
import type { Domain } from '../../domain/domain.js';
import { formatId } from '../../model/public-id.js';
import type { HandlerContext } from '../call-middleware.js';
import { toTimestamp } from '../convert.js';
import { readId, readOptionalId } from '../ids.js';
import { toIssueReport } from '../messages/issues.js';
import { nextListToken, readListPage } from '../messages/listing.js';

/** Creates the handlers of IssueService. */
export function createIssueHandlers({
  issues,
}: Pick<Domain, 'issues'>): IssueServiceImplementation<HandlerContext> {
  return {
    async reportIssue({ name, log, contact, details }, { caller }) {
      const issue = { name, contact, details, log: Buffer.from(log) };
      const report = await issues.report(caller, issue);
      return {
        issueReportId: formatId('issueReport', report.id),
        createTime: toTimestamp(report.createTime),
        source: report.source,
      };
    },
  };
}

/** Creates the handlers of SystemService for reports. */
export function createIssueAdministrationHandlers({
  issues,
}: Pick<Domain, 'issues'>): Pick<
  SystemServiceImplementation<HandlerContext>,
  'listIssueReports' | 'getIssueReport' | 'closeIssueReport'
> {
  return {
    async listIssueReports(request) {
      const masterId = readOptionalId('master', request.masterId);
      const name = `ListIssueReports ${request.openOnly} ${request.masterId}`;
      const filter = { openOnly: request.openOnly, masterId };
      const page = await issues.list(filter, readListPage(name, request));
      return {
        issueReports: page.rows.map(toIssueReport),
        nextPageToken: nextListToken(name, page),
      };
    },
    getIssueReport: async ({ issueReportId }) => ({
      issueReport: toIssueReport(await issues.get(readId('issueReport', issueReportId))),
    }),
    closeIssueReport: async ({ issueReportId }) => ({
      issueReport: toIssueReport(await issues.close(readId('issueReport', issueReportId))),
    }),
  };
}
