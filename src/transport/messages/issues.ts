import type { IssueReport as IssueReportMessage } from '../../../generated/ewallet/system/v1/system_service.js';
import type { FullIssueReport, IssueReport } from '../../model/issue.js';
import { formatId, formatOptionalId } from '../../model/public-id.js';
import { toOptionalTimestamp, toTimestamp } from '../convert.js';

/** A report; without what only {@link FullIssueReport} has, these parts are empty. */
export function toIssueReport(report: IssueReport & Partial<FullIssueReport>): IssueReportMessage {
  return {
    issueReportId: formatId('issueReport', report.id),
    clientTokenId: formatOptionalId('clientToken', report.clientTokenId),
    masterId: formatOptionalId('master', report.masterId),
    accountId: formatOptionalId('account', report.userId),
    name: report.name,
    contact: report.contact,
    details: [...(report.details ?? [])],
    log: report.log ?? Buffer.alloc(0),
    logSizeBytes: report.logSize,
    source: report.source,
    createTime: toTimestamp(report.createTime),
    updateTime: toTimestamp(report.updateTime),
    closeTime: toOptionalTimestamp(report.closeTime),
  };
}
