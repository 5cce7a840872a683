import { optional, readArguments, required } from '../arguments.js';
import { malformed } from '../failures.js';
import { instruction } from '../instruction.js';
import { dateText } from '../values.js';

const issueArguments = {
  name: required('string'),
  log: optional('string'),
  email: optional('string'),
} as const;

/** Reports of issues. They take a client token here: whoever sends them can be throttled. */
export const issueInstructions = [
  instruction({
    name: 'IssueReport',
    chain: ['report', 'issue'],
    tokens: 'any',
    args: { issue: required('object') },
    reply: { issue: 'string', timestamp: 'string', source: 'string', contact: 'string' },
    method: 'IssueService/ReportIssue',
    async run({ issue }, { services }) {
      const { name, log = '', email: contact = '' } = readArguments(issueArguments, issue);
      const report = await services.issues.reportIssue({
        name,
        log: readBase64(log),
        contact,
        details: readDetails(issue.details),
      });
      return {
        issue: report.issueReportId,
        timestamp: dateText(report.createTime),
        source: report.source,
        contact,
      };
    },
  }),
];

function readBase64(text: string): Buffer {
  if (!/^[A-Za-z0-9+/_=\s-]*$/.test(text))
    throw malformed('issue.log must be base64.', 'WRONG_TYPE');
  return Buffer.from(text, 'base64');
}

/** A text, or several. */
function readDetails(value: unknown): string[] {
  const details = [value ?? []].flat();
  if (details.every((detail) => typeof detail === 'string')) return details;
  throw malformed('issue.details must be a list of texts.', 'WRONG_TYPE');
}
